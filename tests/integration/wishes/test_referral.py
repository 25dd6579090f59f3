"""A wish too big for one pair of hands: advice, whom it suits, and what a department answers (001, 003)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from services.chassis.refusals import IllegalMove, NotPermitted
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    Claimant,
    DepartmentMissing,
    NotReferred,
    ReasonNeeded,
    ReferralAnswered,
    ReferralList,
    ReferralOutcome,
    ReportersChanged,
    UnusableAmount,
    WishesReleased,
    WishReferred,
)
from tests.support.wishes import (
    CITY,
    COMMUNITY,
    FAR_COMMUNITY,
    OFFICER,
    STREET,
    Desk,
    a_desk,
    a_wish,
    a_worker,
)
from tests.support.wishes_programme import answer, ask_now, day, refer

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def desk(workshop_of: Callable[[str], Workshop]) -> Desk:
    """The desk of wishes in a city whose ceiling is 300 yuan."""
    return a_desk(workshop_of("wishes"), value_ceiling=300)


def listed(desk: Desk, **wanted: object) -> ReferralList:
    """Return the referrals of the street."""
    query = contracts.ListReferrals(by=a_worker(STREET), area_id=STREET.id, **wanted)  # type: ignore[arg-type]
    page: ReferralList = ask_now(desk, query, queries.list_referrals)
    return page


def test_a_referred_wish_waits_for_its_department_and_the_resident_is_told(desk: Desk) -> None:
    receipt = desk.submit()
    refer(desk, receipt.wish_id)
    wish = desk.wish(receipt.wish_id)
    assert (wish.state, wish.due_on) == ("referred", date(2026, 11, 9))
    (told,) = desk.announced(WishReferred)
    reason = desk.workshop.seals.open(told.sealed_reason)
    assert (told.wish.code, told.department, reason) == (receipt.code, "区残联", "轮椅需要专业适配")
    assert desk.track(receipt.code).moves[-1].reason == "轮椅需要专业适配"
    (lies,) = listed(desk).items
    assert (lies.code, lies.department, lies.is_overdue, lies.outcome) == (
        receipt.code,
        "区残联",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (ReferralOutcome.RETURNED, "submitted"),
        (ReferralOutcome.DECLINED, "declined"),
        (ReferralOutcome.SETTLED, "settled"),
    ],
)
def test_what_the_department_answers_decides_and_is_told(
    desk: Desk, outcome: ReferralOutcome, state: str
) -> None:
    receipt = desk.submit()
    refer(desk, receipt.wish_id)
    answer(desk, receipt.wish_id, outcome, "十一月给答复")
    assert desk.state(receipt.wish_id) == state
    (told,) = desk.announced(ReferralAnswered)
    assert (told.outcome, desk.workshop.seals.open(told.sealed_reason)) == (outcome, "十一月给答复")
    assert len(desk.announced(ReportersChanged)) == (outcome is ReferralOutcome.DECLINED)
    assert listed(desk).items == []
    (answered,) = listed(desk, open_only=False).items
    assert (answered.outcome, answered.answer) == (outcome, "十一月给答复")
    assert desk.unexplained() == []
    with pytest.raises(NotReferred):
        answer(desk, receipt.wish_id, outcome)


def test_a_wish_that_came_back_is_screened_again_and_may_be_referred_again(desk: Desk) -> None:
    receipt = desk.screened()
    refer(desk, receipt.wish_id)
    with pytest.raises(IllegalMove):
        desk.accept(receipt.wish_id)
    answer(desk, receipt.wish_id, ReferralOutcome.RETURNED)
    refer(desk, receipt.wish_id, department="区医保局")
    answer(desk, receipt.wish_id, ReferralOutcome.RETURNED)
    desk.accept(receipt.wish_id)
    assert desk.state(receipt.wish_id) == "screened"


def test_a_silent_department_is_seen_as_overdue(desk: Desk, simulated_clock: object) -> None:
    receipt = desk.submit()
    refer(desk, receipt.wish_id, answer_days=1)
    clock = simulated_clock
    clock.set(clock.now() + timedelta(days=3))  # type: ignore[attr-defined]
    assert [lies.is_overdue for lies in listed(desk).items] == [True]


def test_a_wish_with_a_department_is_not_released_and_may_be_withdrawn(desk: Desk) -> None:
    receipt = desk.screened()
    refer(desk, receipt.wish_id)
    desk.release("2026-11")
    day(desk, date(2026, 11, 3))
    assert desk.announced(WishesReleased) == []
    desk.withdraw(receipt.wish_id)
    assert (desk.state(receipt.wish_id), listed(desk).items) == ("withdrawn", [])


def test_a_referral_names_a_department_a_reason_and_a_day(desk: Desk) -> None:
    receipt = desk.submit()
    with pytest.raises(DepartmentMissing):
        refer(desk, receipt.wish_id, department=" ")
    with pytest.raises(ReasonNeeded):
        refer(desk, receipt.wish_id, reason="")
    with pytest.raises(UnusableAmount):
        refer(desk, receipt.wish_id, answer_days=0)
    up = desk.urgent()
    with pytest.raises(IllegalMove):
        refer(desk, up.wish_id)
    for nobody in (a_worker(FAR_COMMUNITY), a_worker(COMMUNITY, Role.GRID_WORKER)):
        command = contracts.ReferWish(by=nobody, wish_id=receipt.wish_id, department="区残联", reason="大")
        with pytest.raises(NotPermitted):
            desk.do(command, usecases.refer_wish)
    assert desk.state(receipt.wish_id) == "submitted"


def test_of_a_wish_too_big_for_one_the_screener_hears_what_may_be_done(desk: Desk) -> None:
    advice = [
        desk.wish(desk.submit(wish=a_wish(value=value)).wish_id).advice for value in (300, 900, 3000, 3001)
    ]
    assert advice == [None, "join", "join", "refer"]


def test_whom_a_wish_suits_goes_up_with_it(desk: Desk) -> None:
    receipt = desk.urgent(suitable=Claimant.UNIT)
    desk.urgent()
    assert desk.wish(receipt.wish_id).suitable is Claimant.UNIT
    suits = [event.wishes[0].suitable for event in desk.announced(WishesReleased)]
    assert suits == [Claimant.UNIT, Claimant.ANYONE]
    assert OFFICER.grants[0].scope == CITY.path
