"""A screener accepts, returns or declines; the ceiling warns; an urgent wish goes up at once."""

from collections.abc import Callable
from typing import Any

import pytest

from services.chassis.refusals import IllegalMove, NotPermitted
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.wishes import contracts, usecases
from services.wishes.contracts import (
    Category,
    CategoryNeeded,
    CeilingReasonNeeded,
    PersonalDataInReason,
    PersonalDataInTitle,
    ReasonNeeded,
    ReportersChanged,
    TitleTooLong,
    UnusableAmount,
    Urgency,
    WishesReleased,
    WishKind,
    WishScreened,
)
from tests.support.wishes import ADDRESS, COMMUNITY, NEIGHBOUR, PHONE, Desk, a_desk, a_wish, a_worker

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def desk(workshop_of: Callable[[str], Workshop]) -> Desk:
    """The desk of wishes in a city whose ceiling is 300 yuan."""
    return a_desk(workshop_of("wishes"), value_ceiling=300, service_days=14)


def _return(desk: Desk, receipt: contracts.WishReceipt, reason: str = "请写清楚尺寸") -> None:
    desk.do(contracts.ReturnWish(by=a_worker(), wish_id=receipt.wish_id, reason=reason), usecases.return_wish)


def _decline(desk: Desk, receipt: contracts.WishReceipt, reason: str = "不属于微心愿") -> None:
    command = contracts.DeclineWish(by=a_worker(), wish_id=receipt.wish_id, reason=reason)
    desk.do(command, usecases.decline_wish)


# -- accepting


def test_an_accepted_wish_waits_for_its_month_and_its_resident_is_told(desk: Desk) -> None:
    receipt = desk.submit()
    desk.accept(receipt.wish_id, by=a_worker(), category=Category.CONVENIENCE)
    wish = desk.wish(receipt.wish_id)
    assert (wish.state, wish.category, wish.service_days) == ("screened", Category.CONVENIENCE, 14)
    (told,) = desk.announced(WishScreened)
    assert (told.code, told.outcome, told.sealed_reason) == (receipt.code, "accepted", None)
    assert desk.announced(WishesReleased) == []


def test_what_the_screener_gives_overrides_what_was_submitted(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(category=Category.CULTURE, value=500, places=1))
    desk.accept(
        receipt.wish_id,
        title="陪老人听戏",
        kind=WishKind.SPIRIT,
        category=Category.HEALTH,
        urgency=Urgency.PRESSING,
        value=0,
        places=3,
        service_days=7,
        skill="戏曲",
    )
    wish = desk.wish(receipt.wish_id)
    assert (wish.title, wish.kind, wish.category) == ("陪老人听戏", WishKind.SPIRIT, Category.HEALTH)
    assert (wish.urgency, wish.value, wish.places, wish.service_days, wish.skill) == (
        Urgency.PRESSING,
        0,
        3,
        7,
        "戏曲",
    )


def test_a_category_given_at_submission_is_enough(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(category=Category.CULTURE))
    desk.accept(receipt.wish_id, category=None)
    assert desk.wish(receipt.wish_id).category is Category.CULTURE


def test_no_wish_is_accepted_without_a_category(desk: Desk) -> None:
    receipt = desk.submit()
    with pytest.raises(CategoryNeeded):
        desk.accept(receipt.wish_id, category=None)
    assert desk.state(receipt.wish_id) == "submitted"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"title": "愿" * 41}, TitleTooLong),
        ({"title": "电话13812345678"}, PersonalDataInTitle),
        ({"title": "彭桂兰要一台收音机"}, PersonalDataInTitle),
        ({"value": -1}, UnusableAmount),
        ({"places": 0}, UnusableAmount),
        ({"service_days": 0}, UnusableAmount),
        ({"service_days": 367}, UnusableAmount),
    ],
)
def test_a_screener_is_held_to_the_same_rules(
    desk: Desk, given: dict[str, Any], refusal: type[Exception]
) -> None:
    receipt = desk.submit()
    with pytest.raises(refusal):
        desk.accept(receipt.wish_id, **given)
    assert desk.state(receipt.wish_id) == "submitted"


def test_screening_takes_the_right_in_this_very_community(desk: Desk) -> None:
    receipt = desk.submit()
    for nobody in (a_worker(NEIGHBOUR), a_worker(COMMUNITY, Role.GRID_WORKER)):
        with pytest.raises(NotPermitted):
            desk.accept(receipt.wish_id, by=nobody)


