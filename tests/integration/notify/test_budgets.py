"""Budgets: what becomes of invitations when the money of the month is spent, and who hears of it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor, Grant, Role
from services.notify import usecases
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.domain import RetryPolicy
from services.notify.models import Delivery, Message
from services.notify.usecases.receipts import apply
from tests.support.notify import CITY, COMMUNITY, STREET, House
from tests.support.notify_costs import DOUBT, FAILURES_COST, budget, costs, members, sent, spent
from tests.support.notify_people import a_member, an_account
from tests.support.notify_sending import a_release, later, remind


def test_a_budget_counts_what_was_spent_in_the_area_before_it_was_set(priced: House) -> None:
    remind(priced, *members(priced, 2))
    sent(priced)

    assert budget(priced, "10").spent == Decimal("0.09")
    assert budget(priced, "10", area=3).spent == Decimal("0.09")
    assert budget(priced, "10", month="2026-12").spent == 0


def test_every_budget_around_counts_the_same_message(priced: House) -> None:
    for area in (1, 2, 3):
        budget(priced, "10", area=area)
    remind(priced, *members(priced, 1))

    sent(priced)

    assert [one.spent for one in costs(priced).budgets] == [Decimal("0.045")] * 3
    assert [one.area_path for one in costs(priced, below=COMMUNITY).budgets] == [COMMUNITY]


def test_invitations_stop_when_the_money_is_spent_and_go_by_mail_instead(priced: House) -> None:
    budget(priced, "0.04")
    known = members(priced, 2, email="someone@example.org")
    remind(priced, known[0])
    assert len(sent(priced)) == 1

    priced.hear(a_release(), usecases.tell_of_release)

    assert sent(priced) == []
    with priced.workshop.open() as work:
        usecases.keep_house(work.session, priced.ways, RetryPolicy(), clock.now())
    assert len(sent(priced, "email")) == 2


def test_invitations_go_on_in_the_next_month(priced: House, simulated_clock: SimulatedClock) -> None:
    simulated_clock.set(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))  # in Shanghai a minute before midnight
    budget(priced, "0")
    members(priced, 1)
    priced.hear(a_release(), usecases.tell_of_release)
    later(simulated_clock, minutes=1)

    assert len(sent(priced)) == 1


def test_invitations_stop_with_the_last_fen(priced: House) -> None:
    budget(priced, "0.09")
    known = members(priced, 2)
    remind(priced, *known)
    sent(priced)

    priced.hear(a_release(), usecases.tell_of_release)

    assert (spent(priced), sent(priced)) == (Decimal("0.09"), [])


def test_a_budget_stops_invitations_to_its_area_and_those_in_it_only(priced: House) -> None:
    budget(priced, "0", area=2)
    at_home = [
        a_member(priced.seals, area_path=path) for path in (COMMUNITY, STREET, "/zk/ch/", "/zk/ch/s2/")
    ]
    priced.knows(members=at_home)
    priced.hear(a_release(), usecases.tell_of_release)

    assert len(sent(priced)) == 2
    assert [priced.told(member.id)[0][2] for member in at_home] == [
        "sms suppressed",
        "sms suppressed",
        "sms accepted",
        "sms accepted",
    ]


def test_a_budget_that_is_set_late_counts_what_nobody_will_know_and_what_failed_and_is_due(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    remind(priced, *members(priced, 1))
    sent(priced, outcome=DOUBT)
    later(simulated_clock, hours=8)
    priced.keep()
    assert [how for _, _, how in priced.told()] == ["sms unknown"]
    assert budget(priced, "10").spent == Decimal("0.045")

    fail(priced)

    assert budget(priced, "10", area=2).spent == 0
    priced.ways = replace(priced.ways, prices=FAILURES_COST)
    assert budget(priced, "10", area=3).spent == Decimal("0.045")


def fail(house: House) -> None:
    """Let what was sent not have arrived after all."""
    with house.workshop.open() as work:
        found = work.session.scalars(select(Delivery.id)).all()
        receipts = [Receipt(Known.FAILED, "", mark=str(one), code="no_such_number") for one in found]
        apply(work, house.ways, "sms", receipts, clock.now())


def test_service_messages_go_out_although_the_money_is_spent(priced: House) -> None:
    budget(priced, "0")

    remind(priced, *members(priced, 2))

    assert len(sent(priced)) == 2


def test_a_raised_budget_lets_invitations_go_on(priced: House) -> None:
    budget(priced, "0")
    members(priced, 2)
    priced.hear(a_release(), usecases.tell_of_release)
    budget(priced, "10")

    assert len(sent(priced)) == 2


@pytest.fixture
def officer(priced: House) -> UUID:
    """The account of an officer of the city."""
    account = an_account(priced.seals, Role.OFFICER, CITY, email="officer@example.org")
    priced.knows(accounts=[account])
    return account.id


def test_officers_hear_once_that_most_is_spent(priced: House, officer: UUID) -> None:
    budget(priced, "0.22")
    remind(priced, *members(priced, 4))
    sent(priced)

    assert [warned(priced), warned(priced)] == [1, 0]
    budget(priced, "0.20")  # of which most is spent as well
    assert warned(priced) == 0

    assert [topic for topic, *_ in priced.told(to=officer)] == ["budget_near"]
    (title, _), *_ = priced.inbox(account_id=officer)
    assert "81%" in title


def warned(house: House) -> int:
    """Warn officers of their budgets; return of how many."""
    with house.workshop.open() as work:
        return usecases.warn_of_budgets(work, house.ways, clock.now())


@pytest.mark.parametrize(("amount", "is_told"), [("0.45", True), ("0.46", False)])
def test_officers_hear_at_eight_tenths_and_not_before(
    priced: House, officer: UUID, amount: str, is_told: bool
) -> None:
    budget(priced, amount)
    remind(priced, *members(priced, 4))
    sent(priced, parts=2)  # 0.36 yuan

    assert warned(priced) == is_told


def test_officers_hear_when_all_is_spent_and_not_of_a_budget_of_nothing_that_nothing_was_spent_of(
    priced: House, officer: UUID
) -> None:
    budget(priced, "0")
    assert warned(priced) == 0
    budget(priced, "0.09")
    remind(priced, *members(priced, 2))
    sent(priced)

    assert warned(priced) == 1

    ((title, text), *_) = priced.inbox(account_id=officer)
    assert "100%" in title
    assert "邀请、活动类通知已不再通过收费渠道发送" in text


def test_officers_hear_again_when_most_of_a_raised_budget_is_spent(
    priced: House, officer: UUID, simulated_clock: SimulatedClock
) -> None:
    for amount in ("0.05", "0.10"):
        later(simulated_clock, minutes=1)
        budget(priced, amount)
        remind(priced, *members(priced, 1))
        sent(priced)
        assert warned(priced) == 1

    assert [topic for topic, *_ in priced.told(to=officer)] == ["budget_near"] * 2


def test_nobody_hears_of_a_budget_that_lasts(priced: House, officer: UUID) -> None:
    budget(priced, "1")
    remind(priced, *members(priced, 4))
    sent(priced)

    assert warned(priced) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"area": 99}, "notify.unknown_area"),
        ({"month": "2026-10"}, "notify.unusable_month"),
        ({"month": "2026-13"}, "notify.unusable_month"),
        ({"month": "9999-12"}, "notify.unusable_month"),
        ({"amount": "-1"}, "notify.unusable_amount"),
        ({"amount": "0.001"}, "notify.unusable_amount"),
        ({"amount": "NaN"}, "notify.unusable_amount"),
    ],
)
def test_what_is_no_budget_is_refused(priced: House, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        budget(priced, **({"amount": "1"} | changes))

    assert (refused.value.code, refused.value.kind) == (
        code,
        RefusalKind.UNKNOWN if "unknown" in code else RefusalKind.INVALID,
    )


def test_only_officers_of_the_area_set_its_budget(priced: House) -> None:
    below = Actor(account_id=UUID(int=7), grants=(Grant(role=Role.OFFICER, scope=STREET),))

    assert budget(priced, "1", area=3, by=below).amount == 1
    with pytest.raises(Refusal) as refused:
        budget(priced, "1", area=1, by=below)
    assert refused.value.code == "chassis.not_permitted"


@pytest.mark.parametrize("month", ["last", "0000-01", "9999-12"])
def test_a_month_that_is_none_has_no_costs(priced: House, month: str) -> None:
    with pytest.raises(Refusal) as refused:
        costs(priced, month=month)

    assert refused.value.code == "notify.unusable_month"


def test_costs_are_those_of_the_areas_asked_for(priced: House) -> None:
    remind(priced, *members(priced, 1))
    sent(priced)
    with priced.workshop.open() as work:
        work.session.query(Message).update({"area_path": "/elsewhere/"})

    assert costs(priced, below=CITY).providers == []
    assert costs(priced).reserved == Decimal("0.045")
