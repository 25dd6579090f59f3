"""What a city's programme has besides the month: one table of the scenario file for each side road it takes.

A table that is not written is a road not taken. `side_roads` holds who plays each of them.
"""

from services.console.rehearsal.written import AtLeastOne, Share, Written


class Complaining(Written, frozen=True, kw_only=True):
    """Complaints from anyone, each answered by a worker."""

    each_month: AtLeastOne


class Programme(Written, frozen=True, kw_only=True):
    """The side roads of one city."""

    complaining: Complaining | None = None


__all__ = ["Complaining", "Programme", "Share"]
