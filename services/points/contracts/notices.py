"""Notices (提醒函): a private word about an obligation not met, open to objection, never shown to others."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.rights import Right
from services.points.contracts.duties import DutyKind
from services.points.contracts.kinds import Below, Year

__all__ = [
    "ListObjections",
    "MyNotices",
    "NoticeDecided",
    "NoticeList",
    "NoticeObjected",
    "NoticeSent",
    "NoticeState",
    "NoticeView",
    "NoticesSent",
    "ObjectToNotice",
    "UpholdNotice",
    "WithdrawNotice",
]


class NoticeState(StrEnum):
    """How far a notice has come."""

    SENT = "sent"  # told to the one concerned and nobody else; without objection it stays so
    OBJECTED = "objected"  # the one concerned disagrees; an officer, never the same person, decides
    UPHELD = "upheld"  # the objection did not change it; final
    WITHDRAWN = "withdrawn"  # it counts as never sent; final


class NoticeSent(Contract, frozen=True, kw_only=True):
    """One notice: to a member, a unit or a street, as the kind says."""

    notice_id: UUID
    kind: DutyKind
    subject_id: UUID
    area_path: str
    year: int
    required: int
    done: int


class NoticesSent(Event, frozen=True, kw_only=True):
    """Private notices about a year were drawn up, each to be told to the one concerned; at most 500."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "notices_sent.v1"

    notices: list[NoticeSent]


class NoticeObjected(Event, frozen=True, kw_only=True):
    """Somebody objects to their notice; the officers of `officers_path` are to decide."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "notice_objected.v1"

    notice_id: UUID
    officers_path: str
    year: int


class NoticeDecided(Event, frozen=True, kw_only=True):
    """An officer upheld or withdrew a notice; the one concerned is told why."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "notice_decided.v1"

    notice_id: UUID
    kind: DutyKind
    subject_id: UUID
    area_path: str
    year: int
    is_withdrawn: bool
    sealed_reason: Sealed


class NoticeView(View, frozen=True, kw_only=True):
    """A notice as the one concerned and the deciding officers see it."""

    is_personal: ClassVar[bool] = True

    id: UUID
    kind: DutyKind
    subject_id: UUID
    year: int
    required: int
    done: int
    state: NoticeState
    sent_at: datetime
    objection: str | None
    objected_at: datetime | None
    decision: str | None
    decided_at: datetime | None


class NoticeList(View, frozen=True, kw_only=True):
    """A page of notices."""

    is_personal: ClassVar[bool] = True

    items: list[NoticeView]
    next: str | None = None


class MyNotices(Page, frozen=True, kw_only=True):
    """The notices to the caller: as a member, for the own unit, for the street one is officer of."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = NoticeList


class ListObjections(Page, frozen=True, kw_only=True):
    """The notices within an area to which somebody objected; those nobody objects to concern nobody else."""

    right: ClassVar[Right] = Right.SET_RULES
    answer: ClassVar[type[View]] = NoticeList

    below: Below
    year: Year | None = None


class ObjectToNotice(Command, frozen=True, kw_only=True):
    """The one concerned objects, with a reason."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True

    notice_id: UUID
    reason: str


class UpholdNotice(Command, frozen=True, kw_only=True):
    """An officer leaves a notice as it is, and says why."""

    right: ClassVar[Right] = Right.SET_RULES
    is_personal: ClassVar[bool] = True

    notice_id: UUID
    reason: str


class WithdrawNotice(Command, frozen=True, kw_only=True):
    """An officer takes a notice back, after an objection or before, and says why."""

    right: ClassVar[Right] = Right.SET_RULES
    is_personal: ClassVar[bool] = True

    notice_id: UUID
    reason: str
