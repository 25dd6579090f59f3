"""Whom to call: workers look at the name and number of a resident, and every look is recorded."""

from typing import ClassVar
from uuid import UUID

import msgspec

from services.chassis.contracts import Command, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "Contact",
    "LookUpResident",
    "LookUpWisher",
    "ResidentContact",
    "UnknownResident",
]


class Contact(msgspec.Struct):
    """What is under the seal on whom to call about a wish, which travels with it; claims opens it too."""

    name: str = ""
    phone: str | None = None
    address: str | None = None
    details: str | None = None


class ResidentContact(View, frozen=True, kw_only=True):
    """Whom to call and where; empty what is not known."""

    is_personal: ClassVar[bool] = True

    name: str
    phone: str | None
    address: str


class LookUpResident(Command, frozen=True, kw_only=True):
    """Look at whom to call of somebody on the books of an area, as for the roster's monthly check."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = ResidentContact

    resident_id: UUID


class LookUpWisher(Command, frozen=True, kw_only=True):
    """Look at whom to call about a wish: before it is confirmed, called back about or settled."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = ResidentContact

    wish_id: UUID


class UnknownResident(Refusal):
    """There is no such resident."""

    code = "wishes.unknown_resident"
    kind = RefusalKind.UNKNOWN
