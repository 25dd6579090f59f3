"""A rehearsal plays a programme of the city's own size, with synthetic people, against the real services."""
