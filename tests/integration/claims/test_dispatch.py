"""Dispatch: one member after the other is asked, at their hours, and no place is given twice."""

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE
from services.claims.contracts import (
    AcceptDispatch,
    AlreadyDispatched,
    CandidateUnavailable,
    DeclineDispatch,
    DeclineReasonNeeded,
    DispatchesMoved,
    DispatchWish,
    ListDispatches,
    MyDispatches,
    NoLongerOffered,
    NoPlaceLeft,
    UnknownDispatch,
    UnknownOffer,
    UnknownState,
    UnusableCandidates,
    WishesClaimed,
    WithdrawDispatch,
)
from services.wishes.contracts import Urgency, WishWithdrawn
from tests.support.claims import (
    COMMUNITY_PATH,
    ClaimsAtHand,
    a_wish,
    as_member,
    later,
)
from tests.support.programme import ELSEWHERE, WORKER, dispatch, strike


def steps(claims: ClaimsAtHand) -> list[str]:
    """Return what was told of dispatches, in order."""
    return [move.how for event in claims.told(DispatchesMoved) for move in event.moves]


def test_a_member_accepts_what_is_proposed_and_has_the_claim(claims: ClaimsAtHand) -> None:
    wish, member = claims.a_released_wish(), claims.a_member()
    proposed = dispatch(claims, wish, member)
    assert (proposed.state, proposed.member_id) == ("proposed", member)
    claimed = claims.ask(AcceptDispatch(by=as_member(member), dispatch_id=proposed.dispatch_id))
    row = claims.row("SELECT state, claim_id FROM claims.dispatch")
    assert (row.state, row.claim_id) == ("accepted", claimed.claim_id)
    assert steps(claims) == ["proposed", "accepted"]
    assert [claim.member_id for claim in claims.told(WishesClaimed)[0].claims] == [member]


def test_who_declines_says_why_and_the_next_is_asked(claims: ClaimsAtHand) -> None:
    wish, (first, second) = claims.a_released_wish(), claims.some_members(2)
    proposed = dispatch(claims, wish, first, second)
    with pytest.raises(DeclineReasonNeeded):
        claims.ask(DeclineDispatch(by=as_member(first), dispatch_id=proposed.dispatch_id, reason=" "))
    claims.ask(DeclineDispatch(by=as_member(first), dispatch_id=proposed.dispatch_id, reason="出差在外"))
    assert steps(claims) == ["proposed", "declined", "proposed"]
    (listed,) = claims.ask(ListDispatches(by=WORKER, below=COMMUNITY_PATH)).items
    assert (listed.member_id, listed.asked, listed.reason) == (second, 2, "出差在外")
    (mine,) = claims.ask(MyDispatches(by=as_member(second))).items
    assert (mine.id, mine.reason) == (proposed.dispatch_id, "")
    assert claims.ask(MyDispatches(by=as_member(first))).items == []
    with pytest.raises(UnknownDispatch):
        claims.ask(AcceptDispatch(by=as_member(first), dispatch_id=proposed.dispatch_id))


