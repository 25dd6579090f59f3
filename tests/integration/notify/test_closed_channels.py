"""Channels that are closed: what cannot wait goes another way, and nothing else does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.database import at_once
from services.chassis.work import Workshop
from services.claims.contracts import DispatchesMoved
from services.directory.contracts import MemberCopy
from services.notify import usecases
from services.notify.domain import Outcome, Verdict
from services.notify.usecases.accounts import let_rest, open_accounts, wake
from tests.support.notify import House
from tests.support.notify_gate import BOTH, POLITE, at, due, sent
from tests.support.notify_people import a_step
from tests.support.notify_sending import (
    a_release,
    attempts,
    eventually,
    known,
    later,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
)
from tests.support.peers import Peer

PHONE, MAIL = "+8613900000000", "wang@example.org"
ENOUGH = Outcome(Verdict.WAIT, "isv.BUSINESS_LIMIT_CONTROL")


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    house = House(workshop_of("notify"), BOTH)
    carriers = {"sms": ["aliyun", "tencent"], "email": ["smtp"]}
    house.ways = replace(house.ways, carriers=carriers)
    with at_once(house.workshop.engine).connect() as connection:
        open_accounts(connection, ["aliyun", "tencent", "smtp"])
    return house


def ask(house: House, member: MemberCopy) -> None:
    """Ask a member about an urgent wish."""
    step = a_step("proposed", member.id, None, answer_by=clock.now() + timedelta(hours=4))
    house.hear(DispatchesMoved(moves=[step]), usecases.tell_of_dispatches)


def close(house: House, *providers: str, minutes: float = 300) -> None:
    """Let accounts rest."""
    with at_once(house.workshop.engine).connect() as connection:
        for provider in providers:
            let_rest(connection, provider, clock.now() + timedelta(minutes=minutes), clock.now())


# -- with a gateway that refuses the account


def test_an_urgent_dispatch_goes_by_mail_a_minute_after_the_sms_account_was_refused(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("code", code=99)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway), pause=300.0)) as sender:
        member = known(house, email=MAIL)
        ask(house, member)
        sender.nudge()
        eventually(lambda: attempts(house) == [("stop", "99")])
        later(simulated_clock, seconds=45)
        ask(house, other := known(house, email="li@example.org", phone=PHONE))
        later(simulated_clock, seconds=10)
        house.keep()
        assert states(house) == ["sms planned", "sms planned"]

        later(simulated_clock, seconds=10)
        eventually(lambda: states(house, member.id) == ["sms expired", "email accepted"])
        assert states(house, other.id) == ["sms planned"]  # for whom no minute is over
        later(simulated_clock, seconds=60)
        eventually(lambda: states(house, other.id) == ["sms expired", "email accepted"])

    assert gateway.received() == []
    assert len(mail.received()) == 2


def test_who_has_no_other_way_waits_until_the_account_is_filled_again(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("code", code=99)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway), pause=30.0)) as sender:
        remind(house, known(house))
        sender.nudge()
        eventually(lambda: attempts(house) == [("stop", "99")])
        later(simulated_clock, hours=2)
        eventually(lambda: len(attempts(house)) == 2)
        gateway.behave("ok")
        later(simulated_clock, hours=2)
        eventually(lambda: states(house) == ["sms accepted"])


# -- with accounts that rest


def test_service_waits_for_an_hour_and_invitations_for_six(
    house: House, simulated_clock: SimulatedClock
) -> None:
    member = known(house, email=MAIL)
    close(house, "aliyun", "tencent", minutes=600)
    remind(house, member)
    house.hear(a_release(), usecases.tell_of_release)

    later(simulated_clock, minutes=59)
    house.keep()
    assert sorted(map(str, states(house))) == ["sms planned"] * 2
    later(simulated_clock, minutes=2)
    house.keep()
    assert sorted(map(str, states(house))) == ["email planned", "sms expired", "sms planned"]
    later(simulated_clock, hours=5)
    house.keep()

    assert sorted(map(str, states(house))) == ["email planned"] * 2 + ["sms expired"] * 2


def test_a_channel_is_open_as_long_as_one_of_its_accounts_is(
    house: House, simulated_clock: SimulatedClock
) -> None:
    close(house, "aliyun", minutes=600)
    remind(house, known(house, email=MAIL))

    later(simulated_clock, hours=3)
    house.keep()

    assert states(house) == ["sms planned"]


def test_a_channel_that_rests_now_and_then_is_not_closed(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house, known(house, email=MAIL))
    for _ in range(5):
        close(house, "aliyun", "tencent", minutes=1)
        later(simulated_clock, minutes=1)
        with at_once(house.workshop.engine).connect() as connection:
            wake(connection, "tencent", clock.now())
        later(simulated_clock, minutes=20)
    close(house, "aliyun", "tencent", minutes=1)
    house.keep()

    assert states(house) == ["sms planned"]


def test_rests_that_follow_on_each_other_are_one(house: House, simulated_clock: SimulatedClock) -> None:
    remind(house, known(house, email=MAIL))
    for _ in range(13):
        close(house, "aliyun", "tencent", minutes=5)
        later(simulated_clock, minutes=5, seconds=2)
    close(house, "aliyun", "tencent", minutes=5)
    house.keep()

    assert states(house) == ["sms expired", "email planned"]


def test_quiet_hours_do_not_make_a_channel_closed(house: House, simulated_clock: SimulatedClock) -> None:
    house.ways = replace(house.ways, manners=POLITE)
    at(simulated_clock, "20:50")
    close(house, "aliyun", "tencent", minutes=600)
    at(simulated_clock, "22:30")
    remind(house, known(house, email=MAIL))
    later(simulated_clock, hours=2)
    house.keep()

    assert states(house) == ["sms planned"]


def test_a_halted_burst_does_not_go_around(house: House, simulated_clock: SimulatedClock) -> None:
    house.ways = replace(house.ways, burst_from=1, bursts_wait=True)
    close(house, "aliyun", "tencent", minutes=6000)
    known(house, email=MAIL)
    house.hear(a_release(), usecases.tell_of_release)

    later(simulated_clock, hours=20)
    house.keep()

    assert states(house) == ["sms planned"]


# -- with a number that has had enough


def test_a_number_that_has_had_enough_is_asked_ever_more_rarely_and_then_another_way_is_taken(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house, known(house, email=MAIL))
    pauses = []
    while sent(house, "sms", ENOUGH):
        (due_at,) = due(house)
        assert due_at is not None
        pauses.append(due_at - clock.now())
        simulated_clock.set(due_at)
        house.keep()

    assert pauses == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
    assert states(house) == ["sms expired", "email planned"]


def test_a_number_that_has_had_enough_and_no_mail_is_asked_until_it_takes_more(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house, known(house))
    for _ in range(7):
        sent(house, "sms", ENOUGH)
        later(simulated_clock, hours=1)
        house.keep()

    assert sent(house, "sms") == 1
    assert states(house) == ["sms accepted"]
