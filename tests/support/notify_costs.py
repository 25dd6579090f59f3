"""A house whose SMS cost something: what is lent, answered, spent and budgeted there."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from services.chassis import clock
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.contracts import BudgetView, CostsOfMonth, GetCosts, SetBudget
from services.notify.domain import Outcome, Price, Prices, RetryPolicy, Verdict
from services.notify.models import Area
from services.notify.queries import costs as queries_of_costs
from services.notify.usecases import Loan, Result, lend, record
from tests.support.notify import CITY, COMMUNITY, STREET, House
from tests.support.notify_gate import BOTH
from tests.support.notify_people import a_member

PRICES = Prices({"sms": Price(per_part=Decimal("0.045"))})
FAILURES_COST = Prices({"sms": Price(per_part=Decimal("0.045"), is_due_when_failed=True)})
TAKEN, DOUBT = Outcome(Verdict.ACCEPTED, "ok", "r1"), Outcome(Verdict.AMBIGUOUS, "timeout")


def a_priced_house(workshop: Workshop) -> House:
    """Return a house whose SMS cost something and whose areas are known."""
    house = House(workshop, BOTH)
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


def a_budget(amount: str, area: int = 1, month: str = "2026-11", by: Any = None) -> SetBudget:
    return SetBudget(
        by=by or OPERATOR_AT_THE_CONSOLE, area_id=UUID(int=area), month=month, amount=Decimal(amount)
    )


def budget(house: House, amount: str, **changes: Any) -> BudgetView:
    command = a_budget(amount, **changes)
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
