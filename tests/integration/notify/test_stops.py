"""An account that its provider refuses: shown with its code, told to operators once, over when it works."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.channels.providers import lines_of
from services.notify.contracts import ProviderStanding, SeeChannels
from services.notify.models import Account, Delivery, Message
from services.notify.queries import channels as queries_of_channels
from services.notify.settings import NotifySettings
from services.notify.usecases.accounts import let_rest, open_accounts, stop
from tests.support.notify import CITY, OPERATOR, STREET, House
from tests.support.notify_people import an_account
from tests.support.notify_sending import (
    eventually,
    has_attempts,
    known,
    later,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
)
from tests.support.peers import Peer

CARRIED = {"http": "sms", "smtp": "email"}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL})


@pytest.fixture
def operator(house: House) -> UUID:
    """The account of somebody who operates a street; an officer hears nothing."""
    account = an_account(house.seals, Role.OPERATOR, STREET, **addresses(house, "+8613700137000"))
    officer = an_account(house.seals, Role.OFFICER, CITY, **addresses(house, "+8613700137001"))
    house.knows(accounts=[account, officer])
    return account.id


def addresses(house: House, phone: str) -> dict[str, Any]:
    return {"phone": house.seals.seal(phone), "email": house.seals.seal("someone@example.org")}


def refused(house: House, provider: str, code: str = "no_money") -> None:
    """Let a provider refuse its account."""
    now = clock.now()
    with house.workshop.open() as work:
        connection = work.session.connection()
        open_accounts(connection, CARRIED)
        let_rest(connection, provider, now + timedelta(minutes=5), now)
        stop(connection, provider, code, now)


def told(house: House) -> int:
    with house.workshop.open() as work:
        return usecases.tell_of_stops(work, house.ways, CARRIED, clock.now())


def ways_to(house: House, account: UUID) -> list[str]:
    return [way or "" for topic, _, way in house.told(to=account) if topic == "account_stopped"]


def test_operators_are_told_once_by_a_channel_that_works(house: House, operator: UUID) -> None:
    refused(house, "smtp")

    assert (told(house), told(house)) == (1, 0)
    refused(house, "smtp", "still_none")
    assert told(house) == 0
    assert ways_to(house, operator) == ["sms planned"]
    ((title, text),) = house.inbox(account_id=operator)
    assert "smtp" in title
    assert "no_money" in text
    with house.workshop.open() as work:
        topics = work.session.scalars(select(Message.topic).where(Message.recipient_id != operator))
        assert topics.all() == []


def test_with_no_channel_left_the_inbox_tells(house: House, operator: UUID) -> None:
    refused(house, "smtp")
    refused(house, "http")

    assert told(house) == 2
    assert ways_to(house, operator) == ["inbox delivered"] * 2


def test_a_refused_account_is_told_from_one_that_rests(house: House, gateway: Peer, mail: Peer) -> None:
    settings = quick_settings(smtp_settings(mail), sms_settings(gateway))
    with sending(house, settings) as sender:
        gateway.behave("code", code="99")
        remind(house, known(house))
        sender.nudge()
        eventually(lambda: seen_by_others(house, settings)["http"].stopped_since)
        eventually(lambda: has_attempts(house, 1))

    standing = seen_by_others(house, settings)
    assert (standing["http"].stop_code, standing["http"].last_code) == ("99", "99")
    assert standing["http"].rests_until == clock.now() + timedelta(seconds=30)
    assert (standing["smtp"].stopped_since, standing["smtp"].rests_until) == (None, None)


def seen_by_others(house: House, settings: NotifySettings) -> dict[str, ProviderStanding]:
    """Return how providers stand, as a process sees it that sent nothing itself."""
    see = partial(queries_of_channels.see_channels, lines_of(settings))
    channels = house.workshop.read(SeeChannels(by=OPERATOR), see).items
    return {one.provider: one for channel in channels for one in channel.providers}


def test_a_stop_is_over_when_something_went_out_after_the_rest(
    house: House, operator: UUID, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    def stops() -> list[Any]:
        with house.workshop.open() as work:
            return list(work.session.scalars(select(Account.provider).where(Account.stopped_at.is_not(None))))

    def accepted() -> int:
        with house.workshop.open() as work:
            is_accepted = Delivery.state == "accepted"
            return len(work.session.scalars(select(Delivery.id).where(is_accepted)).all())

    with sending(house, quick_settings(sms=sms_settings(gateway))) as sender:
        gateway.behave("code", code="99")
        remind(house, known(house))
        sender.nudge()
        eventually(stops)
        with house.workshop.open() as work:
            assert usecases.end_stops(work, {"http"}, clock.now()) == 0
        eventually(lambda: ways_to(house, operator) == ["inbox delivered"])
        gateway.behave("ok")
        later(simulated_clock, seconds=31)
        eventually(lambda: accepted() and not stops())

    assert ways_to(house, operator) == ["inbox delivered"]
