"""One account, several processes: together they keep to its rate, and all of them honour a Retry-After."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.database import at_once
from services.chassis.settings import WrongSettings
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.channels.providers import lines_of
from services.notify.domain import Rate, bucket_of, sms_parts
from services.notify.settings import NotifySettings, RateSettings
from services.notify.usecases import Lent, lend
from services.notify.usecases.accounts import charge, let_rest, open_accounts
from tests.support.burst_gateway import BurstGateway, burst_gateway
from tests.support.notify import House
from tests.support.notify_people import a_code, a_member, a_reminder
from tests.support.notify_sending import (
    a_release,
    eventually,
    figures,
    later,
    numbers,
    quick_settings,
    sending,
    sms_settings,
)
from tests.support.peers import Peer, peer
from tests.support.sms_accounts import TENCENT_TEMPLATES
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET, SIGNATURE

RATE = Rate(most=100, seconds=1.0, reserve=0.2)
BUCKET = bucket_of(RATE)


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    house = House(workshop_of("notify"), {"sms": AddressKind.PHONE})
    with at_once(house.workshop.engine).connect() as connection:
        open_accounts(connection, ["tencent"])
    return house


@pytest.fixture(scope="module")
def http_process() -> Iterator[Peer]:
    with peer("sms") as running:
        yield running


@pytest.fixture
def http_gateway(http_process: Peer) -> Peer:
    http_process.reset()
    return http_process


@pytest.fixture(scope="module")
def gateway() -> Iterator[BurstGateway]:
    with burst_gateway() as (running, _):
        yield running


def settings_with(gateway: BurstGateway, **changes: Any) -> NotifySettings:
    account = {
        "endpoint": gateway.url,
        "key_id": KEY_ID,
        "key_secret": KEY_SECRET,
        "app_id": APP_ID,
        "signature": SIGNATURE,
        "templates": TENCENT_TEMPLATES,
        "timeout": 60.0,
        "batch": 20,
        "concurrency": 1,
    }
    return quick_settings(channels={"tencent": account}, **changes)


def invited(house: House, number: int) -> None:
    """Let a release tell so many members."""
    phones = [phone for phone in numbers(0, number * 2) if not phone.endswith("07")][:number]
    house.knows(members=[a_member(house.seals, phone=phone) for phone in phones])
    house.hear(a_release(), usecases.tell_of_release)


def take(house: House, most: int = 50, *, is_urgent: bool = False, weight: float = 1.0) -> Lent:
    bucket = bucket_of(RATE, weight=weight)
    with at_once(house.workshop.engine).connect() as connection:
        return lend(
            connection,
            channel="sms",
            provider="tencent",
            lanes=(0, 0) if is_urgent else (1, 2),
            most=most,
            lease=timedelta(minutes=5),
            now=clock.now(),
            bucket=bucket,
            weight=weight,
        )


def fill_bucket(house: House) -> None:
    with at_once(house.workshop.engine).connect() as connection:
        connection.execute(text("UPDATE notify.account SET refilled_at = now() - interval '1 hour'"))


def test_processes_that_lend_as_fast_as_they_can_keep_to_the_rate_together(house: House) -> None:
    invited(house, 400)
    fill_bucket(house)
    lent: list[int] = []
    began = time.monotonic()

    def borrow() -> None:
        while time.monotonic() < began + 1.5:
            lent.append(len(take(house).loans))

    threads = [threading.Thread(target=borrow) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seconds = time.monotonic() - began
    assert BUCKET.capacity <= sum(lent) <= BUCKET.capacity + BUCKET.refill * seconds + 1


def test_long_messages_take_their_parts_from_the_bucket(house: House) -> None:
    invited(house, 20)
    fill_bucket(house)
    with at_once(house.workshop.engine).connect() as connection:
        charge(connection, "tencent", 1000.0)

    assert take(house).is_held_back
    fill_bucket(house)
    assert 1 <= len(take(house, weight=3.0).loans) <= 3


def test_a_burst_leaves_in_the_bucket_what_a_code_needs(house: House) -> None:
    invited(house, 50)
    house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
    fill_bucket(house)

    burst = take(house)

    assert burst.is_held_back
    assert len(burst.loans) <= BUCKET.capacity * (1 - RATE.reserve)
    assert len(take(house, is_urgent=True).loans) == 1


def test_an_account_that_was_told_to_rest_rests_in_every_process(house: House) -> None:
    invited(house, 5)
    with at_once(house.workshop.engine).connect() as connection:
        let_rest(connection, "tencent", clock.now() + timedelta(seconds=300), clock.now())
        let_rest(connection, "tencent", clock.now() + timedelta(seconds=1), clock.now())

    lent = take(house)

    assert lent.loans == []
    assert 200 < lent.rests_for <= 300


def test_a_retry_after_told_to_one_sender_is_honoured_by_the_other(
    house: House, gateway: BurstGateway
) -> None:
    invited(house, 30)
    gateway.behave(status=429, headers={"Retry-After": "3"}, times=1)
    settings = settings_with(gateway, rates={"tencent": RateSettings(rate=1000)})
    before = gateway.read("figures")["calls"]

    with sending(house, settings):
        eventually(lambda: rests(house))
    calls, told_at = gateway.read("figures")["calls"], time.monotonic()
    assert calls == before + 1
    with sending(house, settings):  # another sender, that nobody told
        eventually(lambda: figures(house).accepted == 30)

    assert time.monotonic() - told_at > 1.0
    assert figures(house).duplicates == 0


def rests(house: House) -> bool:
    with house.workshop.engine.connect() as connection:
        resting = text("SELECT EXISTS (SELECT FROM notify.account WHERE rests_until > :now)")
        return bool(connection.execute(resting, {"now": clock.now()}).scalar_one())


def test_long_messages_of_two_senders_never_exceed_the_rate_in_parts(
    workshop_of: Callable[[str], Workshop], http_gateway: Peer
) -> None:
    house, rate = House(workshop_of("notify"), {}), Rate(most=40, seconds=2.0)
    sms = sms_settings(http_gateway, signature="【" + "川汇区心愿树" * 25 + "】", batch=1)
    settings = quick_settings(sms=sms, rates={"http": RateSettings(rate=40, per=2.0)})
    began = time.monotonic()
    with sending(house, settings), sending(house, settings):
        members = [a_member(house.seals, phone=phone) for phone in numbers(0, 40)]
        house.knows(members=members)
        reminders = [a_reminder(member.id, 3) for member in members]
        house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
        eventually(lambda: figures(house).accepted >= 25)

    parts = [sms_parts(sms["content"]) for sms in http_gateway.received()]
    heavy = bucket_of(rate, weight=max(parts))
    assert min(parts) >= 3  # more than go out at once of SMS with one part
    assert sum(parts) <= heavy.capacity + bucket_of(rate).refill * (time.monotonic() - began)


def test_what_the_day_of_an_account_has_no_room_for_waits_for_the_next(
    house: House, http_gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    rates = {"http": RateSettings(rate=3, per="day")}
    settings = quick_settings(sms=sms_settings(http_gateway, concurrency=1), rates=rates)
    with sending(house, settings) as sender, sending(house, settings):
        invited(house, 5)
        eventually(lambda: figures(house).accepted == 3 and rests(house))
        later(simulated_clock, minutes=1)
        sender.nudge()
        eventually(lambda: figures(house).accepted == 3)
        later(simulated_clock, days=1)

        eventually(lambda: figures(house).accepted == 5)

    assert len(http_gateway.received()) == 5


def test_what_does_not_go_out_takes_no_room_in_the_day_of_an_account(
    house: House, http_gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    http_gateway.behave("status", status=503, times=3)
    rates = {"http": RateSettings(rate=3, per="day")}
    settings = quick_settings(sms=sms_settings(http_gateway, concurrency=1), rates=rates)
    with sending(house, settings) as sender:
        invited(house, 3)
        for _ in range(3):
            sender.nudge()
            eventually(lambda: not is_anything_due(house))
            later(simulated_clock, minutes=2)

        eventually(lambda: figures(house).accepted == 3)


@pytest.mark.timeout(60)
def test_a_sender_that_waits_for_a_slow_account_ends_when_it_is_told_to(
    house: House, http_gateway: Peer
) -> None:
    with at_once(house.workshop.engine).connect() as connection:
        open_accounts(connection, ["http"])
        charge(connection, "http", -1.0)
    rates = {"http": RateSettings(rate=10, per=36_000)}  # its next turn comes in an hour
    with sending(house, quick_settings(sms=sms_settings(http_gateway), rates=rates)) as sender:
        invited(house, 3)
        sender.nudge()
        eventually(lambda: figures(house).accepted == 1)

    assert len(http_gateway.received()) == 1


def is_anything_due(house: House) -> bool:
    due = text("""SELECT EXISTS (SELECT FROM notify.delivery WHERE state = 'sending'
                                 OR state IN ('planned', 'failed') AND due_at <= :now)""")
    with house.workshop.engine.connect() as connection:
        return bool(connection.execute(due, {"now": clock.now()}).scalar_one())


def test_a_rate_for_nobody_is_refused_before_anything_is_sent(gateway: BurstGateway) -> None:
    settings = settings_with(gateway, rates={"pigeon": RateSettings(rate=5)})

    with pytest.raises(WrongSettings, match="pigeon"):
        lines_of(settings)
