"""What claims tells: places taken and given back, deeds delivered and confirmed, days that draw near."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Event, Sealed
from services.claims.contracts.kinds import ClaimantKind
from services.wishes.contracts import Urgency, WishKind

__all__ = [
    "ClaimDelivered",
    "ClaimEnded",
    "ClaimMade",
    "ClaimReminder",
    "ClaimsDueSoon",
    "ClaimsEnded",
    "ClaimsOverdue",
    "FulfilmentConfirmed",
    "Standing",
    "WishesClaimed",
]


class Standing(Contract, frozen=True, kw_only=True):
    """How an offer stands after what the event tells; a lower `version` is stale."""

    state: str  # open | taken | fulfilled | withdrawn
    places_left: int
    version: int


class ClaimMade(Contract, frozen=True, kw_only=True):
    """One place was taken by one claimant."""

    claim_id: UUID
    wish_id: UUID
    member_id: UUID | None = None  # who answers for it; None when only a name is known
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
    people: tuple[UUID, ...] = ()  # all who take it on together; empty where one member does, or a unit
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
    """A claim ended without fulfilment and its place is free again.

    What somebody typed as the reason may name a person, so it travels sealed and `reason` stays empty.
    """

    claim_id: UUID
    wish_id: UUID
    member_id: UUID | None = None  # who answers for it; None when only a name is known
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
    resident_id: UUID
    title: str
    wish_code: str
    area_path: str
    how: str  # undone | returned | lapsed | not_done | withdrawn
    reason: str = ""
    sealed_reason: Sealed | None = None
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
    member_id: UUID | None = None  # who answers for it; None when only a name is known
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
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
    member_id: UUID | None = None  # who answers for it; None when only a name is known
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
    people: tuple[UUID, ...] = ()  # all who take it on together; empty where one member does, or a unit
    resident_id: UUID
    community_id: UUID
    area_path: str
    title: str
    wish_code: str
    kind: WishKind
    urgency: Urgency
    confirmed_at: datetime
    by_resident: bool
    satisfaction: int | None = None  # 5 very satisfied … 1 very dissatisfied; None when nobody said
    standing: Standing


class ClaimReminder(Contract, frozen=True, kw_only=True):
    """A claim whose due day is near or past."""

    claim_id: UUID
    wish_id: UUID
    member_id: UUID | None = None  # who answers for it; None when only a name is known
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
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
