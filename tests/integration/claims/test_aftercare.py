"""After a confirmation: call-backs by lot, what is wanting is put right, what is stuck is heard of above."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor
from services.claims.contracts import (
    ClaimantKind,
    ClaimForTeam,
    ClaimForUnit,
    ConfirmByResident,
    ConfirmFulfilment,
    DeliverClaim,
    DoerCannotConfirm,
    EscalationsRaised,
    GetOffer,
    ListCallBacks,
    ListEscalations,
    ListRectifications,
    ListSatisfactionLevels,
    MyRectifications,
    RecordCallBack,
    RectificationsMoved,
    ReportRectified,
    SettleRectification,
    UnknownCallBack,
    UnknownOutcome,
    UnknownRectification,
    UnknownState,
    UnusableSatisfaction,
    WantingReasonNeeded,
)
from services.claims.domain import is_drawn
from tests.support.claims import (
    COMMUNITY_PATH,
    CONFIRMATION_CODE,
    ClaimsAtHand,
    as_member,
    as_worker,
    later,
)
from tests.support.collective import SOMEBODY, a_team, a_unit
from tests.support.collective import as_officer as as_unit_officer
from tests.support.programme import ELSEWHERE, STREET_PATH, WORKER, as_officer, remind

TODAY = date(2026, 11, 2)


def confirmed(claims: ClaimsAtHand, satisfaction: int | None) -> tuple[UUID, UUID]:
    """Return a claim that a worker confirmed so, and its member."""
    wish, member = claims.a_released_wish(), claims.a_member()
    claim_id = claims.claim(member, wish).claim_id
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=claim_id, satisfaction=satisfaction))
    return claim_id, member


def put_right(claims: ClaimsAtHand) -> UUID:
    """Return the only rectification."""
    found: UUID = claims.row("SELECT id FROM claims.rectification").id
    return found


def steps(claims: ClaimsAtHand) -> list[str]:
    """Return what was told of rectifications, in order."""
    return [move.how for event in claims.told(RectificationsMoved) for move in event.moves]


def test_satisfaction_has_five_words_in_both_languages(claims: ClaimsAtHand) -> None:
    levels = claims.ask(ListSatisfactionLevels(by=ANYONE)).levels
    assert [level.level for level in levels] == [5, 4, 3, 2, 1]
    assert (levels[0].zh, levels[3].zh) == ("非常满意", "不满意")


# -- call-backs


def test_a_share_of_claims_is_drawn_by_their_ids_alone() -> None:
    ids = [new_id() for _ in range(4000)]
    drawn = [claim_id for claim_id in ids if is_drawn(claim_id, 10)]
    assert 300 < len(drawn) < 500
    assert drawn == [claim_id for claim_id in ids if is_drawn(claim_id, 10)]
    assert set(drawn) <= {claim_id for claim_id in ids if is_drawn(claim_id, 20)}
    assert not any(is_drawn(claim_id, 0) for claim_id in ids)
    assert all(is_drawn(claim_id, 100) for claim_id in ids)


def test_who_is_drawn_is_called_back_and_the_outcome_kept(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=100)
    claim_id, _ = confirmed(claims, 5)
    (drawn,) = claims.ask(ListCallBacks(by=WORKER, below=COMMUNITY_PATH, state="drawn")).items
    assert drawn.claim_id == claim_id
    claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="unreached"))
    claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="satisfied", satisfaction=4, note="谢谢"))
    (called,) = claims.ask(ListCallBacks(by=WORKER, below=COMMUNITY_PATH)).items
    assert (called.state, called.satisfaction, called.note) == ("satisfied", 4, "谢谢")
    with pytest.raises(IllegalMove):
        claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="satisfied"))
    assert steps(claims) == []


def test_a_call_back_that_finds_it_wanting_says_what_and_starts_the_clock(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=100, rectification_days=5)
    claim_id, member = confirmed(claims, None)
    with pytest.raises(WantingReasonNeeded):
        claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="wanting"))
    claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="satisfied", satisfaction=2, note="坏了"))
    (told,) = [move for event in claims.told(RectificationsMoved) for move in event.moves]
    assert (told.how, told.member_id, told.due_on) == ("opened", member, TODAY + timedelta(days=5))
    (mine,) = claims.ask(MyRectifications(by=as_member(member))).items
    assert (mine.state, mine.reason) == ("open", "坏了")


def test_nobody_is_drawn_where_the_share_is_nothing(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=0)
    claim_id, _ = confirmed(claims, 5)
    with pytest.raises(UnknownCallBack):
        claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="satisfied"))


def test_a_call_back_is_for_a_second_person_of_the_place(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=100)
    claim_id, member = confirmed(claims, 5)
    with pytest.raises(UnknownOutcome):
        claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="happy"))
    with pytest.raises(UnusableSatisfaction):
        claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome="satisfied", satisfaction=6))
    with pytest.raises(DoerCannotConfirm):
        claims.ask(RecordCallBack(by=as_worker(member_id=member), claim_id=claim_id, outcome="satisfied"))
    with pytest.raises(NotPermitted):
        claims.ask(RecordCallBack(by=ELSEWHERE, claim_id=claim_id, outcome="satisfied"))
    with pytest.raises(NotPermitted):
        claims.ask(ListCallBacks(by=ELSEWHERE, below=COMMUNITY_PATH))
    with pytest.raises(UnknownState):
        claims.ask(ListCallBacks(by=WORKER, below=COMMUNITY_PATH, state="lost"))


# -- rectification


def test_what_a_resident_finds_wanting_is_put_right_and_closed_by_a_second_person(
    claims: ClaimsAtHand,
) -> None:
    wish, member = claims.a_released_wish(), claims.a_member()
    claim_id = claims.claim(member, wish).claim_id
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claim_id))
    claims.ask(ConfirmByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE, satisfaction=2))
    found = put_right(claims)
    claims.ask(ReportRectified(by=as_member(member), rectification_id=found, note="换了新的"))
    with pytest.raises(DoerCannotConfirm):
        claims.ask(
            SettleRectification(by=as_worker(member_id=member), rectification_id=found, is_put_right=True)
        )
    with pytest.raises(WantingReasonNeeded):
        claims.ask(SettleRectification(by=WORKER, rectification_id=found, is_put_right=False))
    claims.ask(
        SettleRectification(by=WORKER, rectification_id=found, is_put_right=False, reason="还是不合适")
    )
    claims.ask(ReportRectified(by=as_member(member), rectification_id=found))
    claims.ask(SettleRectification(by=WORKER, rectification_id=found, is_put_right=True))
    assert steps(claims) == ["opened", "remedied", "reopened", "remedied", "done"]
    (listed,) = claims.ask(ListRectifications(by=WORKER, below=COMMUNITY_PATH, state="done")).items
    assert listed.closed_at is not None


def test_a_rectification_past_its_day_is_told_once_and_then_level_by_level(claims: ClaimsAtHand) -> None:
    confirmed(claims, 1)
    due_on = TODAY + timedelta(days=7)
    remind(claims, due_on)
    assert steps(claims) == ["opened"]
    for days in range(1, 10):
        remind(claims, due_on + timedelta(days=days))
    assert steps(claims) == ["opened", "overdue"]
    raised = [one for event in claims.told(EscalationsRaised) for one in event.escalations]
    assert [(one.kind, one.step, one.told_path) for one in raised] == [
        ("rectification", 1, "/city/east/main-street/"),
        ("rectification", 2, "/city/east/"),
    ]


def test_a_rectification_is_for_its_doer_and_the_workers_of_its_place(claims: ClaimsAtHand) -> None:
    confirmed(claims, 1)
    found = put_right(claims)
    for stranger in (as_member(claims.a_member()), WORKER):
        with pytest.raises(UnknownRectification):
            claims.ask(ReportRectified(by=stranger, rectification_id=found))
    with pytest.raises(SignInNeeded):
        claims.ask(ReportRectified(by=ANYONE, rectification_id=found))
    with pytest.raises(NotPermitted):
        claims.ask(SettleRectification(by=ELSEWHERE, rectification_id=found, is_put_right=True))
    with pytest.raises(UnknownRectification):
        claims.ask(SettleRectification(by=WORKER, rectification_id=new_id(), is_put_right=True))
    with pytest.raises(NotPermitted):
        claims.ask(ListRectifications(by=ELSEWHERE, below=COMMUNITY_PATH))
    with pytest.raises(UnknownState):
        claims.ask(ListRectifications(by=WORKER, below=COMMUNITY_PATH, state="lost"))


def test_what_a_unit_has_to_put_right_reaches_the_unit_and_its_officer(claims: ClaimsAtHand) -> None:
    unit, wish = a_unit(claims), claims.a_released_wish()
    by, employee = as_unit_officer(unit), Actor(member_id=claims.a_member(), unit_id=unit)
    claim_id = claims.ask(ClaimForUnit(by=by, wish_id=wish.wish_id, unit_id=unit, named=SOMEBODY)).claim_id
    claims.ask(DeliverClaim(by=by, claim_id=claim_id))
    claims.ask(ConfirmByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE, satisfaction=2))
    (mine,) = claims.ask(MyRectifications(by=by)).items
    assert (mine.claim_id, mine.state) == (claim_id, "open")
    assert claims.ask(MyRectifications(by=employee)).items == []
    remind(claims, mine.due_on + timedelta(days=1))
    claims.ask(ReportRectified(by=by, rectification_id=mine.id, note="换了新的"))
    told = [move for event in claims.told(RectificationsMoved) for move in event.moves]
    assert [move.how for move in told] == ["opened", "overdue", "remedied"]
    assert {(move.claimant_kind, move.claimant_id) for move in told} == {(ClaimantKind.UNIT, unit)}


def test_whoever_is_of_a_team_finds_what_the_team_has_to_put_right(claims: ClaimsAtHand) -> None:
    leader, helper = claims.some_members(2)
    team, wish = a_team(claims, leader, helper), claims.a_released_wish()
    claim_id = claims.ask(ClaimForTeam(by=as_member(helper), wish_id=wish.wish_id, team_id=team)).claim_id
    claims.ask(DeliverClaim(by=as_member(helper), claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=claim_id, satisfaction=1))
    for one in (leader, helper):
        assert [item.claim_id for item in claims.ask(MyRectifications(by=as_member(one))).items] == [claim_id]


# -- aging and escalation


def test_an_offer_that_nobody_claims_ages_and_is_heard_of_above_once_a_level(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    wish = claims.a_released_wish()
    remind(claims, date(2027, 1, 1))
    assert claims.told(EscalationsRaised) == []
    for _ in range(2):
        remind(claims, date(2027, 1, 2))
    (first,) = claims.ask(ListEscalations(by=as_officer(), below=STREET_PATH)).items
    assert (first.kind, first.subject_id, first.step) == ("offer", wish.wish_id, 1)
    remind(claims, date(2027, 6, 2))
    assert len(claims.ask(ListEscalations(by=as_officer(), below=STREET_PATH)).items) == 2
    later(simulated_clock, days=61)
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).months_on_board == 2


def test_a_place_that_somebody_keeps_is_not_stuck(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(service_days=200)
    claims.claim(claims.a_member(), wish)
    remind(claims, date(2027, 3, 2))
    assert claims.told(EscalationsRaised) == []


def test_an_overdue_claim_is_heard_of_above_where_it_does_not_lapse_before(claims: ClaimsAtHand) -> None:
    claims.settle_area(lapse_after_days=30, escalation_days=4)
    due_on = claims.claim(claims.a_member(), claims.a_released_wish()).due_on
    for days in (1, 3, 4, 5, 8, 9, 20):
        remind(claims, due_on + timedelta(days=days))
    raised = [one for event in claims.told(EscalationsRaised) for one in event.escalations]
    assert [(one.kind, one.step, one.waited) for one in raised] == [("claim", 1, 4), ("claim", 2, 8)]


def test_a_delivery_that_nobody_confirms_is_heard_of_above(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    claims.settle_area(escalation_days=4)
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish(service_days=200))
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id))
    today = simulated_clock.now().date()
    for days in (3, 4, 5):
        remind(claims, today + timedelta(days=days))
    (told,) = (one for event in claims.told(EscalationsRaised) for one in event.escalations)
    assert (told.kind, told.subject_id, told.waited) == ("delivery", claimed.claim_id, 4)


def test_escalations_are_for_those_who_see_the_ledger(claims: ClaimsAtHand) -> None:
    with pytest.raises(NotPermitted):
        claims.ask(ListEscalations(by=ELSEWHERE, below=STREET_PATH))
    with pytest.raises(SignInNeeded):
        claims.ask(ListEscalations(by=ANYONE, below=STREET_PATH))
