"""Wishes owns what residents want: residents and roster, intake, screening, the monthly release.

It does not own who takes a wish (claims); it notes from claims' events how a wish stands. It decides what a
release puts up, never when (scheduler). It keeps a copy of the areas, whose settings are the directory's.
"""
