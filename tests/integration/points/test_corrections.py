"""Corrections: one proposes, another decides, the ledger only grows and thresholds are recognised once."""

import threading
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, Refusal, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.console.invariants import QUERIES
from services.directory.contracts import AreaCopy
from services.points import queries, usecases
from services.points.contracts import (
    ApproveCorrection,
    CorrectionPending,
    CorrectionState,
    EntryIsCorrection,
    EntryView,
    ListCorrections,
    OwnMatter,
    ProposeCorrection,
    ReasonMissing,
    RejectCorrection,
    SecondPersonNeeded,
    UnknownCorrection,
    UnknownEntry,
    UnusableCorrection,
    UnusableReason,
)
from services.wishes.contracts import Urgency
from tests.support.points import COMMUNITY, OFFICER, TODAY, Points, an_area

WORKER = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
GRID = Actor(account_id=new_id(), grants=(Grant(Role.GRID_WORKER, COMMUNITY),))
ELSEWHERE = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, "/zhoukou/shangshui/"),))


def propose(
    points: Points, entry_id: UUID, change: int, by: Actor = WORKER, reason: str = "多记了一次"
) -> UUID:
    command = ProposeCorrection(by=by, entry_id=entry_id, points=change, reason=reason)
    correction_id = points.workshop.run(command, usecases.propose_correction).id
    assert correction_id is not None
    return correction_id


def approve(points: Points, correction_id: UUID, by: Actor = OFFICER) -> None:
    command = ApproveCorrection(by=by, correction_id=correction_id)
    points.workshop.run(command, usecases.approve_correction)


def reject(points: Points, correction_id: UUID, by: Actor = OFFICER, reason: str = "没有多记") -> None:
    command = RejectCorrection(by=by, correction_id=correction_id, reason=reason)
    points.workshop.run(command, usecases.reject_correction)


def listed(points: Points, by: Actor = WORKER, **asked: Any) -> list[Any]:
    query = ListCorrections(by=by, below=COMMUNITY, **asked)
    items: list[Any] = points.workshop.read(query, queries.list_corrections).items
    return items


def a_deed(points: Points, community: AreaCopy, member: UUID | None = None) -> EntryView:
    points.confirm(community.id, member or new_id())
    return points.entries().items[0]


