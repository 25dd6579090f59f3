"""Recurring visits (结对走访, seed 003): a member or team keeps coming, each visit a record of its own."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AlreadyArranged",
    "ArrangeVisits",
    "ArrangementList",
    "ArrangementView",
    "EndVisits",
    "LeaveVisits",
    "ListArrangements",
    "ListVisits",
    "MyVisits",
    "RecordVisit",
    "Rhythm",
    "UnknownArrangement",
    "UnknownVisit",
    "UnusableDay",
    "VisitList",
    "VisitMove",
    "VisitView",
    "VisitorUnavailable",
    "VisitsMoved",
]


class Rhythm(StrEnum):
    """How often somebody comes."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ArrangeVisits(Command, frozen=True, kw_only=True):
    """A worker pairs a member, alone or for their team, with the resident of a wish."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    member_id: UUID
    team_id: UUID | None = None
    rhythm: Rhythm
    starts_on: date


class RecordVisit(Command, frozen=True, kw_only=True):
    """The visitor says when they came and, if they like, how it was."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    visit_id: UUID
    done_on: date
    note: str = ""


class EndVisits(Command, frozen=True, kw_only=True):
    """A worker ends an arrangement."""

    right: ClassVar[Right] = Right.SCREEN
    is_personal: ClassVar[bool] = True  # people write names into their words

    arrangement_id: UUID
    reason: str = ""


class LeaveVisits(Command, frozen=True, kw_only=True):
    """“I cannot come any more”: the visitor ends the arrangement, without shame."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    arrangement_id: UUID
    reason: str = ""


# -- reading


class VisitView(View, frozen=True, kw_only=True):
    """One visit: planned, done or missed."""

    is_personal: ClassVar[bool] = True

    id: UUID
    arrangement_id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID
    rhythm: Rhythm
    due_on: date
    state: str
    done_on: date | None
    note: str = ""


class VisitList(View, frozen=True, kw_only=True):
    """A page of visits."""

    is_personal: ClassVar[bool] = True

    items: list[VisitView]
    next: str | None = None


class MyVisits(Page, frozen=True, kw_only=True):
    """The visits that the signed-in member may make, alone or with their teams, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = VisitList

    state: str | None = None


class ListVisits(Page, frozen=True, kw_only=True):
    """The visits in an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = VisitList

    below: str
    state: str | None = None


class ArrangementView(View, frozen=True, kw_only=True):
    """Who keeps coming to whom, how often and since when."""

    is_personal: ClassVar[bool] = True

    id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID
    team_id: UUID | None
    rhythm: Rhythm
    starts_on: date
    state: str
    done: int  # visits so far
    missed: int
    ended_at: datetime | None
    reason: str = ""


class ArrangementList(View, frozen=True, kw_only=True):
    """A page of arrangements."""

    is_personal: ClassVar[bool] = True

    items: list[ArrangementView]
    next: str | None = None


class ListArrangements(Page, frozen=True, kw_only=True):
    """The arrangements in an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ArrangementList

    below: str
    state: str | None = None


# -- what is told


class VisitMove(Contract, frozen=True, kw_only=True):
    """One step of an arrangement or of one of its visits."""

    arrangement_id: UUID
    visit_id: UUID | None  # None when it is about the arrangement
    wish_id: UUID
    member_id: UUID
    title: str
    wish_code: str
    area_path: str
    how: str  # arranged | due | missed | ended | left
    due_on: date | None = None
    rhythm: Rhythm
    sealed_reason: Sealed | None = None


class VisitsMoved(Event, frozen=True, kw_only=True):
    """Visits were arranged, draw near, were missed or ended; at most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "visits_moved.v1"

    moves: list[VisitMove]


# -- refusals


class UnknownArrangement(Refusal):
    """There is no such arrangement, or it is somebody else's."""

    code = "claims.unknown_arrangement"
    kind = RefusalKind.UNKNOWN


class UnknownVisit(Refusal):
    """There is no such visit, or it is somebody else's."""

    code = "claims.unknown_visit"
    kind = RefusalKind.UNKNOWN


class AlreadyArranged(Refusal):
    """The member visits on this wish already."""

    code = "claims.already_arranged"


class VisitorUnavailable(Refusal):
    """The visitor is no active member, or not of the team."""

    code = "claims.visitor_unavailable"


class UnusableDay(Refusal):
    """Visits begin within a year from today; one that was made has a day near its own, up to today."""

    code = "claims.unusable_day"
    kind = RefusalKind.INVALID
