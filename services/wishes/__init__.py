"""Wishes owns what residents want: residents and roster, intake, screening, the monthly release.

It does not own who takes a wish (claims); it notes from claims' events how a wish stands.
"""
