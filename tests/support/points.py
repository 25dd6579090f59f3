"""Communities, units, members and what they did: builders for tests of points."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.chassis.contracts import Sealed, new_id
from services.claims.contracts import (
    ClaimEnded,
    ClaimMade,
    ClaimsEnded,
    FulfilmentConfirmed,
    Standing,
    WishesClaimed,
)
from services.directory.contracts import (
    AreaCopy,
    AreaKind,
    AreaSettings,
    MemberCopy,
    MemberKind,
    UnitCopy,
    UnitKind,
)
from services.scheduler.contracts import FeedbackDue
from services.wishes.contracts import Urgency, WishKind

CITY, STREET, COMMUNITY = "/zhoukou/", "/zhoukou/chuanhui/qiyi/", "/zhoukou/chuanhui/qiyi/renmin/"
SEALED = Sealed("k1.sealed")
OPEN = Standing(state="fulfilled", places_left=0, version=2)
NOON = datetime(2026, 11, 7, 4, tzinfo=UTC)  # in Shanghai

SECOND_HALF = FeedbackDue(period="2026H2", starts_on=date(2026, 7, 1), ends_on=date(2026, 12, 31))


def an_area(
    path: str = COMMUNITY, area_id: UUID | None = None, *, version: int = 1, **settings: Any
) -> AreaCopy:
    """Return an area at a path, with settings where they differ from the programme's."""
    area_id = area_id or new_id()
    return AreaCopy(
        id=area_id,
        parent_id=None,
        kind=AreaKind.COMMUNITY,
        name="人民社区",
        path=path,
        version=version,
        settings=AreaSettings(**settings),
        release_scope_id=area_id,
    )


def a_unit(name: str = "水务局", **changes: Any) -> UnitCopy:
    """Return a unit that reports to the street."""
    unit_id = new_id()
    values: dict[str, Any] = {
        "id": unit_id,
        "parent_id": None,
        "name": name,
        "kind": UnitKind.ORGAN,
        "path": f"/{unit_id}/",
        "street_id": new_id(),
        "street_path": STREET,
        "contact_name": None,
        "contact_phone": None,
        "contact_email": None,
        "is_active": True,
        "version": 1,
    }
    return UnitCopy(**(values | changes))


def a_member(name: Sealed = SEALED, **changes: Any) -> MemberCopy:
    """Return a member whose name is sealed already."""
    values: dict[str, Any] = {
        "id": new_id(),
        "kind": MemberKind.PARTY_MEMBER,
        "name": name,
        "phone": SEALED,
        "email": None,
        "unit_id": None,
        "community_id": None,
        "area_path": "/",
        "skills": (),
        "willingness": (),
        "language": "zh",
        "is_active": True,
        "version": 1,
    }
    return MemberCopy(**(values | changes))


def a_fulfilment(community_id: UUID, member_id: UUID | None = None, **changes: Any) -> FulfilmentConfirmed:
    """Return a confirmed fulfilment of an ordinary wish for goods."""
    values: dict[str, Any] = {
        "claim_id": new_id(),
        "wish_id": new_id(),
        "member_id": member_id or new_id(),
        "resident_id": new_id(),
        "community_id": community_id,
        "area_path": COMMUNITY,
        "title": "一床厚棉被",
        "wish_code": "W7K2M",
        "kind": WishKind.GOODS,
        "urgency": Urgency.ORDINARY,
        "confirmed_at": NOON,
        "by_resident": True,
        "standing": OPEN,
    }
    return FulfilmentConfirmed(**(values | changes))


def claims_made(member_id: UUID, claim_ids: Iterable[UUID], claimed_at: datetime = NOON) -> WishesClaimed:
    """Return the event that a member claimed so many wishes."""
    return WishesClaimed(
        claims=[
            ClaimMade(
                claim_id=claim_id,
                wish_id=new_id(),
                member_id=member_id,
                resident_id=new_id(),
                title="一床厚棉被",
                wish_code="W7K2M",
                area_path=COMMUNITY,
                due_on=date(2026, 11, 21),
                claimed_at=claimed_at,
                standing=OPEN,
            )
            for claim_id in claim_ids
        ]
    )


def claim_ended(member_id: UUID, claim_id: UUID, how: str) -> ClaimsEnded:
    """Return the event that a claim ended without fulfilment."""
    ended = ClaimEnded(
        claim_id=claim_id,
        wish_id=new_id(),
        member_id=member_id,
        resident_id=new_id(),
        title="一床厚棉被",
        wish_code="W7K2M",
        area_path=COMMUNITY,
        how=how,
        reason="",
        standing=OPEN,
    )
    return ClaimsEnded(claims=[ended])
