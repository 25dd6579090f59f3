"""What claims is asked to do: claim, undo, return, deliver, confirm, and look at whom to call."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, View
from services.chassis.rights import Right

__all__ = [
    "ClaimWish",
    "Claimed",
    "ConfirmByResident",
    "ConfirmFulfilment",
    "ContactView",
    "DeliverClaim",
    "LookUpContact",
    "ReportNotDone",
    "ReportNotDoneByResident",
    "ReturnClaim",
    "UndoClaim",
]


class Claimed(View, frozen=True, kw_only=True):
    """A place won: by when, and until when it can be undone."""

    claim_id: UUID
    wish_id: UUID
    due_on: date
    undo_until: datetime


class ClaimWish(Command, frozen=True, kw_only=True):
    """The signed-in member takes one place on a wish. First come, first served; the same key claims once."""

    right: ClassVar[Right] = Right.CLAIM
    answer: ClassVar[type[View]] = Claimed

    wish_id: UUID


class UndoClaim(Command, frozen=True, kw_only=True):
    """Undo one's own claim within the minutes the area allows."""

    right: ClassVar[Right] = Right.SIGNED_IN

    claim_id: UUID


class ReturnClaim(Command, frozen=True, kw_only=True):
    """“I cannot”: give the place back, without shame."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    claim_id: UUID
    reason: str = ""


class DeliverClaim(Command, frozen=True, kw_only=True):
    """The doer says it is done; a note is welcome, a photo never required."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    claim_id: UUID
    note: str = ""


class ConfirmByResident(Command, frozen=True, kw_only=True):
    """The resident confirms with the wish's code and the confirmation code only they were given."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    wish_code: str
    confirmation_code: str
    satisfaction: int | None = None  # 5 very satisfied … 1 very dissatisfied


class ConfirmFulfilment(Command, frozen=True, kw_only=True):
    """A worker confirms after asking the resident; never the doer."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True  # people write names into their words

    claim_id: UUID
    note: str = ""
    satisfaction: int | None = None


class ReportNotDone(Command, frozen=True, kw_only=True):
    """A worker reports that what was said to be done was not; the place is free again."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True  # people write names into their words

    claim_id: UUID
    reason: str


class ReportNotDoneByResident(Command, frozen=True, kw_only=True):
    """The resident says “not done”, with the same two codes."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    wish_code: str
    confirmation_code: str
    reason: str = ""


class ContactView(View, frozen=True, kw_only=True):
    """Whom to call and where; shown to the current claimant, and while they have something to put right."""

    is_personal: ClassVar[bool] = True

    name: str
    phone: str | None
    address: str
    details: str


class LookUpContact(Command, frozen=True, kw_only=True):
    """The current claimant looks at the resident's contact; every look is recorded."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = ContactView

    claim_id: UUID
