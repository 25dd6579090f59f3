"""What messages cost, and what becomes of invitations when the money of the month is spent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.claims.contracts import DispatchesMoved
from services.notify import usecases
from services.notify.channels.asking import Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.domain import Outcome, Prices, RetryPolicy, Verdict
from services.notify.usecases import Loan, Result, record
from services.notify.usecases.asking import Doubt, settle
from services.notify.usecases.calls import begin_call
from services.notify.usecases.overdue_receipts import settle_overdue
from services.notify.usecases.receipts import apply
from services.notify.usecases.spending import give_back
from tests.support.notify import House
from tests.support.notify_costs import (
    DOUBT,
    FAILURES_COST,
    PRICES,
    TAKEN,
    answered,
    borrowed,
    budget,
    costs,
    members,
    sent,
    spent,
)
from tests.support.notify_gate import BOTH
from tests.support.notify_people import a_step
from tests.support.notify_sending import attempts, figures, later, remind


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


def test_what_never_reached_the_provider_is_given_back_and_what_goes_out_then_counts(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    (lost,) = sent(priced, outcome=DOUBT)
    doubt = Doubt(lost, "sms", attempt=1, asks=2, sealed=None, reference="", at=clock.now(), topic="x")

    with priced.workshop.open() as work:
        assert settle(work.session, priced.ways, [doubt], {lost: Word(Known.NEVER)}, clock.now()) == 1
    assert spent(priced) == 0
    sent(priced, parts=3)
    assert spent(priced) == Decimal("0.135")

    with priced.workshop.open() as work:
        give_back(work.session, PRICES, [lost])
    assert spent(priced) == 0


def test_what_is_given_back_at_once_is_given_back_to_each_month(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    for month in ("2026-11", "2026-12"):
        budget(priced, "100", month=month)
    first, second = members(priced, 2)
    remind(priced, first)
    went = sent(priced, parts=1)
    later(simulated_clock, days=30)
    remind(priced, second)
    went += sent(priced, parts=3)
    assert spent_by_month(priced) == [Decimal("0.045"), Decimal("0.135")]

    with priced.workshop.open() as work:
        give_back(work.session, PRICES, went)

    assert spent_by_month(priced) == [0, 0]


def spent_by_month(house: House) -> list[Decimal]:
    return [only.spent for month in ("2026-11", "2026-12") for only in costs(house, month=month).budgets]


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
    loan = left_in_doubt(priced)
    assert spent(priced) == Decimal("0.09")

    answered(priced, [loan], TAKEN, 2)

    assert spent(priced) == Decimal("0.09")
    assert [how for _, _, how in priced.told()] == ["sms accepted"]


def left_in_doubt(house: House, parts: int = 2) -> Loan:
    """Let the lease of a call end that a sender has begun; return what it was about."""
    (loan,) = begun(house, parts)
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.delivery SET leased_until = now() - interval '1 s'"))
    house.keep()
    return loan


def begun(house: House, parts: int) -> list[Loan]:
    loans = borrowed(house)
    with house.workshop.open() as work:
        told = {loan.delivery_id: parts for loan in loans}
        assert begin_call(work.session.connection(), new_id(), loans, told)
    return loans


def test_what_is_refused_after_its_lease_is_given_back(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    loan = left_in_doubt(priced)
    assert spent(priced) == Decimal("0.09")

    answered(priced, [loan], Outcome(Verdict.PERMANENT, "no"), 2)

    assert [how for _, _, how in priced.told()] == ["sms refused"]
    assert spent(priced) == 0


def test_what_arrived_although_its_sender_died_at_the_call_is_paid_for_once(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 1))
    (loan,) = begun(priced, parts=2)

    with priced.workshop.open() as work:
        arrived = Receipt(Known.ARRIVED, "", mark=str(loan.delivery_id))
        apply(work, priced.ways, "sms", [arrived], clock.now())

    assert (spent(priced), costs(priced).settled) == (Decimal("0.09"), Decimal("0.09"))
    answered(priced, [loan], TAKEN, 2)  # it lives after all
    assert (spent(priced), costs(priced).settled) == (Decimal("0.09"), Decimal("0.09"))


def test_what_was_in_doubt_and_never_called_again_costs_once(
    priced: House, simulated_clock: SimulatedClock
) -> None:
    budget(priced, "100")
    (member,) = members(priced, 1)
    step = a_step("proposed", member.id, None, answer_by=clock.now() + timedelta(hours=4))
    priced.hear(DispatchesMoved(moves=[step]), usecases.tell_of_dispatches)
    sent(priced, outcome=DOUBT)
    later(simulated_clock, minutes=1)
    priced.keep()
    assert len(borrowed(priced)) == 1

    with priced.workshop.open() as work:
        work.session.execute(text("UPDATE notify.delivery SET leased_until = now() - interval '1 s'"))
    priced.keep()

    assert [how for _, _, how in priced.told()] == ["sms planned"]
    assert spent(priced) == Decimal("0.045")


def test_an_outcome_that_was_written_down_unheard_is_not_written_down_again(priced: House) -> None:
    budget(priced, "100")
    remind(priced, *members(priced, 2))
    results = [Result(loan, TAKEN, clock.now(), 1) for loan in borrowed(priced)]

    for is_repeat, written in ((False, results[:1]), (True, results)):
        with priced.workshop.open() as work:
            record(work.session, priced.ways, RetryPolicy(), written, clock.now(), 0.0, is_repeat=is_repeat)

    assert attempts(priced) == [("accepted", "ok")] * 2
    assert (figures(priced).accepted, figures(priced).duplicates) == (2, 0)
    assert spent(priced) == Decimal("0.09")


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