# -- the ceiling


def test_above_the_ceiling_a_reason_is_asked_for_and_kept(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(value=301))
    assert desk.wish(receipt.wish_id).over_ceiling
    with pytest.raises(CeilingReasonNeeded) as refused:
        desk.accept(receipt.wish_id)
    assert refused.value.arguments == {"value": 301, "ceiling": 300}
    desk.accept(receipt.wish_id, ceiling_reason="轮椅没有更便宜的")
    wish = desk.wish(receipt.wish_id)
    assert (wish.state, wish.moves[-1].reason) == ("screened", "轮椅没有更便宜的")


def test_at_the_ceiling_nobody_asks(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(value=300))
    assert not desk.wish(receipt.wish_id).over_ceiling
    desk.accept(receipt.wish_id)


def test_the_ceiling_weighs_the_value_the_screener_gives(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(value=0))
    with pytest.raises(CeilingReasonNeeded):
        desk.accept(receipt.wish_id, value=900)


# -- returning and declining


def test_a_no_is_told_with_its_reason(desk: Desk) -> None:
    returned, declined = desk.submit(), desk.submit()
    _return(desk, returned)
    _decline(desk, declined)
    assert [desk.state(receipt.wish_id) for receipt in (returned, declined)] == ["returned", "declined"]
    open_seal = desk.workshop.seals.open
    told = [(event.outcome, open_seal(event.sealed_reason or "")) for event in desk.announced(WishScreened)]
    assert told == [("returned", "请写清楚尺寸"), ("declined", "不属于微心愿")]
    assert desk.wish(declined.wish_id).moves[-1].reason == "不属于微心愿"


@pytest.mark.parametrize(
    ("reason", "refusal"), [("  ", ReasonNeeded), ("打13812345678", PersonalDataInReason)]
)
def test_a_no_without_a_usable_reason_is_refused(desk: Desk, reason: str, refusal: type[Exception]) -> None:
    receipt = desk.submit()
    for refuse in (_return, _decline):
        with pytest.raises(refusal):
            refuse(desk, receipt, reason)


def test_a_screener_may_think_again_until_the_release(desk: Desk) -> None:
    receipt = desk.screened()
    _return(desk, receipt)
    assert desk.state(receipt.wish_id) == "returned"
    released = desk.urgent()
    with pytest.raises(IllegalMove):
        _return(desk, released)


def test_what_is_declined_stays_declined_and_counts_for_nobody(desk: Desk) -> None:
    receipt = desk.submit()
    _return(desk, receipt)
    assert desk.announced(ReportersChanged) == []
    _decline(desk, receipt)
    (change,) = desk.announced(ReportersChanged)[0].changes
    assert (change.wish_id, change.reporter_id, change.version) == (receipt.wish_id, None, 3)
    with pytest.raises(IllegalMove):
        desk.accept(receipt.wish_id)


def test_a_screener_who_comes_second_is_told_so(desk: Desk) -> None:
    receipt = desk.submit()
    desk.accept(receipt.wish_id)
    with pytest.raises(IllegalMove) as refused:
        desk.accept(receipt.wish_id)
    assert refused.value.arguments["state"] == "screened"


# -- urgent


def test_an_urgent_wish_goes_up_at_once_with_all_that_claims_needs(desk: Desk) -> None:
    receipt = desk.submit(wish=a_wish(urgency=Urgency.URGENT, skill="电工"))
    desk.accept(receipt.wish_id)
    (event,) = desk.announced(WishesReleased)
    (wish,) = event.wishes
    assert (wish.wish_id, wish.code, wish.period) == (receipt.wish_id, receipt.code, None)
    assert (wish.community_name, wish.area_path, wish.skill) == (COMMUNITY.name, COMMUNITY.path, "电工")
    contact = desk.workshop.seals.open(wish.contact)
    assert all(part in contact for part in ("彭桂兰", "+86" + PHONE, ADDRESS, "能听戏的"))
    assert [move.action for move in desk.wish(receipt.wish_id).moves] == ["submit", "accept", "release"]


def test_a_screener_may_say_that_it_is_urgent(desk: Desk) -> None:
    receipt = desk.urgent()
    assert desk.state(receipt.wish_id) == "released"
    assert len(desk.announced(WishesReleased)) == 1
