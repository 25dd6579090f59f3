"""Rules, entries and cards: what a deed is worth, and what a member's deeds of a year add up to."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Page, Query, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Below, Deed, Threshold, Year

__all__ = [
    "Card",
    "CommunityCard",
    "EntryList",
    "EntryView",
    "ListEntries",
    "ListRules",
    "MyCard",
    "RuleList",
    "RuleView",
    "SetRule",
]


class RuleView(View, frozen=True, kw_only=True):
    """A rule: so many points for such a deed, in an area and below, from a day on."""

    id: UUID
    area_id: UUID | None  # None: the default of the programme
    deed: Deed
    points: int
    valid_from: date


class RuleList(View, frozen=True, kw_only=True):
    """Rules, the nearest first."""

    items: list[RuleView]
    next: str | None = None


class SetRule(Command, frozen=True, kw_only=True):
    """Set what a deed is worth in an area from a day on; days past are not touched."""

    right: ClassVar[Right] = Right.SET_RULES
    answer: ClassVar[type[View]] = RuleView

    area_id: UUID
    deed: Deed
    points: int
    valid_from: date


class ListRules(Query, frozen=True, kw_only=True):
    """The rules that hold in an area."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = RuleList

    area_id: UUID


class EntryView(View, frozen=True, kw_only=True):
    """One entry of the ledger: the deed, its rule, its points."""

    id: UUID
    member_id: UUID
    community_id: UUID
    deed: Deed
    claim_id: UUID
    title: str
    points: int
    entered_at: datetime
    corrects_id: UUID | None = None  # the entry that this one corrects


class CommunityCard(Contract, frozen=True, kw_only=True):
    """A member's card of a year in one community: thresholds are reached there, not across communities."""

    community_id: UUID
    community_name: str
    points: int
    next_threshold: Threshold | None  # None: the last one is reached
    points_missing: int


class Card(View, frozen=True, kw_only=True):
    """A member's card (积分卡) of a year: the sum, the entries, and the way to the next threshold.

    `points` is the sum over all communities; the next threshold is that of the community with the most
    points, and `communities` has each one's own card.
    """

    member_id: UUID
    year: int
    points: int
    next_threshold: Threshold | None
    points_missing: int
    entries: list[EntryView]  # the newest first, at most 200
    communities: list[CommunityCard] = []


class MyCard(Query, frozen=True, kw_only=True):
    """The signed-in member's own card."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Card

    year: Year | None = None  # None: the present one


class EntryList(View, frozen=True, kw_only=True):
    """A page of entries."""

    items: list[EntryView]
    next: str | None = None


class ListEntries(Page, frozen=True, kw_only=True):
    """The ledger of an area."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = EntryList

    below: Below
    member_id: UUID | None = None
