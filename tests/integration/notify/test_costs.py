"""What messages cost, and what becomes of invitations when the money of the month is spent."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import Refusal
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels.asking import Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.contracts import BudgetView, CostsOfMonth, GetCosts, SetBudget
from services.notify.domain import Outcome, Price, Prices, RetryPolicy, Verdict
from services.notify.models import Area, Message
from services.notify.queries import costs as queries_of_costs
from services.notify.usecases import Loan, Result, lend, record
from services.notify.usecases.asking import Doubt
from services.notify.usecases.calls import begin_call
from services.notify.usecases.overdue_receipts import settle_overdue
from services.notify.usecases.receipts import apply
from services.notify.usecases.spending import give_back
from tests.support.notify import CITY, COMMUNITY, STREET, House
from tests.support.notify_gate import BOTH
from tests.support.notify_people import a_member, an_account
from tests.support.notify_sending import a_release, later, remind

PRICES = Prices({"sms": Price(per_part=Decimal("0.045"))})
FAILURES_COST = Prices({"sms": Price(per_part=Decimal("0.045"), is_due_when_failed=True)})
TAKEN, DOUBT = Outcome(Verdict.ACCEPTED, "ok", "r1"), Outcome(Verdict.AMBIGUOUS, "timeout")


@pytest.fixture
def priced(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """A house whose SMS cost something and whose areas are known."""
    house = House(workshop_of("notify"), BOTH)
    house.ways = usecases.Ways(BOTH, {}, house.ways.versions, prices=PRICES)
    with house.workshop.open() as work:
        for path, number in ((CITY, 1), (STREET, 2), (COMMUNITY, 3)):
            area = Area(id=UUID(int=number), path=path, release_scope_id=UUID(int=1), version=1)
            work.session.merge(area)
    return house


def sent(house: House, channel: str = "sms", outcome: Outcome = TAKEN, parts: int = 1) -> list[UUID]:
    """Send what may go out on a channel now, with this outcome; return the deliveries."""
    loans = borrowed(house, channel)
    answered(house, loans, outcome, parts)
    return [loan.delivery_id for loan in loans]


def borrowed(house: House, channel: str = "sms") -> list[Loan]:
    with house.workshop.open() as work:
        found = lend(
            work.session.connection(),
            channel=channel,
            provider=channel,
            lanes=(0, 2),
            most=100,
            lease=timedelta(minutes=5),
            now=clock.now(),
            address=house.ways.addresses[channel],
            manners=house.ways.manners,
            costs=channel in house.ways.prices.of,
        )
    return found.loans


def answered(house: House, loans: Sequence[Loan], outcome: Outcome, parts: int) -> None:
    results = [Result(loan, outcome, clock.now(), parts) for loan in loans]
    with house.workshop.open() as work:
        record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.0)


def budget(house: House, amount: str, area: int = 1, month: str = "2026-11", by: Any = None) -> BudgetView:
    command = SetBudget(
        by=by or OPERATOR_AT_THE_CONSOLE, area_id=UUID(int=area), month=month, amount=Decimal(amount)
    )
    answer: BudgetView = house.workshop.run(command, partial(usecases.set_budget, house.ways))
    return answer


def costs(house: House, below: str = "/", month: str = "2026-11") -> CostsOfMonth:
    query = GetCosts(by=OPERATOR_AT_THE_CONSOLE, below=below, month=month)
    return house.workshop.read(query, partial(queries_of_costs.get_costs, house.ways.prices))


def spent(house: House) -> Decimal:
    (only,) = costs(house).budgets
    return only.spent


def members(house: House, number: int, **changes: Any) -> list[Any]:
    """Let the house know members with phones, and mail addresses where `email` says so."""
    known = [a_member(house.seals, phone=f"+86138001380{n:02}", **changes) for n in range(number)]
    house.knows(members=known)
    return known


def test_what_a_provider_took_is_reserved_by_its_parts(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 3))

    sent(priced, parts=2)

    assert spent(priced) == Decimal("0.27")
    (sms,) = costs(priced).providers
    assert (sms.messages, sms.parts, sms.reserved, sms.settled) == (3, 6, Decimal("0.270"), Decimal(0))


def test_a_doubt_is_paid_for_until_it_is_settled(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 2))

    sent(priced, outcome=DOUBT)

    assert spent(priced) == Decimal("0.09")


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.PERMANENT, Verdict.WAIT, Verdict.STOP])
def test_what_nobody_took_costs_nothing(priced: House, verdict: Verdict) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))

    sent(priced, outcome=Outcome(verdict, "no"))

    assert spent(priced) == 0
    assert costs(priced).providers == []


def test_what_did_not_arrive_is_given_back_where_failures_cost_nothing(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 2))
    failed, _ = sent(priced, parts=3)

    with priced.workshop.open() as work:
        give_back(work.session, PRICES, [failed])
        give_back(work.session, FAILURES_COST, [failed])

    assert spent(priced) == Decimal("0.135")


def test_what_a_provider_says_later_did_not_arrive_is_given_back_as_well(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 2))
    failed, _ = sent(priced)
    doubt = Doubt(failed, "sms", attempt=1, asks=1, sealed=None, reference="r1", at=clock.now(), topic="x")

    with priced.workshop.open() as work:
        words = {failed: Word(Known.FAILED, "no_such_number")}
        assert settle_overdue(work.session, priced.ways, [doubt], words, clock.now()) == 1

    assert spent(priced) == Decimal("0.045")


# -- settled as the provider counts


PHONE = "13800138000"


def heard(house: House, known: Known = Known.ARRIVED, parts: int | None = None) -> None:
    """Take the receipt of the SMS to the first member."""
    with house.workshop.open() as work:
        receipt = Receipt(known, PHONE, reference="r1", code="x", parts=parts)
        apply(work, house.ways, "sms", [receipt], clock.now())


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_are_settled_as_the_receipt_counts_them_once(priced: House, parts: int) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    sent(priced, parts=2)

    heard(priced, parts=parts)
    heard(priced, parts=9)  # the same receipt, forged or not: the delivery has come to its end

    assert spent(priced) == parts * Decimal("0.045")
    (sms,) = costs(priced).providers
    assert (sms.parts, sms.reserved, sms.settled) == (parts, Decimal(0), parts * Decimal("0.045"))


def test_a_receipt_without_a_count_settles_what_was_reserved(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    sent(priced, parts=2)

    heard(priced)

    assert (spent(priced), costs(priced).settled) == (Decimal("0.09"), Decimal("0.09"))


@pytest.mark.parametrize(("prices", "left"), [(PRICES, "0"), (FAILURES_COST, "0.135")])
def test_what_failed_is_given_back_or_due_as_the_receipt_counts_it(
    priced: House, prices: Prices, left: str
) -> None:
    priced.ways = usecases.Ways(BOTH, {}, priced.ways.versions, prices=prices)
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    sent(priced, parts=1)

    heard(priced, Known.FAILED, parts=3)

    assert spent(priced) == Decimal(left)


def test_a_receipt_that_comes_before_the_answer_keeps_its_count(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    heard(priced, parts=3)
    sent(priced, parts=1)

    with priced.workshop.open() as work:
        usecases.settle_early(work, priced.ways, timedelta(minutes=2), clock.now())

    assert (spent(priced), costs(priced).settled) == (Decimal("0.135"), Decimal("0.135"))


def test_what_arrived_before_the_answer_to_its_call_costs_once(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    (loan,) = borrowed(priced)
    with priced.workshop.open() as work:
        arrived = Receipt(Known.ARRIVED, "", mark=str(loan.delivery_id))
        apply(work, priced.ways, "sms", [arrived], clock.now())

    for _ in range(2):  # the first time the database said nothing when it was written down
        answered(priced, [loan], TAKEN, 2)

    assert spent(priced) == Decimal("0.09")


def test_what_a_killed_sender_was_calling_about_costs_once_whatever_is_heard_of_it(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    (loan,) = borrowed(priced)
    with priced.workshop.open() as work:
        assert begin_call(work.session.connection(), new_id(), [loan], {loan.delivery_id: 2})
        work.session.execute(text("UPDATE notify.delivery SET leased_until = now() - interval '1 s'"))
    priced.keep()
    assert spent(priced) == Decimal("0.09")

    answered(priced, [loan], TAKEN, 2)

    assert spent(priced) == Decimal("0.09")
    assert [how for _, _, how in priced.told()] == ["sms accepted"]


def test_what_was_accepted_is_settled_when_no_receipt_comes_any_more(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    remind(priced, *members(priced, 2))
    sent(priced)
    fresh = costs(priced)
    later(simulated_clock, days=3, minutes=1)
    old = costs(priced)

    assert (fresh.reserved, fresh.settled) == (Decimal("0.09"), Decimal(0))
    assert (old.reserved, old.settled) == (Decimal(0), Decimal("0.09"))


def test_a_doubt_stays_reserved_however_old(priced: House, simulated_clock: SimulatedClock) -> None:
    remind(priced, *members(priced, 1))
    sent(priced, outcome=DOUBT)
    later(simulated_clock, days=30)

    assert (costs(priced).reserved, costs(priced).settled) == (Decimal("0.045"), Decimal(0))


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
        ({"amount": "-1"}, "notify.unusable_amount"),
        ({"amount": "0.001"}, "notify.unusable_amount"),
        ({"amount": "NaN"}, "notify.unusable_amount"),
    ],
)
def test_what_is_no_budget_is_refused(priced: House, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        budget(priced, **({"amount": "1"} | changes))

    assert refused.value.code == code


def test_only_officers_of_the_area_set_its_budget(priced: House) -> None:
    below = Actor(account_id=UUID(int=7), grants=(Grant(role=Role.OFFICER, scope=STREET),))

    assert budget(priced, "1", area=3, by=below).amount == 1
    with pytest.raises(Refusal) as refused:
        budget(priced, "1", area=1, by=below)
    assert refused.value.code == "chassis.not_permitted"


def test_a_month_that_is_none_has_no_costs(priced: House) -> None:
    with pytest.raises(Refusal) as refused:
        costs(priced, month="last")

    assert refused.value.code == "notify.unusable_month"


def test_costs_are_those_of_the_areas_asked_for(priced: House) -> None:
    remind(priced, *members(priced, 1))
    sent(priced)
    with priced.workshop.open() as work:
        work.session.query(Message).update({"area_path": "/elsewhere/"})

    assert costs(priced, below=CITY).providers == []
    assert costs(priced).reserved == Decimal("0.045")
