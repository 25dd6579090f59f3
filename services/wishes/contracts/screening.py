"""What a screener decides, and how a wish is taken back."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command
from services.chassis.rights import Right
from services.wishes.contracts.kinds import Category, Claimant, Urgency, WishKind

__all__ = [
    "AcceptWish",
    "DeclineWish",
    "ReturnWish",
    "WithdrawOwnWish",
    "WithdrawWish",
]


class AcceptWish(Command, frozen=True, kw_only=True):
    """Accept a wish for its month; what is given overrides what was submitted. Urgent ones go up at once."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    title: str | None = None
    kind: WishKind | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    value: int | None = None
    places: int | None = None
    service_days: int | None = None
    skill: str | None = None
    suitable: Claimant | None = None
    ceiling_reason: str | None = None  # asked for when the value passes the ceiling


class ReturnWish(Command, frozen=True, kw_only=True):
    """Give a wish back to be put right, with a reason the resident is told."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    reason: str


class DeclineWish(Command, frozen=True, kw_only=True):
    """Say no to a wish, with a reason the resident is told."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    reason: str


class WithdrawWish(Command, frozen=True, kw_only=True):
    """A worker takes a wish back for its resident, until it is fulfilled."""

    right: ClassVar[Right] = Right.COLLECT

    wish_id: UUID
    reason: str


class WithdrawOwnWish(Command, frozen=True, kw_only=True):
    """The resident takes the wish back, until it is claimed: code and last four digits of the phone."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    code: str
    phone_ending: str
    address: str = ""  # network address of the asker, for the limits
