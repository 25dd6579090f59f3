"""The rhythm of recurring visits, and the lives of an arrangement and of each visit."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle
from services.claims.contracts import Rhythm

GRACE = timedelta(days=3)
"""So long before its day a visit may be made, and written down after it; then it counts as missed."""

NOTICE = timedelta(days=1)
"""The visitor is reminded so long before the day."""


class ArrangementState(StrEnum):
    """How an arrangement stands."""

    ACTIVE = "active"  # the visitor keeps coming, until they or a worker end it
    ENDED = "ended"  # final


class ArrangementAction(StrEnum):
    """What moves an arrangement."""

    END = "end"


ARRANGEMENT_LIFECYCLE: Lifecycle[ArrangementState, ArrangementAction] = Lifecycle(
    {(ArrangementState.ACTIVE, ArrangementAction.END): ArrangementState.ENDED},
    starts=ArrangementState.ACTIVE,
)


class VisitState(StrEnum):
    """How one visit stands."""

    PLANNED = "planned"  # the visitor comes and writes it down; does not: missed after some days of grace
    DONE = "done"  # final
    MISSED = "missed"  # the workers of the place hear; may still be made up for, else it stays
    CANCELLED = "cancelled"  # the arrangement ended before its day; final


class VisitAction(StrEnum):
    """What moves a visit."""

    RECORD = "record"
    MISS = "miss"
    CANCEL = "cancel"


VISIT_LIFECYCLE: Lifecycle[VisitState, VisitAction] = Lifecycle(
    {
        (VisitState.PLANNED, VisitAction.RECORD): VisitState.DONE,
        (VisitState.PLANNED, VisitAction.MISS): VisitState.MISSED,
        (VisitState.PLANNED, VisitAction.CANCEL): VisitState.CANCELLED,
        (VisitState.MISSED, VisitAction.RECORD): VisitState.DONE,
    },
    starts=VisitState.PLANNED,
)


def visit_after(starts_on: date, rhythm: Rhythm, day: date) -> date:
    """Return the first day of a rhythm after `day`; the 31st is the last day of a shorter month."""
    if day < starts_on:
        return starts_on
    if rhythm is Rhythm.WEEKLY:
        return day + timedelta(days=7 - (day - starts_on).days % 7)
    this_month = _in_month(day.year, day.month, starts_on.day)
    if this_month > day:
        return this_month
    return _in_month(day.year + day.month // 12, day.month % 12 + 1, starts_on.day)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
