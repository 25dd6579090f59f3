"""A provider whose receipts come late makes way for another, in every process, and comes back by itself."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.contracts import TakeReceipts
from services.notify.domain import Manners
from services.notify.domain.punctuality import Punctuality
from services.notify.models import Attempt
from services.notify.sender import Sender
from services.notify.settings import NotifySettings
from services.notify.usecases.accounts import open_accounts
from services.notify.usecases.punctuality import let_slow_rest, punctuality_of
from tests.support.notify import House
from tests.support.notify_gate import polite, sent
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, later, numbers, quick_settings, sending, sms_settings
from tests.support.peers import Peer
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import vendor

TOKEN = "a-token-that-nobody-can-guess"
ENOUGH = 24
RECEIPTS = {"mark": "id", "code": "status", "arrived": ["DELIVRD"], "failed": ["UNDELIV"]}


def two_described(gateways: tuple[Peer, Peer]) -> NotifySettings:
    """Return settings of two gateways that push receipts and cannot be asked for any."""
    sections = [
        msgspec.to_builtins(sms_settings(gateway, reference_at=None))
        | {"kind": "sms_http", "receipt_token": TOKEN, "receipts": RECEIPTS}
        for gateway in gateways
    ]
    return quick_settings(
        channels={"best": sections[0], "spare": sections[1]},
        providers={"sms": ("best", "spare")},
        plans={"claim_due_soon.member": ("sms",)},
    )


def remind(house: House, number: int, start: int) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(start, number)]
    house.knows(members=members)
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def push_receipts(house: House, sender: Sender, provider: str, marks: list[str]) -> None:
    """Let a gateway say that these arrived."""
    reports = [{"id": mark, "status": "DELIVRD"} for mark in marks]
    command = TakeReceipts(provider=provider, token=TOKEN, reports=reports)
    house.workshop.run_batch([command], partial(usecases.take_receipts, sender.ways, sender.receivers))


def carried(house: House) -> dict[str, int]:
    """Return how many messages each provider accepted."""
    with house.workshop.open() as work:
        told = select(Attempt.provider).where(
            Attempt.outcome == "accepted", Attempt.code.in_(["0", "OK", "Ok"])
        )
        providers = list(work.session.execute(told).scalars())
    return {name: providers.count(name) for name in sorted(set(providers))}


def rests(house: House, provider: str) -> bool:
    resting = text("SELECT rests_until > :now FROM notify.account WHERE provider = :provider")
    with house.workshop.engine.connect() as connection:
        said = connection.execute(resting, {"now": clock.now(), "provider": provider}).scalar_one_or_none()
    return bool(said)


def test_late_receipts_let_another_take_over_in_every_process_until_they_come_in_time(
    house: House, gateways: tuple[Peer, Peer], simulated_clock: SimulatedClock
) -> None:
    settings = two_described(gateways)
    with sending(house, settings) as sender, sending(house, settings):
        remind(house, ENOUGH, 0)
        eventually(lambda: carried(house) == {"best": ENOUGH})
        later(simulated_clock, minutes=31)
        eventually(lambda: rests(house, "best"))

        remind(house, ENOUGH, 100)
        eventually(lambda: carried(house) == {"best": ENOUGH, "spare": ENOUGH})
        late = [sms["id"] for sms in gateways[0].received()]
        push_receipts(house, sender, "best", late)  # an hour late
        push_receipts(house, sender, "spare", [sms["id"] for sms in gateways[1].received()])

        later(simulated_clock, minutes=31)
        remind(house, ENOUGH, 200)
        eventually(lambda: carried(house) == {"best": ENOUGH * 2, "spare": ENOUGH})
        in_time = [sms["id"] for sms in gateways[0].received() if sms["id"] not in late]
        push_receipts(house, sender, "best", in_time)

        later(simulated_clock, minutes=31)
        remind(house, ENOUGH, 300)
        eventually(lambda: carried(house) == {"best": ENOUGH * 3, "spare": ENOUGH})

    assert not rests(house, "best")
    assert not rests(house, "spare")


@pytest.mark.parametrize(("accepted", "pushed"), [(ENOUGH, ENOUGH // 2), (19, 0)])
def test_a_provider_is_not_judged_by_few_nor_while_most_receipts_come_in_time(
    house: House,
    gateways: tuple[Peer, Peer],
    simulated_clock: SimulatedClock,
    accepted: int,
    pushed: int,
) -> None:
    with sending(house, two_described(gateways)) as sender:
        remind(house, accepted, 0)
        eventually(lambda: carried(house) == {"best": accepted})
        push_receipts(house, sender, "best", [sms["id"] for sms in gateways[0].received()][:pushed])
        later(simulated_clock, minutes=31)
        remind(house, 5, 100)

        eventually(lambda: carried(house) == {"best": accepted + 5})

    assert not rests(house, "best")


def test_the_only_provider_goes_on_however_late_its_receipts_are(
    house: House, gateways: tuple[Peer, Peer], simulated_clock: SimulatedClock
) -> None:
    both = two_described(gateways)
    settings = msgspec.structs.replace(
        both, channels={"best": both.channels["best"]}, providers={"sms": ("best",)}
    )
    with sending(house, settings):
        remind(house, ENOUGH, 0)
        eventually(lambda: carried(house) == {"best": ENOUGH})
        later(simulated_clock, minutes=31)
        remind(house, 5, 100)

        eventually(lambda: carried(house) == {"best": ENOUGH + 5})


def test_what_is_asked_about_for_hours_was_late_once(house: House, simulated_clock: SimulatedClock) -> None:
    with vendor("aliyun") as aliyun, vendor("tencent") as tencent:
        for phone in numbers(0, ENOUGH):
            aliyun.behave("details", for_=f"details {phone.removeprefix('+86')}", status=1)
        channels: dict[str, dict[str, Any]] = {
            "aliyun": aliyun_section(aliyun, receipt_token=TOKEN),
            "tencent": tencent_section(tencent, receipt_token=TOKEN),
        }
        plans = {"claim_due_soon.member": ("sms",)}
        with sending(house, quick_settings(channels=channels, plans=plans)):
            remind(house, ENOUGH, 0)
            eventually(lambda: carried(house) == {"aliyun": ENOUGH})
            later(simulated_clock, minutes=31)
            eventually(lambda: rests(house, "aliyun"))
            remind(house, 1, 100)
            eventually(lambda: carried(house) == {"aliyun": ENOUGH, "tencent": 1})
            for hours in range(1, 4):
                later(simulated_clock, hours=1)
                remind(house, 1, 100 + hours)
                eventually(lambda: carried(house) == {"aliyun": ENOUGH + hours, "tencent": 1})  # noqa: B023

        assert not rests(house, "aliyun")


def test_what_was_taken_before_a_rest_tells_nothing_after_it(
    house: House, simulated_clock: SimulatedClock
) -> None:
    polite(house, Manners())
    with house.workshop.open() as work:
        open_accounts(work.session.connection(), ["sms"])
    remind(house, ENOUGH, 0)
    assert sent(house, "sms") == ENOUGH
    later(simulated_clock, minutes=31)
    assert judged(house).is_slow

    with house.workshop.open() as work:
        until = clock.now() + timedelta(minutes=1)
        assert let_slow_rest(work.session, "sms", until, clock.now())
    later(simulated_clock, minutes=2)

    assert judged(house).due == 0


def judged(house: House) -> Punctuality:
    with house.workshop.open() as work:
        return punctuality_of(work.session, "sms", timedelta(minutes=30), clock.now())
