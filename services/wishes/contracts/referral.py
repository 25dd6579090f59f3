"""Referral 转介: a wish too big for one pair of hands goes to a department, which answers (001 六（一）)."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.rights import Right

__all__ = [
    "AnswerReferral",
    "ListReferrals",
    "ReferWish",
    "ReferralAnswered",
    "ReferralList",
    "ReferralOutcome",
    "ReferralView",
    "ReferredWish",
    "WishReferred",
]


class ReferralOutcome(StrEnum):
    """What a department answered."""

    RETURNED = "returned"  # not theirs, or not alone: the screener decides again
    DECLINED = "declined"  # it cannot be done; the wish is declined with their reason
    SETTLED = "settled"  # they did it themselves


class ReferWish(Command, frozen=True, kw_only=True):
    """Refer a wish to a department, with a reason the resident is told and a day by which it answers."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    department: str
    reason: str
    answer_days: int = 10  # working days


class AnswerReferral(Command, frozen=True, kw_only=True):
    """Note what the department answered; the resident is told. `returned` also takes a silent one back."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    outcome: ReferralOutcome
    reason: str


class ReferralView(View, frozen=True, kw_only=True):
    """A referral and, once there is one, its answer."""

    id: UUID
    wish_id: UUID
    code: str
    title: str
    department: str
    reason: str
    referred_at: datetime
    due_on: date
    is_overdue: bool
    outcome: ReferralOutcome | None
    answer: str
    answered_at: datetime | None


class ReferralList(View, frozen=True, kw_only=True):
    """A page of referrals."""

    is_personal: ClassVar[bool] = True

    items: list[ReferralView]
    next: str | None = None


class ListReferrals(Page, frozen=True, kw_only=True):
    """The referrals of an area, the oldest first; `open_only` leaves out those answered."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ReferralList

    area_id: UUID
    open_only: bool = True


class ReferredWish(Contract, frozen=True, kw_only=True):
    """A wish as those hear of it who tell its resident; the title may name a person, so it is sealed."""

    wish_id: UUID
    code: str
    resident_id: UUID
    area_path: str
    title: Sealed


class WishReferred(Event, frozen=True, kw_only=True):
    """A wish went to a department; the resident is told to which, why, and by when it answers."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wish_referred.v1"

    wish: ReferredWish
    department: str
    sealed_reason: Sealed
    due_on: date


class ReferralAnswered(Event, frozen=True, kw_only=True):
    """A department answered; the resident is told what."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "referral_answered.v1"

    wish: ReferredWish
    department: str
    outcome: ReferralOutcome
    sealed_reason: Sealed
