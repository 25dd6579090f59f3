"""Builders for notify: people as others tell of them, and what happened to their claims."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.rights import Grant, Role
from services.chassis.sealing import Seals
from services.claims.contracts import ClaimEnded, ClaimMade, ClaimReminder, DispatchMove
from services.directory.contracts import (
    AccountCopy,
    MemberCopy,
    MemberKind,
    SignInCodeIssued,
    UnitCopy,
    UnitKind,
)
from services.wishes.contracts import ResidentCopy
from tests.support.notify import COMMUNITY, NOON, STANDING, STREET

WISH: dict[str, Any] = {"title": "一床厚棉被", "wish_code": "XY-1234", "area_path": COMMUNITY}


def a_member(seals: Seals, **changes: Any) -> MemberCopy:
    """Return a member who lives in the community; `phone`, `name` and `email` are given in clear."""
    name, phone = changes.pop("name", "王淑珍"), changes.pop("phone", "+8613800138000")
    email = changes.pop("email", None)
    said: dict[str, Any] = {
        "id": new_id(),
        "kind": MemberKind.PARTY_MEMBER,
        "unit_id": None,
        "community_id": None,
        "area_path": COMMUNITY,
        "skills": (),
        "willingness": (),
        "language": "zh",
        "is_active": True,
        "version": 1,
    }
    sealed = {"name": seals.seal(name), "phone": seals.seal(phone), "email": seals.seal_or_none(email)}
    return MemberCopy(**(said | sealed | changes))


def a_resident(seals: Seals, **changes: Any) -> ResidentCopy:
    """Return a resident of the community, with a phone unless `phone` is None."""
    phone = changes.pop("phone", "+8613900139000")
    said: dict[str, Any] = {
        "id": new_id(),
        "name": seals.seal("李桂兰"),
        "phone": seals.seal_or_none(phone),
        "community_id": new_id(),
        "area_path": COMMUNITY,
        "language": "zh",
        "version": 1,
    }
    return ResidentCopy(**(said | changes))


def an_account(seals: Seals, role: Role, scope: str, **changes: Any) -> AccountCopy:
    """Return a staff account with one role in one place."""
    said: dict[str, Any] = {
        "id": new_id(),
        "name": seals.seal("赵工"),
        "phone": None,
        "email": None,
        "grants": (Grant(role, scope),),
        "language": "zh",
        "is_active": True,
        "version": 1,
    }
    return AccountCopy(**(said | changes))


def a_unit(seals: Seals, **changes: Any) -> UnitCopy:
    """Return a unit; `email` is that of its contact, in clear."""
    email = changes.pop("email", None)
    said: dict[str, Any] = {
        "id": new_id(),
        "parent_id": None,
        "name": "区档案馆",
        "kind": UnitKind.ORGAN,
        "path": "/u1/",
        "street_id": None,
        "street_path": STREET,
        "contact_name": None,
        "contact_phone": None,
        "contact_email": seals.seal_or_none(email),
        "is_active": True,
        "version": 1,
    }
    return UnitCopy(**(said | changes))


def a_claim(member_id: UUID, resident_id: UUID) -> ClaimMade:
    """Return a claim just made."""
    return ClaimMade(
        **_claim(member_id), resident_id=resident_id, due_on=DUE, claimed_at=NOON, standing=STANDING
    )


def an_ended_claim(member_id: UUID, resident_id: UUID, how: str) -> ClaimEnded:
    """Return a claim that ended so."""
    return ClaimEnded(**_claim(member_id), resident_id=resident_id, how=how, reason="", standing=STANDING)


def a_reminder(member_id: UUID, days_left: int) -> ClaimReminder:
    """Return a reminder of a claim."""
    return ClaimReminder(**_claim(member_id), due_on=DUE, days_left=days_left)


def a_step(how: str, member_id: UUID, worker_id: UUID | None, **more: Any) -> DispatchMove:
    """Return what happened to a dispatch; an urgent one unless `is_urgent` says otherwise."""
    said: dict[str, Any] = {"dispatch_id": new_id(), "wish_id": new_id(), "is_urgent": True} | WISH | more
    return DispatchMove(member_id=member_id, worker_id=worker_id, how=how, **said)


def a_code(seals: Seals, member_id: UUID, code: str = "402913") -> SignInCodeIssued:
    """Return a code just issued, good for ten minutes."""
    return SignInCodeIssued(
        code_id=new_id(),
        member_id=member_id,
        phone=seals.seal("+8613800138000"),
        code=seals.seal(code),
        expires_at=clock.now() + timedelta(minutes=10),
    )


DUE = date(2026, 12, 19)


def _claim(member_id: UUID) -> dict[str, Any]:
    ids = {"claim_id": new_id(), "wish_id": new_id(), "member_id": member_id}
    return ids | WISH
