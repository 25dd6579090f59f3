"""A rehearsal plays months of a city through the real services on simulated time."""
