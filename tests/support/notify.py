"""Builders for notify: people as others tell of them, events, and a sender to be moved by hand."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import eventlet
import msgspec
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.contracts import Event, new_id
from services.chassis.crashing import CRASH_VARIABLE, PERMISSION_VARIABLE
from services.chassis.journal import open_journal
from services.chassis.rights import Actor, Grant, Role
from services.chassis.sealing import Seals
from services.chassis.settings import Settings, read_settings
from services.chassis.work import Workshop
from services.claims.contracts import ClaimEnded, ClaimMade, ClaimReminder, Standing
from services.directory.contracts import (
    AccountCopy,
    AccountsChanged,
    MemberCopy,
    MemberKind,
    MembersChanged,
    SignInCodeIssued,
    UnitCopy,
    UnitKind,
    UnitsChanged,
)
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.contracts import MyInbox
from services.notify.domain import TOPICS, RetryPolicy, Topic
from services.notify.models import Base, Delivery, Message
from services.notify.sender import Sender
from services.notify.settings import NotifySettings, SmsSettings, SmtpSettings
from services.notify.templates import Words
from services.wishes.contracts import ResidentCopy, ResidentsChanged
from tests.support.database import SECRETS
from tests.support.peers import LOOPBACK, Peer

TEMPLATES = Words("https://wishes.example.org")
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
    Topic.POINTS_CORRECTED: {
        "title": "一床厚棉被",
        "year": 2026,
        "is_more": False,
        "amount": 2,
        "balance": 23,
        "reason": "多记了一次",
    },
    Topic.CORRECTION_PROPOSED: {"title": "一床厚棉被", "is_more": True, "amount": 2},
    Topic.OUTSTANDING_NOMINATED: {"community_name": "人民社区", "year": 2026},
    Topic.NOMINATION_DECIDED: {"year": 2026, "is_approved": True},
    Topic.NOTICE_SENT: {"kind": "member_wishes", "year": 2026, "required": 1, "done": 0},
    Topic.NOTICE_OBJECTED: {"year": 2026},
    Topic.NOTICE_DECIDED: {"year": 2026, "is_withdrawn": True, "reason": "全年住院"},
    Topic.FEEDBACK_UNANSWERED: {"period": "2026H2", "is_received": False},
    Topic.WISH_REFERRED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "department": "区残联",
        "reason": "需要专业适配",
        "due_on": "2026-12-19",
    },
    Topic.REFERRAL_ANSWERED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "department": "区残联",
        "reason": "轮椅已送到家",
        "outcome": "settled",
    },
    Topic.CAMPAIGN_STAGE: {
        "campaign_name": "点亮微心愿",
        "area_name": "高新区",
        "stage": "claiming",
        "until": "2026-12-19",
        "released": 31,
    },
    Topic.ROSTER_DUE: {"month": "2026-12", "community_name": "银华社区", "people": 7},
    Topic.FESTIVAL_NEAR: {
        "festival_zh": "重阳节",
        "festival_en": "Double Ninth Festival",
        "on": "2026-10-18",
        "audience_zh": "孤寡、空巢老人",
        "audience_en": "old people on their own",
        "community_name": "银华社区",
        "people": 12,
    },
    Topic.FIGURES_AWAITED: {"period": "2026H2", "period_kind": "half_year", "area_name": "银华社区"},
    Topic.COMPLAINT_RECEIVED: {"due_on": "2026-12-19"},
    Topic.COMPLAINT_ESCALATED: {"due_on": "2026-12-19"},
    Topic.COMPLAINT_ANSWERED: {"code": "K7MX2PQR"},
    Topic.WAITING_MOVED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "offered",
        "until": "12-07 14:00",
    },
    Topic.POOL_MOVED: {"title": "一把轮椅", "wish_code": "XY-1234", "how": "reached", "target": 900},
    Topic.DISPATCH_PROPOSED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "answer_on": "2026-12-07",
        "answer_at": "14:00",
    },
    Topic.URGENT_DISPATCH: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "answer_on": "2026-12-07",
        "answer_at": "14:00",
    },
    Topic.DISPATCH_WITHDRAWN: {"title": "一床厚棉被", "wish_code": "XY-1234"},
    Topic.DISPATCH_ANSWERED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "declined",
        "reason": "",
    },
    Topic.RECTIFICATION_MOVED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "opened",
        "due_on": "2026-12-19",
        "reason": "",
    },
    Topic.ESCALATION_RAISED: {"title": "一把轮椅", "code": "XY-1234", "kind": "offer", "waited": 2},
    Topic.VISIT_MOVED: {
        "title": "陪老人聊天",
        "wish_code": "XY-1234",
        "how": "due",
        "due_on": "2026-12-19",
        "rhythm": "weekly",
        "reason": "",
    },
    Topic.PROJECT_MOVED: {"title": "扶您上下楼", "code": "PABCDEFG", "how": "approved", "reason": ""},
}
"""Sample words for every topic."""

assert {topic: rule.parameters for topic, rule in TOPICS.items()} == {
    topic: frozenset(words) for topic, words in WORDS.items()
}


class House:
    """Notify on a real database, without its doors: events are heard, tables are looked at."""

    def __init__(self, workshop: Workshop, channels: Mapping[str, AddressKind]) -> None:
        """Take the workshop and the channels that are set up."""
        self.workshop, self.seals = workshop, workshop.seals
        self.ways = usecases.Ways(channels, {}, TEMPLATES.versions)

    def hear(self, event: Event, usecase: Callable[..., None]) -> bool:
        """Let an event take effect; say whether it was new."""
        return self.workshop.once(event, "on_" + event.name, partial(usecase, self.ways))

    def knows(self, *, members: Any = (), residents: Any = (), accounts: Any = (), units: Any = ()) -> None:
        """Tell notify of people."""
        if members:
            self.hear(MembersChanged(members=list(members)), usecases.note_members)
        if residents:
            self.hear(ResidentsChanged(residents=list(residents)), usecases.note_residents)
        if accounts:
            self.hear(AccountsChanged(accounts=list(accounts)), usecases.note_accounts)
        if units:
            self.hear(UnitsChanged(units=list(units)), usecases.note_units)

    def told(self, to: UUID | None = None) -> list[tuple[str, str, str | None]]:
        """Return topic, state of the message and channel, state of its delivery, in order."""
        with self.workshop.open() as work:
            listed = (
                select(Message.topic, Message.state, Delivery.channel, Delivery.state)
                .outerjoin(Delivery, Delivery.message_id == Message.id)
                .order_by(Message.created_at, Message.topic, Delivery.position)
            )
            listed = listed.where(Message.recipient_id == to) if to else listed
            return [
                (topic, state, f"{channel} {how}" if channel else None)
                for topic, state, channel, how in work.session.execute(listed)
            ]

    def inbox(self, **who: Any) -> list[tuple[str, str]]:
        """Return titles and texts in the inbox of somebody, newest first."""
        items = self.workshop.read(MyInbox(by=Actor(**who)), partial(queries.my_inbox, TEMPLATES)).items
        return [(item.title, item.body) for item in items]

    def keep(self) -> None:
        """Do what housekeeping does."""
        with self.workshop.open() as work:
            usecases.keep_house(work.session, self.ways, RetryPolicy(), clock.now())

    def dump(self) -> str:
        """Return every row of every table of notify as text."""
        with self.workshop.engine.connect() as connection:
            listed = text("SELECT tablename FROM pg_tables WHERE schemaname = 'notify'")
            tables = connection.execute(listed).scalars().all()
            rows = [connection.execute(text(f"SELECT t::text FROM notify.{name} AS t")) for name in tables]
            return "\n".join(row for table in rows for row in table.scalars())


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
    return ids | {"title": "一床厚棉被", "wish_code": "XY-1234", "area_path": COMMUNITY}


def smtp_settings(peer: Peer, **changes: Any) -> SmtpSettings:
    """Return settings of a mail server on loopback, patient unless a test says otherwise."""
    said: dict[str, Any] = {"security": "none", "sender": "wishes@example.org", "timeout": 60.0}
    return SmtpSettings(host=LOOPBACK, port=peer.port, **(said | changes))


def sms_settings(peer: Peer, **changes: Any) -> SmsSettings:
    """Return settings of a gateway on loopback, patient unless a test says otherwise."""
    said: dict[str, Any] = {
        "fields": {"phone": "{national}", "content": "{text}", "id": "{id}"},
        "signature": "【心愿树】",
        "code_at": "code",
        "reference_at": "data.sid",
        "permanent": ("21",),
        "stop": ("99",),
        "timeout": 60.0,
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
        "lease": 300.0,
    }
    return NotifySettings(smtp=smtp, sms=sms, **(said | changes))


@contextmanager
def sending(house: House, settings: NotifySettings) -> Iterator[Sender]:
    """Yield a sender at work for `house`, which then knows its channels."""
    sender = Sender(house.workshop, settings, "https://wishes.example.org")
    house.ways = sender.ways
    threads = [eventlet.spawn(run) for run in sender.runs()]
    try:
        yield sender
    finally:
        sender.stop()
        for thread in threads:
            thread.wait()
        sender.close()


def eventually(condition: Callable[[], Any], within: float = 100) -> None:
    """Wait until `condition` holds; fail when it does not in time."""
    ends_at = monotonic() + within
    while not condition():
        assert monotonic() < ends_at, "it did not come about"
        eventlet.sleep(0.02)


def a_sender_of_its_own(
    settings: Settings, notify: NotifySettings, crash_at: str = "", seconds: float = 60
) -> "subprocess.Popen[str]":
    """Start a process that sends for so many seconds, or dies at a crash point; it logs to standard error."""
    house = {
        "database_url": settings.database_url,
        **SECRETS,
        "services": {"notify": msgspec.to_builtins(notify)},
    }
    crash = {CRASH_VARIABLE: crash_at, PERMISSION_VARIABLE: "permitted"} if crash_at else {}
    command = "import eventlet; eventlet.monkey_patch(); from tests.support.notify import send; send()"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", command],
        env=os.environ | crash,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode({"house": house, "seconds": seconds}).decode() + "\n")
    process.stdin.flush()
    return process


def send() -> None:
    """Be the process that `a_sender_of_its_own` starts."""
    told = msgspec.json.decode(sys.stdin.readline())
    open_journal("debug")
    settings = read_settings(None, **told["house"])
    sender = Sender(Workshop(settings, Base.metadata), settings.of("notify", NotifySettings), "https://site")
    for run in sender.runs():
        eventlet.spawn(run)
    eventlet.sleep(told["seconds"])


def later(simulated: Any, **delta: float) -> None:
    """Move the hands of the clock."""
    simulated.set(simulated.now() + timedelta(**delta))


def numbers(start: int, count: int) -> Sequence[str]:
    """Return mobile numbers that nobody has."""
    return [f"+86139{start + index:08}" for index in range(count)]
