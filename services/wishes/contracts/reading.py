"""What staff and residents read of wishes: the ledger, the queue, the track."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Page, Query, View
from services.chassis.rights import Right
from services.wishes.contracts.kinds import Category, Claimant, Door, Urgency, WishKind
from services.wishes.contracts.taxonomy import OfficialClass

__all__ = [
    "DuplicateHint",
    "GetWish",
    "ListWishes",
    "Move",
    "TrackWish",
    "WishList",
    "WishTrack",
    "WishView",
]


class Move(Contract, frozen=True, kw_only=True):
    """One step in the life of a wish."""

    action: str
    state: str
    at: datetime
    by: str
    reason: str = ""


class DuplicateHint(Contract, frozen=True, kw_only=True):
    """A wish that may be the same one told twice: a hint, never a bar."""

    wish_id: UUID
    code: str
    title: str
    state: str
    submitted_at: datetime
    same: str  # resident | household


class WishView(View, frozen=True, kw_only=True):
    """A wish as staff see it: the resident's name and phone masked."""

    is_personal: ClassVar[bool] = True

    id: UUID
    code: str
    state: str
    title: str
    details: str
    kind: WishKind
    category: Category | None
    urgency: Urgency
    value: int
    places: int
    skill: str | None
    community_id: UUID
    community_name: str
    resident_name: str
    resident_phone: str | None
    door: Door
    period: str | None
    months_carried: int
    submitted_at: datetime
    due_on: date | None  # by when it should be screened
    over_ceiling: bool
    service_days: int | None = None  # from claim to due day, set by the screener
    moves: list[Move] = []
    official: OfficialClass | None = None  # the category in the words of the area
    suitable: Claimant = Claimant.ANYONE
    advice: str | None = None  # for the screener, of one too big for one person: join | refer
    campaign_id: UUID | None = None
    duplicates: list[DuplicateHint] = []  # of one wish asked for while a screener has it


class WishList(View, frozen=True, kw_only=True):
    """A page of wishes."""

    is_personal: ClassVar[bool] = True

    items: list[WishView]
    next: str | None = None


class GetWish(Query, frozen=True, kw_only=True):
    """One wish with its history."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = WishView

    wish_id: UUID


class ListWishes(Page, frozen=True, kw_only=True):
    """The wishes of an area, oldest first; `state=submitted` is the screening queue, by the day it is due."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = WishList

    area_id: UUID
    state: str | None = None
    category: Category | None = None
    official: str | None = None  # the key of a class in the taxonomy of the area
    urgency: Urgency | None = None
    campaign_id: UUID | None = None


class WishTrack(View, frozen=True, kw_only=True):
    """What a resident sees of their wish: plain words come from `state` and the moves.

    Of who made a move it says only: resident, community, claims or house.
    """

    is_personal: ClassVar[bool] = True

    code: str
    title: str
    state: str
    moves: list[Move]


class TrackWish(Query, frozen=True, kw_only=True):
    """How a wish stands, for whoever holds its code and the last four digits of the phone."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = WishTrack
    is_personal: ClassVar[bool] = True

    code: str
    phone_ending: str
    address: str = ""  # network address of the asker, for the limits
