"""The waiting list on real PostgreSQL: a place that comes back goes to the next in line, never twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import IllegalMove, SignInNeeded
from services.chassis.rights import ANYONE
from services.claims.contracts import (
    AcceptPlace,
    AlreadyInLine,
    AlreadyYours,
    Claimed,
    ConfirmFulfilment,
    DeclinePlace,
    DeliverClaim,
    LeaveLine,
    MyWaiting,
    NoLongerOffered,
    NoPlaceLeft,
    NotAMember,
    PlaceIsFree,
    ReportNotDone,
    ReturnClaim,
    TooManyOpenClaims,
    TooManyTurns,
    TurnIsOver,
    UndoClaim,
    UnknownTurn,
    WaitForPlace,
    WaitingList,
    WaitingMoved,
    WishesClaimed,
)
from services.directory.contracts import MembersChanged
from services.scheduler.contracts import LapsesDue
from services.wishes.contracts import ReleasedWish, WishWithdrawn
from tests.support.claims import (
    NOON,
    ClaimsAtHand,
    a_member_copy,
    a_wish,
    as_member,
    as_worker,
    later,
)
from tests.support.collective import an_hour, wait


def turns(claims: ClaimsAtHand) -> list[tuple[UUID, str]]:
    """Return who was told what of their turns, in order."""
    return [(turn.member_id, turn.how) for event in claims.told(WaitingMoved) for turn in event.turns]


def places(claims: ClaimsAtHand, wish: ReleasedWish) -> tuple[int, int, int, str]:
    """Return how many places of a wish are taken and kept, how many wait, and how it stands."""
    row = claims.row("SELECT * FROM claims.offer WHERE id = :id", id=wish.wish_id)
    return row.taken, row.reserved, row.waiting, row.state


def test_a_place_given_back_is_kept_for_the_first_in_line(claims: ClaimsAtHand) -> None:
    holder, first, second, stranger = claims.some_members(4)
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    turn, _ = wait(claims, first, wish), wait(claims, second, wish)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    assert places(claims, wish) == (0, 1, 1, "taken")
    with pytest.raises(NoPlaceLeft):
        claims.claim(stranger, wish)
    with pytest.raises(NoPlaceLeft):
        claims.claim(second, wish)
    (event,) = claims.told(WaitingMoved)
    (kept,) = event.turns
    assert (kept.waiting_id, kept.member_id, kept.how) == (turn, first, "offered")
    assert kept.offered_until == NOON + timedelta(hours=24)
    assert (kept.standing.state, kept.standing.places_left) == ("taken", 0)
    answer = claims.ask(AcceptPlace(by=as_member(first), waiting_id=turn))
    assert isinstance(answer, Claimed)
    assert places(claims, wish) == (1, 0, 1, "taken")
    made = claims.told(WishesClaimed)[-1].claims[0]
    assert (made.member_id, made.claim_id) == (first, answer.claim_id)
    assert made.standing.version == kept.standing.version + 1


@pytest.mark.parametrize("how", ["undone", "returned", "lapsed", "not done"])
def test_however_a_place_comes_back_the_next_in_line_has_it(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock, how: str
) -> None:
    holder, waiter = claims.some_members(2)
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    wait(claims, waiter, wish)
    if how == "undone":
        claims.ask(UndoClaim(by=as_member(holder), claim_id=claimed.claim_id))
    elif how == "returned":
        claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    elif how == "lapsed":
        claims.hear(LapsesDue(on=claimed.due_on + timedelta(days=5)))
    else:
        claims.ask(DeliverClaim(by=as_member(holder), claim_id=claimed.claim_id))
        claims.ask(ReportNotDone(by=as_worker(), claim_id=claimed.claim_id, reason="没有送到"))
    assert turns(claims) == [(waiter, "offered")]
    assert places(claims, wish) == (0, 1, 0, "taken")


def test_who_answers_too_late_lets_the_next_have_it_and_gets_in_line_again(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    holder, first, second = claims.some_members(3)
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    late, _ = wait(claims, first, wish), wait(claims, second, wish)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    later(simulated_clock, hours=25)
    with pytest.raises(TurnIsOver):
        claims.ask(AcceptPlace(by=as_member(first), waiting_id=late, key="too late"))
    assert turns(claims)[1:] == [(first, "timed_out"), (second, "offered")]
    assert wait(claims, first, wish) != late


def test_who_declines_or_does_not_answer_lets_the_next_have_it_and_then_the_board(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    holder, first, second, third = claims.some_members(4)
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    turn, late, _ = wait(claims, first, wish), wait(claims, second, wish), wait(claims, third, wish)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    claims.ask(DeclinePlace(by=as_member(first), waiting_id=turn))
    claims.hear(an_hour(simulated_clock.now()))
    assert turns(claims) == [(first, "offered"), (first, "declined"), (second, "offered")]
    later(simulated_clock, hours=25)
    with pytest.raises(TurnIsOver):
        claims.ask(AcceptPlace(by=as_member(second), waiting_id=late))
    claims.hear(an_hour(simulated_clock.now()))
    assert turns(claims)[3:] == [(second, "timed_out"), (third, "offered")]
    later(simulated_clock, hours=25)
    claims.hear(an_hour(simulated_clock.now()))
    assert turns(claims)[5:] == [(third, "timed_out")]
    assert places(claims, wish) == (0, 0, 0, "open")
    assert claims.told(WaitingMoved)[-1].turns[-1].standing.places_left == 1
    claims.claim(first, wish)


def test_the_hours_for_which_a_place_is_kept_are_a_setting(claims: ClaimsAtHand) -> None:
    claims.settle_area(waiting_hours=2)
    holder, waiter = claims.some_members(2)
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    wait(claims, waiter, wish)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    assert claims.told(WaitingMoved)[0].turns[0].offered_until == NOON + timedelta(hours=2)


def test_one_waits_once_for_a_full_wish_and_for_as_many_as_the_area_allows(claims: ClaimsAtHand) -> None:
    claims.settle_area(waiting_places=1)
    holder, waiter = claims.some_members(2)
    wish, other, free = claims.a_released_wish(), claims.a_released_wish(), claims.a_released_wish()
    for taken in (wish, other):
        claims.claim(holder, taken)
    with pytest.raises(PlaceIsFree):
        wait(claims, waiter, free)
    with pytest.raises(AlreadyYours):
        wait(claims, holder, wish)
    turn = wait(claims, waiter, wish)
    with pytest.raises(AlreadyInLine):
        wait(claims, waiter, wish)
    with pytest.raises(TooManyTurns):
        wait(claims, waiter, other)
    claims.ask(LeaveLine(by=as_member(waiter), waiting_id=turn))
    assert places(claims, wish) == (1, 0, 0, "taken")
    wait(claims, waiter, other)


def test_only_members_wait_and_each_for_themselves(claims: ClaimsAtHand) -> None:
    holder, waiter, other = claims.some_members(3)
    wish = claims.a_released_wish()
    claims.claim(holder, wish)
    turn = wait(claims, waiter, wish)
    with pytest.raises(NotAMember):
        claims.ask(WaitForPlace(by=as_worker(), wish_id=wish.wish_id))
    for question in (LeaveLine, AcceptPlace, DeclinePlace):
        with pytest.raises(UnknownTurn):
            claims.ask(question(by=as_member(other), waiting_id=turn))
    with pytest.raises(IllegalMove):
        claims.ask(AcceptPlace(by=as_member(waiter), waiting_id=turn))
    with pytest.raises(IllegalMove):
        claims.ask(DeclinePlace(by=as_member(waiter), waiting_id=turn))


def test_the_limit_of_open_claims_holds_for_a_place_that_was_kept_and_it_stays_kept(
    claims: ClaimsAtHand,
) -> None:
    claims.settle_area(open_claims=1)
    holder, waiter = claims.some_members(2)
    wish, other = claims.a_released_wish(), claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    turn = wait(claims, waiter, wish)
    busy = claims.claim(waiter, other)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    with pytest.raises(TooManyOpenClaims):
        claims.ask(AcceptPlace(by=as_member(waiter), waiting_id=turn))
    claims.ask(ReturnClaim(by=as_member(waiter), claim_id=busy.claim_id))
    claims.ask(AcceptPlace(by=as_member(waiter), waiting_id=turn))
    assert places(claims, wish) == (1, 0, 0, "taken")


def test_who_left_is_passed_over(claims: ClaimsAtHand) -> None:
    holder, second = claims.some_members(2)
    gone = a_member_copy(claims.seals)
    claims.hear(MembersChanged(members=[gone]))
    wish = claims.a_released_wish()
    claimed = claims.claim(holder, wish)
    wait(claims, gone.id, wish)
    wait(claims, second, wish)
    claims.hear(MembersChanged(members=[a_member_copy(claims.seals, id=gone.id, is_active=False, version=2)]))
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    assert turns(claims) == [(second, "offered")]


def test_the_line_closes_when_the_wish_is_withdrawn_or_comes_true(claims: ClaimsAtHand) -> None:
    holder, first, second = claims.some_members(3)
    wish, other = claims.a_released_wish(), claims.a_released_wish()
    claimed, fulfilled = claims.claim(holder, wish), claims.claim(holder, other)
    turn = wait(claims, first, wish)
    wait(claims, second, wish)
    wait(claims, first, other)
    claims.ask(ReturnClaim(by=as_member(holder), claim_id=claimed.claim_id))
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    assert sorted(turns(claims)[1:]) == sorted([(first, "closed"), (second, "closed")])
    assert places(claims, wish) == (0, 0, 0, "withdrawn")
    with pytest.raises(IllegalMove):
        claims.ask(AcceptPlace(by=as_member(first), waiting_id=turn))
    claims.ask(DeliverClaim(by=as_member(holder), claim_id=fulfilled.claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=fulfilled.claim_id))
    assert turns(claims)[-1] == (first, "closed")
    assert places(claims, other) == (1, 0, 0, "fulfilled")
    with pytest.raises(NoLongerOffered):
        wait(claims, second, other)


def test_more_places_released_are_kept_for_those_who_wait(claims: ClaimsAtHand) -> None:
    holder, first, second = claims.some_members(3)
    wish = claims.a_released_wish()
    claims.claim(holder, wish)
    wait(claims, first, wish)
    wait(claims, second, wish)
    again = a_wish(claims.seals, wish_id=wish.wish_id, code=wish.code, places=2, version=wish.version + 1)
    claims.release(again)
    assert turns(claims) == [(first, "offered")]
    assert places(claims, wish) == (1, 1, 1, "taken")


def test_my_line_says_how_many_are_ahead(claims: ClaimsAtHand, simulated_clock: SimulatedClock) -> None:
    holder, first, second = claims.some_members(3)
    wish = claims.a_released_wish()
    claims.claim(holder, wish)
    wait(claims, first, wish)
    later(simulated_clock, minutes=1)
    wait(claims, second, wish)
    mine: WaitingList = claims.ask(MyWaiting(by=as_member(second)))
    (turn,) = mine.items
    assert (turn.wish_id, turn.state, turn.ahead) == (wish.wish_id, "waiting", 1)
    first_of_all: WaitingList = claims.ask(MyWaiting(by=as_member(first)))
    assert first_of_all.items[0].ahead == 0
    with pytest.raises(SignInNeeded):
        claims.ask(MyWaiting(by=ANYONE))
