"""Budgets: what becomes of invitations when the money of the month is spent, and who hears of it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor, Grant, Role
from services.notify import usecases
from services.notify.domain import RetryPolicy
from services.notify.models import Message
from tests.support.notify import CITY, COMMUNITY, STREET, House
from tests.support.notify_costs import (
    budget,
    costs,
    members,
    sent,
)
from tests.support.notify_people import an_account
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

    for _ in range(2):
        with priced.workshop.open() as work:
            usecases.warn_of_budgets(work, priced.ways, clock.now())

    assert [topic for topic, *_ in priced.told(to=officer)] == ["budget_near"]
    (title, _), *_ = priced.inbox(account_id=officer)
    assert "81%" in title


def test_officers_hear_again_when_most_of_a_raised_budget_is_spent(
    priced: House, officer: UUID, simulated_clock: SimulatedClock
) -> None:
    for amount in ("0.05", "0.10"):
        later(simulated_clock, minutes=1)
        budget(priced, amount)
        remind(priced, *members(priced, 1))
        sent(priced)
        with priced.workshop.open() as work:
            usecases.warn_of_budgets(work, priced.ways, clock.now())

    assert [topic for topic, *_ in priced.told(to=officer)] == ["budget_near"] * 2


def test_nobody_hears_of_a_budget_that_lasts(priced: House, officer: UUID) -> None:
    budget(priced, "1")
    remind(priced, *members(priced, 4))
    sent(priced)

    with priced.workshop.open() as work:
        assert usecases.warn_of_budgets(work, priced.ways, clock.now()) == 0


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
