"""A sender to be moved by hand, or in a process of its own to be killed, and what came of its work."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import eventlet
import msgspec
from sqlalchemy import select

from services.chassis.contracts import new_id
from services.chassis.crashing import CRASH_VARIABLE, PERMISSION_VARIABLE
from services.chassis.journal import open_journal
from services.chassis.settings import Settings, read_settings
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimsDueSoon,
)
from services.directory.contracts import (
    MemberCopy,
)
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.contracts import MessageFigures
from services.notify.models import Attempt, Base
from services.notify.sender import Sender
from services.notify.settings import NotifySettings, SmsSettings, SmtpSettings
from services.wishes.contracts import (
    ReleaseCompleted,
    WishTaken,
)
from tests.support.database import SECRETS
from tests.support.loopback import LOOPBACK
from tests.support.notify import COMMUNITY, House
from tests.support.notify_people import a_member, a_reminder
from tests.support.peers import Peer


def smtp_settings(peer: Peer, **changes: Any) -> SmtpSettings:
    """Return settings of a mail server on loopback, patient unless a test says otherwise."""
    said: dict[str, Any] = {"security": "none", "sender": "wishes@example.org", "timeout": 60.0}
    return SmtpSettings(host=LOOPBACK, port=peer.port, **(said | changes))


def sms_settings(peer: Peer, **changes: Any) -> SmsSettings:
    """Return settings of a gateway on loopback, patient unless a test says otherwise."""
    said: dict[str, Any] = {
        "fields": {"phone": "{{ national }}", "content": "{{ text }}", "id": "{{ id }}"},
        "signature": "【心愿树】",
        "code_at": "code",
        "reference_at": "data.sid",
        "permanent": ("21",),
        "stop": ("99",),
        "timeout": 60.0,
    }
    return SmsSettings(url=peer.url, **(said | changes))


AT_ANY_HOUR = {
    "quiet_from": "00:00",
    "quiet_to": "00:00",
    "invitations_from": "00:00",
    "invitations_to": "00:00",
}
"""Settings of a house that has no quiet hours: most tests are about something else, and run at any hour."""


def quick_settings(
    smtp: SmtpSettings | None = None, sms: SmsSettings | None = None, **changes: Any
) -> NotifySettings:
    """Return settings with delays of seconds, of a house without quiet hours unless a test says otherwise."""
    said: dict[str, Any] = AT_ANY_HOUR | {
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
    settings: Settings, notify: NotifySettings, crash_at: str = "", seconds: float = 300
) -> "subprocess.Popen[str]":
    """Start a process that sends for so many seconds, or dies at a crash point; it logs to standard error."""
    house = {
        "database_url": settings.database_url,
        **SECRETS,
        "services": {"notify": msgspec.to_builtins(notify)},
    }
    crash = {CRASH_VARIABLE: crash_at, PERMISSION_VARIABLE: "permitted"} if crash_at else {}
    command = (
        "import eventlet; eventlet.monkey_patch(); from tests.support.notify_sending import send; send()"
    )
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


def remind(house: House, *members: MemberCopy) -> None:
    """Tell members by SMS and e-mail that their claim is due; a doubt about that is left alone."""
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def known(house: House, **changes: Any) -> MemberCopy:
    member = a_member(house.seals, **changes)
    house.knows(members=[member])
    return member


def states(house: House, to: UUID | None = None) -> list[str | None]:
    return [how for _, _, how in house.told(to)]


def attempts(house: House) -> list[tuple[str, str]]:
    with house.workshop.open() as work:
        made = work.session.execute(select(Attempt.outcome, Attempt.code).order_by(Attempt.id))
        return [(outcome, code) for outcome, code in made]


def has_attempts(house: House, number: int) -> bool:
    return len(attempts(house)) >= number


def figures(house: House) -> MessageFigures:
    with house.workshop.open() as work:
        return queries.count_messages(work.session)


def has_received(gateway: Peer, number: int) -> bool:
    return len(gateway.received()) >= number


def planned_reminder(house: House) -> None:
    house.ways = usecases.Ways({"sms": AddressKind.PHONE}, {}, house.ways.versions)
    remind(house, known(house, name="欧阳金丝雀", phone="+8613912345678"))


def taken_in(house: House, resident_id: UUID) -> WishTaken:
    return WishTaken(
        wish_id=new_id(),
        code="XY-1234",
        resident_id=resident_id,
        community_id=new_id(),
        area_path=COMMUNITY,
        title=house.seals.seal("一床厚棉被"),
        confirmation_code=house.seals.seal("830461"),
    )


def a_release() -> ReleaseCompleted:
    return ReleaseCompleted(
        release_id=new_id(),
        period="2026-12",
        area_id=new_id(),
        area_path="/zk/ch/",
        area_name="川汇区",
        released=212,
        carried_over=9,
    )
