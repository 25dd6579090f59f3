"""The roster (困难帮扶对象花名册), re-checked every month (003)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, View
from services.chassis.rights import Right
from services.wishes.contracts.intake import ResidentDetails
from services.wishes.contracts.kinds import Hardship

__all__ = [
    "CheckRosterEntry",
    "ListRoster",
    "PutOnRoster",
    "Roster",
    "RosterEntryView",
]


class RosterEntryView(View, frozen=True, kw_only=True):
    """Somebody on the roster (困难帮扶对象花名册), masked."""

    is_personal: ClassVar[bool] = True

    resident_id: UUID
    name: str
    phone: str | None
    age: int | None
    hardship: tuple[Hardship, ...]
    community_id: UUID
    last_checked_on: date
    is_due: bool


class Roster(View, frozen=True, kw_only=True):
    """A page of the roster."""

    is_personal: ClassVar[bool] = True

    items: list[RosterEntryView]
    next: str | None = None


class PutOnRoster(Command, frozen=True, kw_only=True):
    """Put a resident on the roster, or bring their entry up to date."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = RosterEntryView
    is_personal: ClassVar[bool] = True

    community_id: UUID
    resident: ResidentDetails


class CheckRosterEntry(Command, frozen=True, kw_only=True):
    """Re-check an entry of the roster: still in hardship, or off the roster with a reason."""

    right: ClassVar[Right] = Right.COLLECT

    resident_id: UUID
    still_in_hardship: bool
    reason: str = ""


class ListRoster(Page, frozen=True, kw_only=True):
    """The roster of an area; `due` lists only those not yet re-checked this month (003: 每月)."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = Roster

    area_id: UUID
    due: bool = False
