"""What wishes tells: residents and wishes that came in, screening, release, withdrawal."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Event, Sealed
from services.wishes.contracts.kinds import Category, Claimant, Urgency, WishKind

__all__ = [
    "ReleaseCompleted",
    "ReleasedWish",
    "ReporterChange",
    "ReportersChanged",
    "ResidentCopy",
    "ResidentsChanged",
    "WishScreened",
    "WishTaken",
    "WishWithdrawn",
    "WishesReleased",
    "WishesSubmitted",
]


class ResidentCopy(Contract, frozen=True, kw_only=True):
    """A resident as notify keeps them: where to reach them, sealed."""

    id: UUID
    name: Sealed
    phone: Sealed | None
    community_id: UUID
    area_path: str
    language: str
    version: int


class ResidentsChanged(Event, frozen=True, kw_only=True):
    """Residents were added or can be reached elsewhere; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "residents_changed.v1"

    residents: list[ResidentCopy]


class WishTaken(Contract, frozen=True, kw_only=True):
    """A wish that came in. The resident tracks it by `code`, and confirms with `confirmation_code`."""

    wish_id: UUID
    code: str
    resident_id: UUID
    community_id: UUID
    area_path: str
    title: Sealed
    confirmation_code: Sealed
    reporter_id: UUID | None = None  # the unit or area that reported it, in a campaign (000)


class WishesSubmitted(Event, frozen=True, kw_only=True):
    """Wishes came in and wait for screening; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wishes_submitted.v1"

    wishes: list[WishTaken]


class ReporterChange(Contract, frozen=True, kw_only=True):
    """For whom a wish counts from now on; a lower `version` of the wish is stale."""

    wish_id: UUID
    area_path: str
    reporter_id: UUID | None  # the unit or area it was joined for; None once it is taken back, for nobody
    version: int


class ReportersChanged(Event, frozen=True, kw_only=True):
    """Wishes that had come in joined a campaign, or were declined or taken back; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "reporters_changed.v1"

    changes: list[ReporterChange]


class WishScreened(Event, frozen=True, kw_only=True):
    """A screener decided; the resident is told the outcome and the reason.

    What somebody typed as the reason may name a person, so it travels sealed and `reason` stays empty.
    """

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wish_screened.v1"

    wish_id: UUID
    code: str
    resident_id: UUID
    area_path: str
    outcome: str  # accepted | returned | declined
    reason: str = ""
    sealed_reason: Sealed | None = None
    title: Sealed


class ReleasedWish(Contract, frozen=True, kw_only=True):
    """A wish as it goes on the board, with what claims needs to serve it. `title` is fit for the public."""

    wish_id: UUID
    code: str
    title: str
    kind: WishKind
    category: Category
    urgency: Urgency
    value: int  # yuan, 0 when it costs nothing
    places: int
    service_days: int
    skill: str | None
    community_id: UUID
    community_name: str
    area_path: str
    resident_id: UUID
    contact: Sealed  # JSON: name, phone, address, details; opened for the current claimant only
    confirmation_index: str  # keyed blind index of the confirmation code
    period: str | None  # None when urgent
    version: int
    suitable: Claimant = Claimant.ANYONE


class WishesReleased(Event, frozen=True, kw_only=True):
    """Wishes went on the board; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wishes_released.v1"

    wishes: list[ReleasedWish]


class ReleaseCompleted(Event, frozen=True, kw_only=True):
    """The monthly release of an area is complete; members there are told once."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "release_completed.v1"

    release_id: UUID
    period: str
    area_id: UUID
    area_path: str
    area_name: str
    released: int
    carried_over: int


class WishWithdrawn(Event, frozen=True, kw_only=True):
    """A wish is no longer wanted; whoever holds it is told."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wish_withdrawn.v1"

    wish_id: UUID
    version: int
