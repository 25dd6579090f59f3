"""Who is told of dispatches, rectifications, escalations, visits and projects."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimantKind,
    DispatchesMoved,
    Escalates,
    Escalation,
    EscalationsRaised,
    ProjectMoved,
    RectificationMove,
    RectificationsMoved,
    Rhythm,
    VisitMove,
    VisitsMoved,
)
from services.notify import usecases
from services.notify.channels import AddressKind
from tests.support.notify import COMMUNITY, NOON, STREET, House
from tests.support.notify_people import WISH, a_member, a_step, a_unit, an_account


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE})


def known(house: House) -> tuple[UUID, UUID]:
    """Let notify know a member, and a worker of their community."""
    member = a_member(house.seals)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    house.knows(members=[member], accounts=[worker])
    return member.id, worker.id


def titles(house: House, **who: Any) -> list[str]:
    return [title for title, _ in house.inbox(**who)]


def test_who_is_asked_hears_until_when_and_the_worker_what_came_of_it(house: House) -> None:
    member, worker = known(house)
    asked = a_step("proposed", member, worker, answer_by=NOON + timedelta(hours=4))
    declined = a_step("declined", member, worker, sealed_reason=house.seals.seal("出差在外"))
    nobody = a_step("exhausted", member, None)
    house.hear(DispatchesMoved(moves=[asked, declined, nobody]), usecases.tell_of_dispatches)
    ((title, text),) = house.inbox(member_id=member)
    assert title.startswith("急：")
    assert "16:00" in text
    told = house.inbox(account_id=worker)
    assert {title for title, _ in told} == {"被婉拒：“一床厚棉被”", "无人接单：“一床厚棉被”"}
    assert any("出差在外" in text for _, text in told)


def test_who_need_not_answer_any_more_is_told(house: House) -> None:
    member, worker = known(house)
    house.hear(DispatchesMoved(moves=[a_step("withdrawn", member, worker)]), usecases.tell_of_dispatches)
    assert titles(house, member_id=member) == ["“一床厚棉被”已另有安排"]
    assert titles(house, account_id=worker) == []


@pytest.mark.parametrize(
    ("how", "doer", "workers"), [("opened", 1, 1), ("remedied", 0, 1), ("overdue", 1, 1), ("done", 1, 0)]
)
def test_a_rectification_is_told_to_whom_it_is_up_to(house: House, how: str, doer: int, workers: int) -> None:
    member, worker = known(house)
    move = RectificationMove(
        **WISH,
        rectification_id=new_id(),
        claim_id=new_id(),
        wish_id=new_id(),
        member_id=member,
        how=how,
        due_on=date(2026, 11, 9),
    )
    house.hear(RectificationsMoved(moves=[move]), usecases.tell_of_rectifications)
    assert (len(titles(house, member_id=member)), len(titles(house, account_id=worker))) == (doer, workers)


def test_what_a_unit_has_to_put_right_is_told_to_the_unit(house: House) -> None:
    unit = a_unit(house.seals)
    house.knows(units=[unit])
    move = RectificationMove(
        **WISH,
        rectification_id=new_id(),
        claim_id=new_id(),
        wish_id=new_id(),
        member_id=None,
        claimant_kind=ClaimantKind.UNIT,
        claimant_id=unit.id,
        how="opened",
        due_on=date(2026, 11, 9),
    )
    house.hear(RectificationsMoved(moves=[move]), usecases.tell_of_rectifications)
    assert len(titles(house, unit_id=unit.id)) == 1


def test_what_is_stuck_is_told_to_the_officers_of_the_level_it_reached(house: House) -> None:
    _, worker = known(house)
    officer = an_account(house.seals, Role.OFFICER, STREET)
    house.knows(accounts=[officer])
    escalation = Escalation(
        escalation_id=new_id(),
        kind=Escalates.OFFER,
        subject_id=new_id(),
        title="一把轮椅",
        code="XY-1234",
        area_path=COMMUNITY,
        told_path=STREET,
        step=1,
        waited=2,
    )
    for _ in range(2):
        house.hear(
            EscalationsRaised(escalations=[escalation], event_id=escalation.subject_id),
            usecases.tell_of_escalations,
        )
    assert titles(house, account_id=officer.id) == ["请协调：“一把轮椅”发布2期仍有名额无人认领"]
    assert titles(house, account_id=worker) == []


@pytest.mark.parametrize(("how", "visitor", "workers"), [("due", 1, 0), ("missed", 1, 1), ("left", 0, 1)])
def test_a_visit_is_told_to_whom_it_concerns(house: House, how: str, visitor: int, workers: int) -> None:
    member, worker = known(house)
    move = VisitMove(
        **WISH,
        arrangement_id=new_id(),
        visit_id=new_id(),
        wish_id=new_id(),
        member_id=member,
        how=how,
        due_on=date(2026, 11, 3),
        rhythm=Rhythm.WEEKLY,
    )
    house.hear(VisitsMoved(moves=[move]), usecases.tell_of_visits)
    assert (len(titles(house, member_id=member)), len(titles(house, account_id=worker))) == (visitor, workers)


@pytest.mark.parametrize(
    ("how", "officers", "workers", "proposers", "units"),
    [
        ("proposed", 1, 0, 0, 0),
        ("sent_back", 0, 0, 1, 0),
        ("claimed", 0, 1, 1, 0),
        ("completed", 0, 1, 0, 0),
        ("not_accepted", 0, 0, 0, 1),
        ("signed_off", 0, 0, 1, 1),
        ("left", 0, 1, 1, 1),
        ("withdrawn", 0, 0, 1, 1),
    ],
)
def test_a_project_is_told_to_those_whose_turn_it_is(
    house: House, how: str, officers: int, workers: int, proposers: int, units: int
) -> None:
    _, worker = known(house)
    officer = an_account(house.seals, Role.OFFICER, STREET)
    proposer, unit = a_unit(house.seals), a_unit(house.seals)
    house.knows(accounts=[officer], units=[proposer, unit])
    event = ProjectMoved(
        project_id=new_id(),
        code="PABCDEFG",
        title="扶您上下楼",
        area_path=COMMUNITY,
        how=how,
        unit_ids=[unit.id],
        proposer_id=None,
        proposer_unit_id=proposer.id,
    )
    house.hear(event, usecases.tell_of_project)
    told = [
        titles(house, account_id=officer.id),
        titles(house, account_id=worker),
        titles(house, unit_id=proposer.id),
        titles(house, unit_id=unit.id),
    ]
    assert [len(items) for items in told] == [officers, workers, proposers, units]