def test_a_correction_is_entered_when_somebody_else_approves_it(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    correction_id = propose(points, entry.id, -2)
    assert points.card(entry.member_id).points == 5
    approve(points, correction_id)
    card = points.card(entry.member_id)
    assert (card.points, [each.points for each in card.entries]) == (3, [-2, 5])
    assert card.entries[0].corrects_id == entry.id
    assert (card.entries[0].deed, card.entries[0].title) == (entry.deed, entry.title)
    (told,) = points.told("points_corrected.v1")
    assert (told["member_id"], told["points"], told["balance"]) == (str(entry.member_id), -2, 3)
    assert points.workshop.seals.open(told["sealed_reason"]) == "多记了一次"
    (kept,) = listed(points)
    assert (kept.state, kept.proposed_by, kept.decided_by) == (
        CorrectionState.APPROVED,
        str(WORKER.account_id),
        str(OFFICER.account_id),
    )


def test_whoever_proposes_a_correction_does_not_decide_it(points: Points, community: AreaCopy) -> None:
    correction_id = propose(points, a_deed(points, community).id, -2, by=OFFICER)
    for decide in (approve, reject):
        with pytest.raises(SecondPersonNeeded):
            decide(points, correction_id, OFFICER)
    assert listed(points)[0].state is CorrectionState.PROPOSED
    assert points.told("points_corrected.v1") == []


def test_nobody_has_a_hand_in_their_own_points(points: Points, community: AreaCopy) -> None:
    member = new_id()
    own_worker = Actor(account_id=new_id(), member_id=member, grants=WORKER.grants)
    own_officer = Actor(account_id=new_id(), member_id=member, grants=OFFICER.grants)
    entry = a_deed(points, community, member)
    with pytest.raises(OwnMatter):
        propose(points, entry.id, 2, by=own_worker)
    correction_id = propose(points, entry.id, 2)
    with pytest.raises(OwnMatter):
        approve(points, correction_id, own_officer)


def test_a_correction_is_decided_once(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    correction_id = propose(points, entry.id, -2)
    reject(points, correction_id)
    for decide in (approve, reject):
        with pytest.raises(IllegalMove):
            decide(points, correction_id)
    assert points.card(entry.member_id).points == 5
    (kept,) = listed(points, state=CorrectionState.REJECTED)
    assert (kept.reason, kept.decision) == ("多记了一次", "没有多记")
    approve(points, propose(points, entry.id, 1))
    assert points.card(entry.member_id).points == 6


def test_one_correction_of_an_entry_waits_at_a_time(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    propose(points, entry.id, -2)
    with pytest.raises(CorrectionPending):
        propose(points, entry.id, -1)


@pytest.mark.parametrize("change", [0, -6, 96, 1000])
def test_a_deed_never_counts_less_than_nothing_or_more_than_the_most(
    change: int, points: Points, community: AreaCopy
) -> None:
    with pytest.raises(UnusableCorrection):
        propose(points, a_deed(points, community).id, change)


def test_corrections_of_one_deed_add_up_within_its_bounds(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    approve(points, propose(points, entry.id, -4))
    with pytest.raises(UnusableCorrection):
        propose(points, entry.id, -2)
    approve(points, propose(points, entry.id, 99))
    assert points.card(entry.member_id).points == 100


def test_a_correction_is_not_corrected_but_its_deed_is(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    approve(points, propose(points, entry.id, -2))
    with pytest.raises(EntryIsCorrection):
        propose(points, points.entries().items[0].id, 1)


@pytest.mark.parametrize(
    ("reason", "refusal"), [(" ", ReasonMissing), ("好" * 501, UnusableReason), ("好\x1b", UnusableReason)]
)
def test_a_correction_gives_its_reason(
    reason: str, refusal: type[Refusal], points: Points, community: AreaCopy
) -> None:
    entry = a_deed(points, community)
    with pytest.raises(refusal):
        propose(points, entry.id, 1, reason=reason)
    correction_id = propose(points, entry.id, 1)
    with pytest.raises(refusal):
        reject(points, correction_id, reason=reason)


def test_only_those_with_the_right_propose_decide_and_read(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    for caller, refusal in ((GRID, NotPermitted), (ELSEWHERE, NotPermitted), (ANYONE, SignInNeeded)):
        with pytest.raises(refusal):
            propose(points, entry.id, 1, by=caller)
        with pytest.raises(refusal):
            listed(points, by=caller)
    correction_id = propose(points, entry.id, 1)
    for caller, refusal in ((WORKER, NotPermitted), (ELSEWHERE, NotPermitted), (ANYONE, SignInNeeded)):
        with pytest.raises(refusal):
            approve(points, correction_id, caller)
        with pytest.raises(refusal):
            reject(points, correction_id, caller)
    with pytest.raises(UnknownEntry):
        propose(points, new_id(), 1)
    with pytest.raises(UnknownCorrection):
        approve(points, new_id())


def test_what_was_recognised_stays_and_what_is_newly_reached_is_recognised_once(
    points: Points, community: AreaCopy
) -> None:
    member = new_id()
    entries = [a_deed(points, community, member) for _ in range(4)]
    assert points.thresholds_told() == ["letter"]
    approve(points, propose(points, entries[0].id, -5))
    approve(points, propose(points, entries[1].id, 10))
    approve(points, propose(points, entries[2].id, 30))
    assert points.card(member).points == 55
    assert points.thresholds_told() == ["letter", "star", "outstanding"]


def test_no_reason_rests_unsealed(points: Points, community: AreaCopy) -> None:
    reject(points, propose(points, a_deed(points, community).id, 1, reason="王小明说的"), reason="问过王小明")
    for table in ("correction", "outbox", "receipt", "audit"):
        assert "王小明" not in str(points.rows(f"SELECT * FROM points.{table}"))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deed"), st.booleans()),
        st.tuples(st.just("again"), st.integers(0, 20)),
        st.tuples(st.just("correct"), st.integers(0, 20), st.integers(-8, 40), st.booleans()),
    ),
    min_size=1,
    max_size=14,
)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_in_any_order_of_deeds_and_corrections_the_card_is_the_sum_and_thresholds_come_once(
    steps: list[tuple[Any, ...]], points: Points
) -> None:
    """RELIABILITY 4: balance = sum of entries, one entry per deed and rule; each threshold once."""
    area = an_area(f"/zhoukou/chuanhui/qiyi/{new_id()}/")
    points.know_areas(area)
    member, claims = new_id(), list[UUID]()
    balance, highest = 0, 0
    for step in steps:
        match step:
            case ("deed", bool(urgent)):
                claims.append(new_id())
                urgency = Urgency.URGENT if urgent else Urgency.ORDINARY
                points.confirm(area.id, member, claim_id=claims[-1], area_path=area.path, urgency=urgency)
                balance += 7 if urgent else 5
            case ("again", int(which)) if claims:
                points.confirm(area.id, member, claim_id=claims[which % len(claims)], area_path=area.path)
            case ("correct", int(which), int(change), bool(is_approved)) if claims:
                deeds = [entry for entry in points.card(member).entries if entry.corrects_id is None]
                try:
                    correction_id = propose(points, deeds[which % len(deeds)].id, change, by=OFFICER)
                except UnusableCorrection:
                    continue
                second = Actor(account_id=new_id(), grants=OFFICER.grants)
                (approve if is_approved else reject)(points, correction_id, second)
                balance += change if is_approved else 0
        highest = max(highest, balance)
    card = points.card(member)
    assert card.points == sum(entry.points for entry in card.entries) == balance >= 0
    told = Counter(
        event["threshold"]
        for event in points.told("threshold_reached.v1")
        if event["member_id"] == str(member)
    )
    marks = (("letter", 20), ("star", 30), ("outstanding", 50))
    assert told == {name: 1 for name, mark in marks if highest >= mark}


def test_a_rule_changed_meanwhile_does_not_touch_a_correction(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    correction_id = propose(points, entry.id, -1)
    points.set_rule(community, 50, TODAY)
    approve(points, correction_id)
    assert points.card(entry.member_id).points == 4


def test_a_correction_approved_by_many_at_once_is_entered_once(points: Points, community: AreaCopy) -> None:
    entry = a_deed(points, community)
    correction_id, outcomes = propose(points, entry.id, 45), list[str]()

    def try_to_approve() -> None:
        try:
            approve(points, correction_id, Actor(account_id=new_id(), grants=OFFICER.grants))
            outcomes.append("approved")
        except IllegalMove:
            outcomes.append("refused")

    approving = [threading.Thread(target=try_to_approve) for _ in range(5)]
    for thread in approving:
        thread.start()
    for thread in approving:
        thread.join()
    assert sorted(outcomes) == ["approved"] + ["refused"] * 4
    assert points.card(entry.member_id).points == 50
    assert sorted(points.thresholds_told()) == ["letter", "outstanding", "star"]


def test_the_operator_finds_nothing_wrong_with_corrections(points: Points, community: AreaCopy) -> None:
    member = new_id()
    entries = [a_deed(points, community, member) for _ in range(4)]
    approve(points, propose(points, entries[0].id, -5))
    looked_at = (
        "deeds entered twice",
        "corrections that nobody else approved",
        "recognitions not borne out by the ledger",
    )
    assert [points.rows(QUERIES["points_balance"][name]) for name in looked_at] == [[], [], []]
