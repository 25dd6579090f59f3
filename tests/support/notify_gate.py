"""What passes the gate: a house with manners, whose deliveries are lent and answered by hand."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.rights import Actor
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.contracts import ChannelSwitch, Preferences, SetPreferences
from services.notify.domain import Hours, Manners, Outcome, RetryPolicy, Verdict
from services.notify.models import Delivery, Message, Suppression
from services.notify.usecases import Loan, Result, lend, record
from tests.support.notify import House

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOTH = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}
POLITE = Manners(quiet=Hours.between("21:00", "08:00"), no_invitations=Hours.between("22:00", "08:00"))
ACCEPTED = Outcome(Verdict.ACCEPTED, "ok")


def polite(house: House, manners: Manners = POLITE, **channels: AddressKind) -> House:
    """Let a house have manners, and these channels (else SMS and e-mail)."""
    house.ways = usecases.Ways(channels or BOTH, {}, house.ways.versions, manners)
    return house


def at(hands: SimulatedClock, said: str, day: int = 2) -> datetime:
    """Set the clock to an hour of a day in November 2026, as Shanghai counts, and return the instant."""
    instant = local(said, day)
    hands.set(instant)
    return instant


def local(said: str, day: int = 2) -> datetime:
    """Return an hour of a day in November 2026, as Shanghai counts."""
    moment = datetime(2026, 11, 1, int(said[:2]), int(said[3:5]), tzinfo=SHANGHAI) + timedelta(days=day - 1)
    return moment.astimezone(UTC)


def lent(house: House, channel: str, most: int = 100) -> list[Loan]:
    """Lend what may go out on a channel now."""
    with house.workshop.open() as work:
        found = lend(
            work.session.connection(),
            channel=channel,
            provider=channel,
            lanes=(0, 2),
            most=most,
            lease=timedelta(minutes=5),
            now=clock.now(),
            address=house.ways.addresses[channel],
            manners=house.ways.manners,
        )
        work.session.commit()
    return found.loans


def sent(house: House, channel: str, outcome: Outcome = ACCEPTED) -> int:
    """Send what may go out on a channel now, with this outcome; return how many that were."""
    loans = lent(house, channel)
    results = [Result(loan, outcome, clock.now(), 1) for loan in loans]
    with house.workshop.open() as work:
        record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.0)
    return len(loans)


def due(house: House, **where: Any) -> list[datetime | None]:
    """Return when deliveries are looked at next, in the order of their positions."""
    with house.workshop.open() as work:
        listed = select(Delivery.due_at).join(Message, Message.id == Delivery.message_id)
        for name, value in where.items():
            listed = listed.where(getattr(Delivery, name) == value)
        return list(work.session.execute(listed.order_by(Delivery.position)).scalars())


def decide(house: House, *, off: tuple[str, ...] = (), **decided: Any) -> Preferences:
    """Let a member decide; `off` are switches as `topic:channel`."""
    switches = [_switch(said, is_on=False) for said in off]
    actor = Actor(member_id=decided.pop("member_id"))
    command = SetPreferences(by=actor, switches=switches, **decided)
    answer: Preferences = house.workshop.run(command, partial(usecases.set_preferences, house.ways))
    return answer


def _switch(said: str, *, is_on: bool) -> ChannelSwitch:
    topic, channel = said.split(":")
    return ChannelSwitch(topic=topic, channel=channel, is_on=is_on)


def listed(house: House) -> list[tuple[str, str, str]]:
    """Return kind, source and reason of everything on the list."""
    with house.workshop.open() as work:
        named = (Suppression.kind, Suppression.source, Suppression.reason)
        return [
            (kind, source, why) for kind, source, why in work.session.execute(select(*named).order_by(*named))
        ]
