"""A resident tracks and withdraws with code and phone ending; wrong tries are counted, though refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import IllegalMove, NotPermitted, Refusal
from services.chassis.work import Workshop
from services.wishes import contracts, usecases
from services.wishes.contracts import (
    AlreadyClaimed,
    ReasonNeeded,
    ReportersChanged,
    TooManyTries,
    UnknownWish,
    WishWithdrawn,
)
from services.wishes.settings import WishesSettings
from tests.support.wishes import (
    NEIGHBOUR,
    Desk,
    a_desk,
    a_resident,
    a_worker,
    claims_made,
    standing,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def desk(workshop_of: Callable[[str], Workshop]) -> Desk:
    """The desk of wishes, patient for three wrong tries at a code and five from an address."""
    desk = a_desk(workshop_of("wishes"))
    desk.settings = WishesSettings(wrong_tries_by_code=3, wrong_tries_by_address=5)
    return desk


# -- tracking


def test_a_resident_sees_how_the_wish_stands_in_any_spelling_of_the_code(desk: Desk) -> None:
    receipt = desk.submit()
    track = desk.track(f" {receipt.code[:4].lower()}-{receipt.code[4:]}", " 5678 ")
    assert (track.code, track.title, track.state) == (receipt.code, "想要一台收音机", "submitted")


def test_the_digits_of_a_chinese_keyboard_are_digits(desk: Desk) -> None:
    receipt = desk.submit()
    for _ in range(4):  # more often than one may be wrong
        assert desk.track(receipt.code, "５６ ７８").state == "submitted"


def test_the_track_names_no_account_and_only_reasons_meant_for_the_resident(desk: Desk) -> None:
    receipt = desk.submit()
    desk.accept(receipt.wish_id, value=900, ceiling_reason="内部说明")
    command = contracts.ReturnWish(by=a_worker(), wish_id=receipt.wish_id, reason="请写清楚尺寸")
    desk.do(command, usecases.return_wish)
    moves = [(move.action, move.by, move.reason) for move in desk.track(receipt.code).moves]
    assert moves == [
        ("submit", "resident", ""),
        ("accept", "community", ""),
        ("return", "community", "请写清楚尺寸"),
    ]


def test_a_wrong_code_and_a_wrong_ending_answer_the_same(desk: Desk) -> None:
    receipt = desk.submit()
    without_phone = desk.enter(resident=a_resident(phone=None))
    for code, ending in (("ZZZZ2222", "5678"), (receipt.code, "0000"), (without_phone.code, "")):
        with pytest.raises(UnknownWish):
            desk.track(code, ending)


def test_wrong_tries_at_a_code_are_counted_although_refused(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    receipt = desk.submit()
    for ending in ("0000", "0001", "0002"):
        with pytest.raises(UnknownWish):
            desk.track(receipt.code, ending)
    with pytest.raises(TooManyTries):
        desk.track(receipt.code, "5678")
    with pytest.raises(TooManyTries):
        desk.withdraw_own(receipt.code, "5678")
    simulated_clock.set(simulated_clock.now() + timedelta(hours=24))
    assert desk.track(receipt.code).state == "submitted"


def test_a_code_that_does_not_exist_reaches_the_limit_too(desk: Desk) -> None:
    for _ in range(3):
        with pytest.raises(UnknownWish):
            desk.track("ZZZZ2222")
    with pytest.raises(TooManyTries):
        desk.track("ZZZZ2222")


def test_an_address_that_tries_many_codes_is_stopped_and_others_are_not(desk: Desk) -> None:
    receipt = desk.submit()
    for number in range(5):
        with pytest.raises(UnknownWish):
            desk.track(f"ZZZZ222{number + 2}", address="203.0.113.7")
    with pytest.raises(TooManyTries):
        desk.track(receipt.code, address="203.0.113.7")
    assert desk.track(receipt.code, address="203.0.113.8").code == receipt.code


def test_guesses_at_the_same_moment_get_no_extra_tries(desk: Desk) -> None:
    receipt = desk.submit()

    def guess(number: int) -> str:
        try:
            desk.track(receipt.code, f"{number:04}")
        except Refusal as refusal:
            return refusal.code
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count(UnknownWish.code) == 3
    assert answers.count(TooManyTries.code) == 9


def test_a_right_try_counts_nothing(desk: Desk) -> None:
    receipt = desk.submit()
    for _ in range(10):
        desk.track(receipt.code, address="203.0.113.7")
    assert desk.rows("SELECT FROM wishes.wrong_try") == []


# -- withdrawal


def test_a_resident_withdraws_until_it_is_claimed(desk: Desk) -> None:
    submitted, released, claimed = desk.submit(), desk.urgent(), desk.urgent()
    desk.hear(claims_made((claimed.wish_id, standing("taken", 1))), usecases.note_claims)
    for receipt in (submitted, released):
        desk.withdraw_own(receipt.code)
        assert desk.state(receipt.wish_id) == "withdrawn"
    told = [change for event in desk.announced(ReportersChanged) for change in event.changes]
    assert {change.wish_id for change in told} == {submitted.wish_id, released.wish_id}
    assert {change.reporter_id for change in told} == {None}
    with pytest.raises(AlreadyClaimed):
        desk.withdraw_own(claimed.code)
    with pytest.raises(IllegalMove):
        desk.withdraw_own(submitted.code)


def test_claims_hears_of_a_withdrawal_only_when_it_knows_the_wish(desk: Desk) -> None:
    screened, released = desk.screened(), desk.urgent()
    desk.withdraw(screened.wish_id)
    desk.withdraw(released.wish_id)
    (event,) = desk.announced(WishWithdrawn)
    assert event.wish_id == released.wish_id


def test_a_withdrawal_is_newer_than_the_release_it_ends(desk: Desk) -> None:
    released = desk.urgent()
    desk.withdraw(released.wish_id)
    (up,) = desk.announced(contracts.WishesReleased)
    (down,) = desk.announced(WishWithdrawn)
    assert down.version > up.wishes[0].version


def test_a_worker_withdraws_a_claimed_wish_with_a_reason(desk: Desk) -> None:
    receipt = desk.urgent()
    desk.hear(claims_made((receipt.wish_id, standing("taken", 1))), usecases.note_claims)
    with pytest.raises(ReasonNeeded):
        desk.do(
            contracts.WithdrawWish(by=a_worker(), wish_id=receipt.wish_id, reason=""), usecases.withdraw_wish
        )
    with pytest.raises(NotPermitted):
        desk.withdraw(receipt.wish_id, by=a_worker(NEIGHBOUR))
    desk.withdraw(receipt.wish_id, by=a_worker())
    assert desk.state(receipt.wish_id) == "withdrawn"
    assert [event.wish_id for event in desk.announced(WishWithdrawn)] == [receipt.wish_id]
    assert desk.track(receipt.code).moves[-1].reason == "家里已经买了"
