"""The scheduler decides when, never what: it announces, once, that a period fell due."""
