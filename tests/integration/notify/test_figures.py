"""The figures that Prometheus reads of messages: what is spent, what budgets hold, what waits and is held."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import msgspec
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.channels.asking import Known
from services.notify.channels.providers import Line, lines_of
from services.notify.channels.receipts import Receipt
from services.notify.contracts import RetryDelivery, SetBudget
from services.notify.domain import Outcome, Price, Prices, RetryPolicy, Verdict
from services.notify.models import Area, Delivery
from services.notify.sender.figures import show_figures
from services.notify.settings import PriceSettings
from services.notify.usecases.accounts import let_rest, open_accounts, stop
from services.notify.usecases.receipts import apply
from tests.support.notify import CITY, OPERATOR, House
from tests.support.notify_costs import members, sent
from tests.support.notify_gate import lent
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    a_release,
    eventually,
    figures,
    has_attempts,
    known,
    later,
    numbers,
    quick_settings,
    remind,
    sending,
    sms_settings,
)
from tests.support.peers import Peer

PRICES = Prices({"http": Price(per_part=Decimal("0.05"))})


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE})


@pytest.fixture
def lines(gateway: Peer) -> dict[str, Line]:
    return lines_of(quick_settings(sms=sms_settings(gateway)))


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def show(house: House, lines: dict[str, Line]) -> None:
    with house.workshop.open() as work:
        show_figures(work.session, lines, "2026-11", clock.now())


def test_what_providers_take_is_spent_and_what_they_refuse_is_not(house: House, gateway: Peer) -> None:
    def spent() -> float:
        return figure("wishtree_delivery_spend_yuan_total", channel="sms", provider="http") or 0.0

    before, refused = spent(), numbers(0, 1)[0]
    prices = {"http": PriceSettings(per_part="0.05")}
    gateway.behave("code", code="21", phone=refused.removeprefix("+86"))
    with sending(house, quick_settings(sms=sms_settings(gateway), prices=prices)) as sender:
        remind(house, *(known(house, phone=phone) for phone in numbers(0, 3)))
        sender.nudge()
        eventually(lambda: has_attempts(house, 3))

    assert spent() - before == pytest.approx(0.10)


def test_a_budget_is_shown_with_what_is_spent_of_it(house: House, lines: dict[str, Line]) -> None:
    house.ways = replace(house.ways, prices=PRICES)
    area = new_id()
    with house.workshop.open() as work:
        work.session.add(Area(id=area, path=CITY, release_scope_id=area, version=1))
    command = SetBudget(by=OPERATOR_AT_THE_CONSOLE, area_id=area, month="2026-11", amount=Decimal(2))
    house.workshop.run(command, partial(usecases.set_budget, house.ways))
    remind(house, known(house))
    took(house, Outcome(Verdict.ACCEPTED, "0"))

    show(house, lines)

    shown = [figure(name, area=CITY) for name in ("wishtree_budget_yuan", "wishtree_budget_spent_yuan")]
    assert shown == [2.0, 0.05]
    with house.workshop.open() as work:
        show_figures(work.session, lines, "2026-12", clock.now())
    assert figure("wishtree_budget_yuan", area=CITY) is None


def took(house: House, outcome: Outcome) -> None:
    loans = [msgspec.structs.replace(loan, provider="http") for loan in lent(house, "sms")]
    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(provider="http"))
        results = [usecases.Result(loan, outcome, clock.now(), 1) for loan in loans]
        usecases.record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.0)


def test_what_waits_is_in_doubt_or_held_is_shown(
    house: House, lines: dict[str, Line], simulated_clock: SimulatedClock
) -> None:
    remind(house, known(house))
    took(house, Outcome(Verdict.AMBIGUOUS, "timeout"))
    remind(house, known(house, phone="+8613700137000"))
    later(simulated_clock, seconds=90)
    house.ways = replace(house.ways, burst_from=2, bursts_wait=True)
    house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, 2)])
    house.hear(a_release(), usecases.tell_of_release)

    show(house, lines)

    lane = {"channel": "sms", "lane": "service"}
    assert figure("wishtree_deliveries_waiting", **lane) == 1
    assert figure("wishtree_deliveries_oldest_seconds", **lane) == timedelta(seconds=90).total_seconds()
    assert figure("wishtree_deliveries_oldest_seconds", **lane | {"lane": "urgent"}) == 0
    assert figure("wishtree_deliveries_in_doubt", provider="http") == 1
    assert figure("wishtree_bursts_halted", channel="sms", state="waiting") == 1


def test_a_refused_account_is_told_from_one_that_rests_only(house: House, lines: dict[str, Line]) -> None:
    def stopped() -> float | None:
        show(house, lines)
        return figure("wishtree_provider_stopped", channel="sms", provider="http")

    with house.workshop.open() as work:
        open_accounts(work.session.connection(), ["http"])
        let_rest(work.session.connection(), "http", clock.now() + timedelta(minutes=5), clock.now())
    resting = stopped()
    with house.workshop.open() as work:
        stop(work.session.connection(), "http", "99", clock.now())

    assert (resting, stopped()) == (0, 1)


def test_what_failed_and_was_tried_again_by_hand_was_not_accepted_twice(priced: House) -> None:
    remind(priced, *members(priced, 1))
    (delivery,) = sent(priced)
    with priced.workshop.open() as work:
        apply(
            work,
            priced.ways,
            "sms",
            [Receipt(Known.FAILED, "", reference="r1", mark=str(delivery))],
            clock.now(),
        )
    priced.workshop.run(RetryDelivery(by=OPERATOR, delivery_id=delivery), usecases.retry_delivery)

    assert sent(priced) == [delivery]

    assert (figures(priced).accepted, figures(priced).duplicates) == (1, 0)
