"""What claims shows: the board, one's own claims, the claims of an area."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Page, PageLength, Query, View
from services.chassis.rights import Right
from services.claims.contracts.kinds import ClaimantKind
from services.wishes.contracts import Category, Claimant, Urgency, WishKind

__all__ = [
    "Board",
    "ClaimList",
    "ClaimView",
    "GetOffer",
    "ListClaims",
    "ListOffers",
    "MyClaims",
    "OfferView",
    "SimilarOffers",
]


class OfferView(View, frozen=True, kw_only=True):
    """An offer as everyone may see it."""

    wish_id: UUID
    code: str
    title: str
    kind: WishKind
    category: Category
    urgency: Urgency
    value: int
    skill: str | None
    places: int
    places_left: int
    state: str
    community_id: UUID
    community_name: str
    service_days: int
    released_at: datetime
    months_on_board: int = 0  # since its first release, while nobody made it come true: it visibly ages
    suitable: Claimant = Claimant.ANYONE  # advice (003 认领主体), no bar


class Board(View, frozen=True, kw_only=True):
    """A page of the board with its counts."""

    items: list[OfferView]
    next: str | None = None


class ListOffers(Page, frozen=True, kw_only=True):
    """The board, newest release first: open offers, or those of another state."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Board

    state: str = "open"
    below: str = "/"
    kind: WishKind | None = None
    category: Category | None = None
    skill: str | None = None
    suitable: Claimant | None = None


class GetOffer(Query, frozen=True, kw_only=True):
    """One offer."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = OfferView

    wish_id: UUID


class SimilarOffers(Query, frozen=True, kw_only=True):
    """Open wishes like this one, for whoever lost a race: same community or category first."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Board

    wish_id: UUID
    limit: PageLength = 5


class ClaimView(View, frozen=True, kw_only=True):
    """A claim as its holder or the community sees it, with what people wrote about it."""

    is_personal: ClassVar[bool] = True

    id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID | None
    state: str
    claimed_at: datetime
    undo_until: datetime
    due_on: date
    delivered_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    reason: str  # why it ended, as it was given
    note: str = ""  # what the doer wrote when delivering
    satisfaction: int | None = None
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member


class ClaimList(View, frozen=True, kw_only=True):
    """A page of claims."""

    is_personal: ClassVar[bool] = True

    items: list[ClaimView]
    next: str | None = None


class MyClaims(Page, frozen=True, kw_only=True):
    """The signed-in member's claims, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = ClaimList

    state: str | None = None


class ListClaims(Page, frozen=True, kw_only=True):
    """The claims on wishes of an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ClaimList

    below: str
    state: str | None = None
