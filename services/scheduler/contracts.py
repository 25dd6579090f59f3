"""What the scheduler tells: that a period fell due; and how its jobs stand."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from services.chassis.contracts import Command, Event, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

Word = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]*$", max_length=40)]
"""The name of a job, a scope or a period, as `ListJobs` answers it."""


class ReleaseDue(Event, frozen=True, kw_only=True):
    """The monthly release of an area fell due."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "release_due.v1"

    period: str  # "2026-12"
    area_id: UUID
    release_on: date


class RemindersDue(Event, frozen=True, kw_only=True):
    """It is time to remind of what is due soon or overdue on this local day."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "reminders_due.v1"

    on: date


class LapsesDue(Event, frozen=True, kw_only=True):
    """It is time to let lapse what is long overdue on this local day."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "lapses_due.v1"

    on: date


class HourStruck(Event, frozen=True, kw_only=True):
    """An hour began: time for what is waited for by the hour, like the answer to a dispatch."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "hour_struck.v1"

    period: str  # "2026-12-05-09", the local hour that began


class FeedbackDue(Event, frozen=True, kw_only=True):
    """A half-year is over; each unit is to hear about its members."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "feedback_due.v1"

    period: str  # "2026H2"
    starts_on: date
    ends_on: date  # the last day of the half-year


class RecognitionDue(Event, frozen=True, kw_only=True):
    """A year is over; its recognitions are to be completed."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "recognition_due.v1"

    year: int


class NoticesDue(Event, frozen=True, kw_only=True):
    """A year is over and confirmed; who has not met an obligation of it is to be told in private."""

    source: ClassVar[str] = "scheduler"
    name: ClassVar[str] = "notices_due.v1"

    year: int


class JobView(View, frozen=True, kw_only=True):
    """How one job stands in one scope."""

    job: str
    scope: str  # the id of an area, or "" for the whole house
    last_period: str | None
    announced_at: datetime | None
    next_period: str | None
    next_at: datetime | None
    held_periods: list[str]  # missed by more than one: an operator decides


class JobList(View, frozen=True, kw_only=True):
    """Every job."""

    items: list[JobView]


class ListJobs(Query, frozen=True, kw_only=True):
    """How the jobs stand."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = JobList


class CheckJobs(Command, frozen=True, kw_only=True):
    """Look now what fell due and announce it; the alarm clock asks the same."""

    right: ClassVar[Right] = Right.OPERATE


class SettleHeldPeriod(Command, frozen=True, kw_only=True):
    """Decide about a period that was missed long ago: announce it now, or skip it for good."""

    right: ClassVar[Right] = Right.OPERATE

    job: Word
    scope: Word
    period: Word
    announce: bool


class UnknownPeriod(Refusal):
    """No such period of this job is held."""

    code = "scheduler.unknown_period"
    kind = RefusalKind.UNKNOWN
