"""What claims answers and tells: offers on the board, claims, delivery, confirmation."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.wishes.contracts import Category, Urgency, WishKind


class Standing(Contract, frozen=True, kw_only=True):
    """How an offer stands after what the event tells; a lower `version` is stale."""

    state: str  # open | taken | fulfilled | withdrawn
    places_left: int
    version: int


class ClaimMade(Contract, frozen=True, kw_only=True):
    """One place was taken by one member."""

    claim_id: UUID
    wish_id: UUID
    member_id: UUID
    resident_id: UUID
    title: str
    wish_code: str
    area_path: str
    due_on: date
    claimed_at: datetime
    standing: Standing


class WishesClaimed(Event, frozen=True, kw_only=True):
    """Places were taken, in one batch of a rush; at most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "wishes_claimed.v1"

    claims: list[ClaimMade]


class ClaimEnded(Contract, frozen=True, kw_only=True):
    """A claim ended without fulfilment and its place is free again."""

    claim_id: UUID
    wish_id: UUID
    member_id: UUID
    resident_id: UUID
    title: str
    wish_code: str
    area_path: str
    how: str  # undone | returned | lapsed | not_done | withdrawn
    reason: str
    standing: Standing


class ClaimsEnded(Event, frozen=True, kw_only=True):
    """Claims ended without fulfilment; at most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "claims_ended.v1"

    claims: list[ClaimEnded]


class ClaimDelivered(Event, frozen=True, kw_only=True):
    """The doer says it is done; the resident or a second person is to confirm."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "claim_delivered.v1"

    claim_id: UUID
    wish_id: UUID
    member_id: UUID
    resident_id: UUID
    title: str
    wish_code: str
    area_path: str


class FulfilmentConfirmed(Event, frozen=True, kw_only=True):
    """A wish came true, said by the resident or a second person, never by the doer."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "fulfilment_confirmed.v1"

    claim_id: UUID
    wish_id: UUID
    member_id: UUID
    resident_id: UUID
    community_id: UUID
    area_path: str
    title: str
    wish_code: str
    kind: WishKind
    urgency: Urgency
    confirmed_at: datetime
    by_resident: bool
    standing: Standing


class ClaimReminder(Contract, frozen=True, kw_only=True):
    """A claim whose due day is near or past."""

    claim_id: UUID
    wish_id: UUID
    member_id: UUID
    title: str
    wish_code: str
    area_path: str
    due_on: date
    days_left: int  # negative when overdue


class ClaimsDueSoon(Event, frozen=True, kw_only=True):
    """Claims near their due day; the doer is reminded. At most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "claims_due_soon.v1"

    claims: list[ClaimReminder]


class ClaimsOverdue(Event, frozen=True, kw_only=True):
    """Claims past their due day; the doer and the community are told. At most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "claims_overdue.v1"

    claims: list[ClaimReminder]


# -- claiming


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

    claim_id: UUID
    reason: str = ""


class DeliverClaim(Command, frozen=True, kw_only=True):
    """The doer says it is done; a note is welcome, a photo never required."""

    right: ClassVar[Right] = Right.SIGNED_IN

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

    claim_id: UUID
    note: str = ""
    satisfaction: int | None = None


class ReportNotDone(Command, frozen=True, kw_only=True):
    """A worker reports that what was said to be done was not; the place is free again."""

    right: ClassVar[Right] = Right.CONFIRM

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
    """Whom to call and where; shown to the current claimant only."""

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


# -- reading


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
    limit: int = 5


class ClaimView(View, frozen=True, kw_only=True):
    """A claim as its holder or the community sees it."""

    id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID
    state: str
    claimed_at: datetime
    undo_until: datetime
    due_on: date
    delivered_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    reason: str


class ClaimList(View, frozen=True, kw_only=True):
    """A page of claims."""

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


# -- refusals


class UnknownOffer(Refusal):
    """The wish is not on the board."""

    code = "claims.unknown_offer"
    kind = RefusalKind.UNKNOWN


class UnknownClaim(Refusal):
    """There is no such claim, or it is somebody else's."""

    code = "claims.unknown_claim"
    kind = RefusalKind.UNKNOWN


class NotAMember(Refusal):
    """Only a registered, active member claims; the community registers newcomers."""

    code = "claims.not_a_member"
    kind = RefusalKind.FORBIDDEN


class NoPlaceLeft(Refusal):
    """Every place was taken before this claim was served (刚被认领)."""

    code = "claims.no_place_left"


class NoLongerOffered(Refusal):
    """The wish was withdrawn or is fulfilled."""

    code = "claims.no_longer_offered"


class AlreadyYours(Refusal):
    """The member holds a place on this wish already."""

    code = "claims.already_yours"


class TooManyOpenClaims(Refusal):
    """The member holds as many open claims as the area allows."""

    code = "claims.too_many_open_claims"
    kind = RefusalKind.LIMITED


class TooLateToUndo(Refusal):
    """The minutes for undoing are over; the claim can still be returned."""

    code = "claims.too_late_to_undo"


class DoerCannotConfirm(Refusal):
    """The doer never confirms their own work."""

    code = "claims.doer_cannot_confirm"
    kind = RefusalKind.FORBIDDEN


class WrongConfirmationCode(Refusal):
    """The two codes do not belong together, or there is nothing to confirm."""

    code = "claims.wrong_confirmation_code"
    kind = RefusalKind.FORBIDDEN


class TooManyTries(Refusal):
    """Too many wrong confirmation codes; the community can confirm instead."""

    code = "claims.too_many_tries"
    kind = RefusalKind.LIMITED


class UnusableSatisfaction(Refusal):
    """Satisfaction has five levels, 1 to 5."""

    code = "claims.unusable_satisfaction"
    kind = RefusalKind.INVALID


class ReasonNeeded(Refusal):
    """A report of something not done is given with a reason."""

    code = "claims.reason_needed"
    kind = RefusalKind.INVALID
