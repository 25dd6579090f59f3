"""Builders for notify: people as others tell of them, events, and a sender to be moved by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.contracts import new_id
from services.chassis.rights import Actor, Grant, Role
from services.chassis.sealing import Seals
from services.chassis.work import Workshop
from services.claims.contracts import ClaimEnded, ClaimMade, ClaimReminder, Standing
from services.directory.contracts import (
    AccountCopy,
    MemberCopy,
    MemberKind,
    UnitCopy,
    UnitKind,
)
from services.notify.domain import TOPICS, Topic
from services.notify.settings import NotifySettings, SmsSettings, SmtpSettings
from services.wishes.contracts import ResidentCopy
from tests.support.peers import LOOPBACK, Peer

CITY, STREET, COMMUNITY = "/zk/", "/zk/ch/s1/", "/zk/ch/s1/c1/"
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
STANDING = Standing(state="taken", places_left=0, version=2)
OPERATOR = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/"),))

WORDS: dict[Topic, dict[str, Any]] = {
    Topic.WISH_RECEIVED: {"code": "XY-1234", "confirmation_code": "830461", "title": "一床厚棉被"},
    Topic.WISH_SCREENED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "outcome": "returned",
        "reason": "请写明尺寸",
    },
    Topic.RELEASE_DIGEST: {"period": "2026-12", "area_name": "川汇区", "released": 212, "carried_over": 9},
    Topic.WISH_CLAIMED: {"title": "一床厚棉被", "wish_code": "XY-1234", "due_on": "2026-12-19"},
    Topic.CLAIM_ENDED: {"title": "一床厚棉被", "wish_code": "XY-1234", "how": "lapsed", "reason": ""},
    Topic.CLAIM_DELIVERED: {"title": "一床厚棉被", "wish_code": "XY-1234"},
    Topic.FULFILMENT_CONFIRMED: {"title": "一床厚棉被", "wish_code": "XY-1234", "by_resident": True},
    Topic.CLAIM_DUE_SOON: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "due_on": "2026-12-19",
        "days_left": 3,
    },
    Topic.CLAIM_OVERDUE: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "due_on": "2026-12-19",
        "days_late": 2,
    },
    Topic.THRESHOLD_REACHED: {"year": 2026, "threshold": "star", "points": 30},
    Topic.FEEDBACK_ISSUED: {"period": "2026H2", "members": 40, "taking_part": 12, "fulfilled": 15},
    Topic.FEEDBACK_ANSWERED: {"period": "2026H2", "unit_name": "区档案馆"},
    Topic.SIGN_IN_CODE: {"code": "402913", "minutes": 10},
}
"""Sample words for every topic."""

assert {topic: rule.parameters for topic, rule in TOPICS.items()} == {
    topic: frozenset(words) for topic, words in WORDS.items()
}


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


DUE = date(2026, 12, 19)


def _claim(member_id: UUID) -> dict[str, Any]:
    ids = {"claim_id": new_id(), "wish_id": new_id(), "member_id": member_id}
    return ids | {"title": "一床厚棉被", "wish_code": "XY-1234", "area_path": COMMUNITY}


def smtp_settings(peer: Peer, **changes: Any) -> SmtpSettings:
    """Return settings of a mail server on loopback."""
    said: dict[str, Any] = {"security": "none", "sender": "wishes@example.org", "timeout": 2.0}
    return SmtpSettings(host=LOOPBACK, port=peer.port, **(said | changes))


def sms_settings(peer: Peer, **changes: Any) -> SmsSettings:
    """Return settings of a gateway on loopback."""
    said: dict[str, Any] = {
        "fields": {"phone": "{national}", "content": "{text}", "id": "{id}"},
        "signature": "【心愿树】",
        "code_at": "code",
        "reference_at": "data.sid",
        "permanent": ("21",),
        "stop": ("99",),
        "timeout": 1.0,
    }
    return SmsSettings(url=peer.url, **(said | changes))


def quick_settings(
    smtp: SmtpSettings | None = None, sms: SmsSettings | None = None, **changes: Any
) -> NotifySettings:
    """Return settings with delays of seconds."""
    said: dict[str, Any] = {
        "delays": (10.0, 20.0),
        "tries": 3,
        "pause": 30.0,
        "doubt": 60.0,
        "look_every": 0.05,
    }
    return NotifySettings(smtp=smtp, sms=sms, **(said | changes))


def later(simulated: Any, **delta: float) -> None:
    """Move the hands of the clock."""
    simulated.set(simulated.now() + timedelta(**delta))


def seals_of(workshop: Workshop) -> Seals:
    """Return the seals of the house under test."""
    return workshop.seals


def numbers(start: int, count: int) -> Sequence[str]:
    """Return mobile numbers that nobody has."""
    return [f"+86139{start + index:08}" for index in range(count)]