def test_silence_for_a_day_asks_the_next_and_in_the_end_tells_the_worker(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    dispatch(claims, claims.a_released_wish(), *claims.some_members(2))
    later(simulated_clock, hours=23)
    strike(claims)
    assert steps(claims) == ["proposed"]
    later(simulated_clock, hours=1)
    strike(claims)
    strike(claims)
    assert steps(claims) == ["proposed", "timed_out", "proposed"]
    later(simulated_clock, hours=24)
    strike(claims)
    assert steps(claims) == ["proposed", "timed_out", "proposed", "timed_out", "exhausted"]


def test_what_is_not_urgent_waits_for_the_office_to_open(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    later(simulated_clock, hours=9)
    proposed = dispatch(claims, claims.a_released_wish(), claims.a_member())
    assert (proposed.state, proposed.answer_by, steps(claims)) == ("waiting", None, [])
    later(simulated_clock, hours=12)
    strike(claims)
    assert steps(claims) == ["proposed"]


def test_what_is_urgent_is_proposed_at_night_and_answered_within_hours(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    claims.settle_area(urgent_dispatch_hours=2)
    later(simulated_clock, hours=9)
    proposed = dispatch(claims, claims.a_released_wish(urgency=Urgency.URGENT), *claims.some_members(2))
    assert proposed.state == "proposed"
    later(simulated_clock, hours=2)
    strike(claims)
    assert steps(claims) == ["proposed", "timed_out", "proposed"]


def test_a_place_that_somebody_else_took_is_not_given_again(claims: ClaimsAtHand) -> None:
    wish, (asked, quick) = claims.a_released_wish(), claims.some_members(2)
    proposed = dispatch(claims, wish, asked)
    claims.claim(quick, wish)
    with pytest.raises(NoPlaceLeft):
        claims.ask(AcceptDispatch(by=as_member(asked), dispatch_id=proposed.dispatch_id))
    strike(claims)
    assert steps(claims) == ["proposed", "withdrawn"]
    with pytest.raises(IllegalMove):
        claims.ask(AcceptDispatch(by=as_member(asked), dispatch_id=proposed.dispatch_id))


def test_a_dispatch_fits_the_places_that_are_free(claims: ClaimsAtHand) -> None:
    wish, members = claims.a_released_wish(places=2), claims.some_members(4)
    claims.claim(members[0], wish)
    dispatch(claims, wish, members[1])
    with pytest.raises(AlreadyDispatched):
        dispatch(claims, wish, members[2])
    claims.claim(members[3], wish)
    with pytest.raises(NoPlaceLeft):
        dispatch(claims, wish, members[2])


def test_only_members_who_can_take_it_are_on_the_list(claims: ClaimsAtHand) -> None:
    wish, member = claims.a_released_wish(places=2), claims.a_member()
    with pytest.raises(UnusableCandidates):
        dispatch(claims, wish)
    with pytest.raises(UnusableCandidates):
        dispatch(claims, wish, member, member)
    with pytest.raises(CandidateUnavailable):
        dispatch(claims, wish, wish.resident_id)
    claims.claim(member, wish)
    with pytest.raises(CandidateUnavailable):
        dispatch(claims, wish, member)


def test_a_wish_that_is_gone_is_not_dispatched(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), a_wish(claims.seals)
    with pytest.raises(UnknownOffer):
        dispatch(claims, wish, member)
    claims.release(wish)
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    with pytest.raises(NoLongerOffered):
        dispatch(claims, wish, member)


def test_a_worker_takes_a_dispatch_back(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    proposed = dispatch(claims, claims.a_released_wish(), member)
    with pytest.raises(NotPermitted):
        claims.ask(WithdrawDispatch(by=ELSEWHERE, dispatch_id=proposed.dispatch_id))
    claims.ask(WithdrawDispatch(by=WORKER, dispatch_id=proposed.dispatch_id))
    (*_, told) = [move for event in claims.told(DispatchesMoved) for move in event.moves]
    assert (told.how, told.member_id) == ("withdrawn", member)
    with pytest.raises(IllegalMove):
        claims.ask(WithdrawDispatch(by=WORKER, dispatch_id=proposed.dispatch_id))


def test_only_workers_of_the_place_dispatch_and_see_dispatches(claims: ClaimsAtHand) -> None:
    wish, member = claims.a_released_wish(), claims.a_member()
    with pytest.raises(NotPermitted):
        dispatch(claims, wish, member, by=ELSEWHERE)
    with pytest.raises(NotPermitted):
        dispatch(claims, wish, member, by=as_member(member))
    with pytest.raises(SignInNeeded):
        claims.ask(DispatchWish(by=ANYONE, wish_id=wish.wish_id, member_ids=[member]))
    with pytest.raises(NotPermitted):
        claims.ask(ListDispatches(by=ELSEWHERE, below=COMMUNITY_PATH))
    with pytest.raises(UnknownState):
        claims.ask(ListDispatches(by=WORKER, below=COMMUNITY_PATH, state="lost"))
    proposed = dispatch(claims, wish, member)
    (stranger,) = claims.some_members(1)
    for command in (AcceptDispatch, DeclineDispatch):
        extra = {"reason": "不便"} if command is DeclineDispatch else {}
        with pytest.raises(NotPermitted):
            claims.ask(command(by=as_member(stranger), dispatch_id=proposed.dispatch_id, **extra))
        with pytest.raises(SignInNeeded):
            claims.ask(command(by=ANYONE, dispatch_id=proposed.dispatch_id, **extra))
