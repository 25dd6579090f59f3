"""Recurring visits: a member keeps coming, each visit a record; what is missed is noticed."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor
from services.claims.contracts import (
    AlreadyArranged,
    ArrangeVisits,
    EndVisits,
    LeaveVisits,
    ListArrangements,
    ListVisits,
    MyVisits,
    NoLongerOffered,
    RecordVisit,
    Rhythm,
    UnknownArrangement,
    UnknownOffer,
    UnknownState,
    UnknownVisit,
    UnusableDay,
    VisitorUnavailable,
    VisitsMoved,
    VisitView,
)
from services.claims.domain import visit_after
from services.wishes.contracts import ReleasedWish, WishWithdrawn
from tests.support.claims import COMMUNITY_PATH, ClaimsAtHand, as_member, later
from tests.support.collective import a_team
from tests.support.programme import ELSEWHERE, WORKER, remind

MONDAY = date(2026, 11, 2)


def arrange(
    claims: ClaimsAtHand,
    wish: ReleasedWish,
    member: UUID,
    rhythm: Rhythm = Rhythm.WEEKLY,
    starts_on: date = MONDAY,
    by: Actor = WORKER,
) -> UUID:
    """Return the arrangement of these visits, or raise the refusal."""
    command = ArrangeVisits(by=by, wish_id=wish.wish_id, member_id=member, rhythm=rhythm, starts_on=starts_on)
    arrangement: UUID = claims.ask(command).id
    return arrangement


def visits(claims: ClaimsAtHand, member: UUID) -> list[VisitView]:
    """Return the visits of a member, newest first."""
    items: list[VisitView] = claims.ask(MyVisits(by=as_member(member))).items
    return items


def steps(claims: ClaimsAtHand) -> list[tuple[str, date | None]]:
    """Return what was told of visits, in order."""
    return [(move.how, move.due_on) for event in claims.told(VisitsMoved) for move in event.moves]


def test_a_rhythm_keeps_its_day() -> None:
    weekly, monthly = Rhythm.WEEKLY, Rhythm.MONTHLY
    assert visit_after(MONDAY, weekly, MONDAY) == date(2026, 11, 9)
    assert visit_after(MONDAY, weekly, date(2026, 11, 25)) == date(2026, 11, 30)
    assert visit_after(date(2026, 10, 31), monthly, date(2026, 10, 31)) == date(2026, 11, 30)
    assert visit_after(date(2026, 10, 31), monthly, date(2026, 12, 30)) == date(2026, 12, 31)
    assert visit_after(date(2026, 10, 31), monthly, date(2026, 12, 31)) == date(2027, 1, 31)
    assert visit_after(MONDAY, monthly, date(2026, 10, 1)) == MONDAY


def test_a_visitor_comes_week_after_week(claims: ClaimsAtHand, simulated_clock: SimulatedClock) -> None:
    member = claims.a_member()
    arrange(claims, claims.a_released_wish(), member)
    (first,) = visits(claims, member)
    claims.ask(RecordVisit(by=as_member(member), visit_id=first.id, done_on=MONDAY, note="聊了一下午"))
    second, first = visits(claims, member)
    assert (first.state, first.done_on, first.note) == ("done", MONDAY, "聊了一下午")
    assert (second.state, second.due_on) == ("planned", MONDAY + timedelta(days=7))
    assert "聊了" not in str(claims.rows("SELECT * FROM claims.visit"))
    with pytest.raises(IllegalMove):
        claims.ask(RecordVisit(by=as_member(member), visit_id=first.id, done_on=MONDAY))
    tomorrow = MONDAY + timedelta(days=1)
    with pytest.raises(UnusableDay):
        claims.ask(RecordVisit(by=as_member(member), visit_id=second.id, done_on=tomorrow))
    with pytest.raises(UnusableDay):  # one visit is not written down for week after week
        claims.ask(RecordVisit(by=as_member(member), visit_id=second.id, done_on=MONDAY))


def test_a_visitor_is_reminded_once_and_what_nobody_made_is_missed_and_can_be_made_up_for(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    member, starts_on = claims.a_member(), date(2026, 11, 10)
    arrange(claims, claims.a_released_wish(), member, Rhythm.MONTHLY, starts_on)
    for day in range(3, 20):
        remind(claims, date(2026, 11, day))
    assert steps(claims) == [("arranged", starts_on), ("due", starts_on), ("missed", starts_on)]
    following, missed = visits(claims, member)
    assert (following.due_on, missed.state) == (date(2026, 12, 10), "missed")
    later(simulated_clock, days=18)
    claims.ask(RecordVisit(by=as_member(member), visit_id=missed.id, done_on=date(2026, 11, 19)))
    (arrangement,) = claims.ask(ListArrangements(by=WORKER, below=COMMUNITY_PATH)).items
    assert (arrangement.done, arrangement.missed) == (1, 0)
    assert len(visits(claims, member)) == 2


def test_a_clock_that_stood_still_for_a_month_misses_one_visit_and_plans_the_next(
    claims: ClaimsAtHand,
) -> None:
    member = claims.a_member()
    arrange(claims, claims.a_released_wish(), member)
    remind(claims, MONDAY + timedelta(days=30))
    following, missed = visits(claims, member)
    assert (missed.state, following.due_on) == ("missed", MONDAY + timedelta(days=35))


def test_either_side_ends_the_visits_and_what_was_planned_is_cancelled(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    first = arrange(claims, wish, member)
    with pytest.raises(AlreadyArranged):
        arrange(claims, wish, member)
    claims.ask(LeaveVisits(by=as_member(member), arrangement_id=first, reason="调往外地"))
    second = arrange(claims, wish, member)
    claims.ask(EndVisits(by=WORKER, arrangement_id=second))
    with pytest.raises(IllegalMove):
        claims.ask(EndVisits(by=WORKER, arrangement_id=second))
    assert [how for how, _ in steps(claims)] == ["arranged", "left", "arranged", "ended"]
    assert {visit.state for visit in visits(claims, member)} == {"cancelled"}
    ended = claims.ask(ListArrangements(by=WORKER, below=COMMUNITY_PATH, state="ended")).items
    assert [one.reason for one in ended] == ["", "调往外地"]


def test_visits_are_arranged_with_members_on_wishes_that_are_wanted(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    with pytest.raises(VisitorUnavailable):
        arrange(claims, wish, new_id())
    with pytest.raises(VisitorUnavailable):
        claims.ask(
            ArrangeVisits(
                by=WORKER,
                wish_id=wish.wish_id,
                member_id=member,
                team_id=new_id(),
                rhythm=Rhythm.WEEKLY,
                starts_on=MONDAY,
            )
        )
    for day in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=367)):
        with pytest.raises(UnusableDay):
            arrange(claims, wish, member, starts_on=day)
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    with pytest.raises(NoLongerOffered):
        arrange(claims, wish, member)
    with pytest.raises(UnknownOffer):
        claims.ask(
            ArrangeVisits(
                by=WORKER, wish_id=new_id(), member_id=member, rhythm=Rhythm.WEEKLY, starts_on=MONDAY
            )
        )


def test_visits_are_for_their_visitor_and_the_workers_of_the_place(claims: ClaimsAtHand) -> None:
    member, stranger = claims.some_members(2)
    wish = claims.a_released_wish()
    with pytest.raises(NotPermitted):
        arrange(claims, wish, member, by=ELSEWHERE)
    arrangement = arrange(claims, wish, member)
    (visit,) = visits(claims, member)
    with pytest.raises(UnknownVisit):
        claims.ask(RecordVisit(by=as_member(stranger), visit_id=visit.id, done_on=MONDAY))
    with pytest.raises(SignInNeeded):
        claims.ask(RecordVisit(by=ANYONE, visit_id=visit.id, done_on=MONDAY))
    with pytest.raises(UnknownArrangement):
        claims.ask(LeaveVisits(by=as_member(stranger), arrangement_id=arrangement))
    with pytest.raises(SignInNeeded):
        claims.ask(LeaveVisits(by=ANYONE, arrangement_id=arrangement))
    with pytest.raises(NotPermitted):
        claims.ask(EndVisits(by=ELSEWHERE, arrangement_id=arrangement))
    for query in (ListVisits, ListArrangements):
        with pytest.raises(NotPermitted):
            claims.ask(query(by=ELSEWHERE, below=COMMUNITY_PATH))
        with pytest.raises(UnknownState):
            claims.ask(query(by=WORKER, below=COMMUNITY_PATH, state="lost"))
    assert [one.id for one in claims.ask(ListVisits(by=WORKER, below=COMMUNITY_PATH)).items] == [visit.id]


def test_whoever_is_of_the_team_finds_its_visits_and_makes_them(claims: ClaimsAtHand) -> None:
    leader, helper, stranger = claims.some_members(3)
    team, wish = a_team(claims, leader, helper), claims.a_released_wish()
    arranged = ArrangeVisits(
        by=WORKER,
        wish_id=wish.wish_id,
        member_id=leader,
        team_id=team,
        rhythm=Rhythm.WEEKLY,
        starts_on=MONDAY,
    )
    claims.ask(arranged)
    (visit,) = visits(claims, helper)
    assert visit == visits(claims, leader)[0]
    assert visits(claims, stranger) == []
    claims.ask(RecordVisit(by=as_member(helper), visit_id=visit.id, done_on=MONDAY))
    assert [one.state for one in visits(claims, leader)] == ["planned", "done"]
