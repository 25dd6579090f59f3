"""Wishtree: the services on which a city runs its micro-wish programme."""
