"""Bursts: what one occasion tells very many people, seen before it starts, started, paused and resumed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Instant, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "BurstList",
    "BurstSchedule",
    "BurstSlot",
    "BurstSummary",
    "BurstView",
    "GetBurst",
    "ListBursts",
    "PauseBurst",
    "PlanBurst",
    "ResumeBurst",
    "StartBurst",
    "UnknownBurst",
]


class BurstSlot(View, frozen=True, kw_only=True):
    """How many are told within a quarter of an hour."""

    begins_at: datetime
    ends_at: datetime
    number: int


class BurstSchedule(View, frozen=True, kw_only=True):
    """When how many would be told: `a_second` as the provider's rate allows."""

    number: int
    a_second: float
    slots: list[BurstSlot]


class PlanBurst(Query, frozen=True, kw_only=True):
    """What a burst to every member of an area would look like if it began now, or at `begins_at`."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = BurstSchedule

    channel: str
    area_path: str = "/"
    begins_at: Instant | None = None


class BurstView(View, frozen=True, kw_only=True):
    """A burst, how far it has come, and when the rest will be told."""

    id: UUID
    occasion: UUID  # by which its deliveries are found
    topic: str
    channel: str
    area_path: str
    state: str
    planned_at: datetime
    number: int
    by_state: dict[str, int]  # its deliveries by their state
    left: int  # of these, how many are still to go out
    schedule: BurstSchedule


class GetBurst(Query, frozen=True, kw_only=True):
    """A burst and its progress."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = BurstView

    burst_id: UUID


class BurstSummary(View, frozen=True, kw_only=True):
    """A burst in a list."""

    id: UUID
    occasion: UUID  # by which its deliveries are found
    topic: str
    channel: str
    area_path: str
    state: str
    planned_at: datetime
    number: int


class BurstList(View, frozen=True, kw_only=True):
    """A page of bursts."""

    items: list[BurstSummary]
    next: str | None = None


class ListBursts(Page, frozen=True, kw_only=True):
    """The bursts of the caller's areas, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = BurstList


class StartBurst(Command, frozen=True, kw_only=True):
    """Let a burst begin that waits for it."""

    right: ClassVar[Right] = Right.OPERATE

    burst_id: UUID


class PauseBurst(Command, frozen=True, kw_only=True):
    """Let nothing more of a burst go out for now; what is under way arrives."""

    right: ClassVar[Right] = Right.OPERATE

    burst_id: UUID


class ResumeBurst(Command, frozen=True, kw_only=True):
    """Let the rest of a paused burst go out."""

    right: ClassVar[Right] = Right.OPERATE

    burst_id: UUID


class UnknownBurst(Refusal):
    """There is no such burst in the caller's areas."""

    code = "notify.unknown_burst"
    kind = RefusalKind.UNKNOWN
