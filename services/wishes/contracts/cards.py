"""Paper wish cards 心愿卡 (004): printed blank with a code, which opens the wish written on it later."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, View
from services.chassis.rights import Right

__all__ = [
    "CardBatch",
    "CardList",
    "CardView",
    "ListCards",
    "PrintCards",
]


class CardBatch(View, frozen=True, kw_only=True):
    """Codes for a batch of blank cards, to be printed one on each."""

    batch_id: UUID
    community_name: str
    codes: list[str]


class PrintCards(Command, frozen=True, kw_only=True):
    """Give codes for blank cards of a community; asked again with the same key it gives the same."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = CardBatch

    community_id: UUID
    count: int
    campaign_id: UUID | None = None


class CardView(View, frozen=True, kw_only=True):
    """A card: blank, or used for a wish."""

    code: str
    batch_id: UUID
    printed_at: datetime
    wish_id: UUID | None


class CardList(View, frozen=True, kw_only=True):
    """A page of cards."""

    items: list[CardView]
    next: str | None = None


class ListCards(Page, frozen=True, kw_only=True):
    """The cards of a community by code; `blank` lists only those that have not come back."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = CardList

    community_id: UUID
    blank: bool = False
