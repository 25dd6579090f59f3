"""Dispatch to teams: any of the team's members answers for it, and its claim is the team's."""

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import NotPermitted
from services.claims.contracts import (
    AcceptDispatch,
    CandidateUnavailable,
    ClaimantKind,
    ClaimForTeam,
    DeclineDispatch,
    DispatchesMoved,
    DispatchWish,
    MyDispatches,
    UnknownDispatch,
    UnusableCandidates,
    WishesClaimed,
)
from tests.support.claims import ClaimsAtHand, as_member, later
from tests.support.collective import a_team
from tests.support.programme import WORKER, strike


def test_any_member_of_the_team_that_is_asked_accepts_for_it(claims: ClaimsAtHand) -> None:
    leader, helper, stranger = claims.some_members(3)
    team, wish = a_team(claims, leader, helper), claims.a_released_wish()
    asked = claims.ask(DispatchWish(by=WORKER, wish_id=wish.wish_id, team_ids=[team]))
    assert (asked.team_id, asked.member_id) == (team, leader)
    (mine,) = claims.ask(MyDispatches(by=as_member(helper))).items
    assert (mine.id, mine.team_id) == (asked.dispatch_id, team)
    with pytest.raises(NotPermitted):
        claims.ask(AcceptDispatch(by=as_member(stranger), dispatch_id=asked.dispatch_id))
    claims.ask(AcceptDispatch(by=as_member(helper), dispatch_id=asked.dispatch_id))
    ((made,),) = (event.claims for event in claims.told(WishesClaimed))
    assert (made.claimant_kind, made.claimant_id) == (ClaimantKind.TEAM, team)
    first, last = (move for event in claims.told(DispatchesMoved) for move in event.moves)
    assert (first.how, first.team_id, first.member_id) == ("proposed", team, leader)
    assert (last.how, last.team_id) == ("accepted", team)


def test_after_a_team_that_says_no_the_next_team_and_then_the_member_is_asked(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    leader, other_leader, member = claims.some_members(3)
    first, second = a_team(claims, leader), a_team(claims, other_leader)
    wish = claims.a_released_wish()
    asked = claims.ask(
        DispatchWish(by=WORKER, wish_id=wish.wish_id, member_ids=[member], team_ids=[first, second])
    )
    claims.ask(DeclineDispatch(by=as_member(leader), dispatch_id=asked.dispatch_id, reason="队里人手不足"))
    with pytest.raises(UnknownDispatch):
        claims.ask(AcceptDispatch(by=as_member(leader), dispatch_id=asked.dispatch_id))
    later(simulated_clock, hours=24)
    strike(claims)  # the second team did not answer
    (mine,) = claims.ask(MyDispatches(by=as_member(member))).items
    assert (mine.id, mine.team_id, mine.asked) == (asked.dispatch_id, None, 3)
    answers = {row.candidate_id: row.answer for row in claims.rows("SELECT * FROM claims.dispatch_answer")}
    assert answers == {first: "declined", second: "timed_out"}


def test_a_team_that_has_the_wish_or_is_named_twice_is_not_asked(claims: ClaimsAtHand) -> None:
    leader = claims.a_member()
    team, wish = a_team(claims, leader), claims.a_released_wish(places=2)
    with pytest.raises(UnusableCandidates):
        claims.ask(DispatchWish(by=WORKER, wish_id=wish.wish_id, team_ids=[team, team]))
    claims.ask(ClaimForTeam(by=as_member(leader), wish_id=wish.wish_id, team_id=team))
    with pytest.raises(CandidateUnavailable):
        claims.ask(DispatchWish(by=WORKER, wish_id=wish.wish_id, team_ids=[team]))
