"""Two who write at once: who comes second finds what the first one left, and nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import eventlet
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Request, new_id
from services.chassis.work import Work
from services.claims.contracts import DispatchesMoved
from services.notify import usecases
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.contracts import PauseBurst, ResumeBurst
from services.notify.domain import Outcome, RetryPolicy, Verdict
from services.notify.models import Burst
from services.notify.usecases import Loan, Result, lend, record
from services.notify.usecases.calls import begin_call
from services.notify.usecases.receipts import apply
from tests.support.notify import OPERATOR, House
from tests.support.notify_costs import (
    DOUBT,
    TAKEN,
    a_budget,
    answered,
    borrowed,
    budget,
    costs,
    members,
    sent,
    spent,
)
from tests.support.notify_people import a_step
from tests.support.notify_sending import a_release, eventually, later, remind, states

STANDING = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


@contextmanager
def meanwhile(house: House, act: Callable[[], Any], request: Request | None = None) -> Iterator[Work]:
    """Yield a work; before it commits somebody else acts, or stands and waits for it."""
    with house.workshop.open(request) as work:
        yield work
        other = eventlet.spawn(act)
        eventually(lambda: other.dead or somebody_stands(house))
    other.wait()


def somebody_stands(house: House) -> bool:
    with house.workshop.engine.connect() as connection:
        return bool(connection.execute(STANDING).scalar_one())


def keep(house: House, work: Work) -> None:
    """Keep house within a work."""
    usecases.keep_house(work.session, house.ways, RetryPolicy(), clock.now())


def test_an_answer_that_comes_while_its_lease_is_written_off_costs_once(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    loans = borrowed(priced)
    with priced.workshop.open() as work:
        assert begin_call(work.session.connection(), new_id(), loans, {loans[0].delivery_id: 1})
        work.session.execute(text("UPDATE notify.delivery SET leased_until = now() - interval '1 s'"))

    with meanwhile(priced, lambda: answered(priced, loans, TAKEN, 1)) as work:
        keep(priced, work)

    assert states(priced) == ["sms accepted"]
    assert spent(priced) == Decimal("0.045")


def test_what_goes_out_while_a_budget_is_set_counts_in_it(priced: House) -> None:
    remind(priced, *members(priced, 1))
    results = [Result(loan, TAKEN, clock.now(), 1) for loan in borrowed(priced)]

    with meanwhile(priced, lambda: budget(priced, "100")) as work:
        record(work.session, priced.ways, RetryPolicy(), results, clock.now(), 0.0)

    assert spent(priced) == Decimal("0.045")


def test_what_goes_out_in_the_midst_of_setting_a_budget_counts_in_it_once(priced: House) -> None:
    remind(priced, *members(priced, 1))
    loans = borrowed(priced)
    budget(priced, "100", area=2)

    command = a_budget("100")
    with meanwhile(priced, lambda: answered(priced, loans, TAKEN, 1), command) as work:
        usecases.set_budget(priced.ways, work, command, clock.now())

    assert [one.spent for one in costs(priced).budgets] == [Decimal("0.045")] * 2


def test_what_is_heard_to_have_arrived_while_its_doubt_ends_is_not_told_both_ways(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    (member,) = members(priced, 1, email="wang@example.org")
    step = a_step("proposed", member.id, None, answer_by=clock.now() + timedelta(hours=4))
    priced.hear(DispatchesMoved(moves=[step]), usecases.tell_of_dispatches)
    for _ in range(2):
        sent(priced, outcome=DOUBT)
        later(simulated_clock, minutes=1)
        priced.keep()
    (delivery,) = sent(priced, outcome=DOUBT)
    later(simulated_clock, minutes=1)

    def hear() -> None:
        with priced.workshop.open() as work:
            arrived = Receipt(Known.ARRIVED, "13800138000", mark=str(delivery))
            apply(work, priced.ways, "sms", [arrived], clock.now())

    with meanwhile(priced, hear) as work:
        keep(priced, work)

    assert states(priced) == ["sms unknown", "email planned"]


def lent_within(work: Work) -> list[Loan]:
    """Lend what is due in a work that goes on."""
    lent: dict[str, Any] = {"channel": "sms", "provider": "sms", "lanes": (0, 2), "most": 100}
    return lend(work.session.connection(), **lent, lease=timedelta(minutes=5), now=clock.now()).loans


def test_what_is_held_back_while_its_burst_goes_on_is_not_left_behind(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    priced.ways = replace(priced.ways, burst_from=1)
    members(priced, 1)
    priced.hear(a_release(), usecases.tell_of_release)
    with priced.workshop.open() as work:
        burst = work.session.scalars(select(Burst.id)).one()
    loans = borrowed(priced)
    priced.workshop.run(PauseBurst(by=OPERATOR, burst_id=burst), usecases.pause_burst)
    answered(priced, loans, Outcome(Verdict.RETRY, "x"), 1)
    later(simulated_clock, minutes=1)

    resume = ResumeBurst(by=OPERATOR, burst_id=burst)
    with meanwhile(priced, lambda: priced.workshop.run(resume, usecases.resume_burst)) as work:
        assert lent_within(work) == []
    assert priced.let_go() == 1

    assert len(borrowed(priced)) == 1
