"""Who hears of corrections, proposals, private notices and reminders, and that nobody else does."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.points.contracts import (
    CorrectionProposed,
    DutyKind,
    FeedbackUnanswered,
    NominationDecided,
    NoticeDecided,
    NoticeObjected,
    NoticeSent,
    NoticesSent,
    OutstandingNominated,
    PointsCorrected,
    UnansweredReport,
)
from tests.support.notify import COMMUNITY, STREET, House
from tests.support.notify_people import a_member, a_unit, an_account


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """Notify with SMS and e-mail set up."""
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL})


def a_notice(kind: DutyKind, subject_id: UUID, area_path: str = COMMUNITY) -> NoticeSent:
    return NoticeSent(
        notice_id=new_id(),
        kind=kind,
        subject_id=subject_id,
        area_path=area_path,
        year=2026,
        required=1,
        done=0,
    )


def test_a_correction_is_told_to_the_member_with_its_reason(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    corrected = PointsCorrected(
        correction_id=new_id(),
        entry_id=new_id(),
        corrects_id=new_id(),
        member_id=member.id,
        community_id=new_id(),
        area_path=COMMUNITY,
        title="一床厚棉被",
        year=2026,
        points=-2,
        balance=18,
        sealed_reason=house.seals.seal("王淑珍的一件事记了两次"),
    )
    assert house.hear(corrected, usecases.tell_of_corrected_points)
    assert not house.hear(corrected, usecases.tell_of_corrected_points)
    ((title, body),) = house.inbox(member_id=member.id)
    assert title == "2026年积分更正"
    assert "减少了2分" in body
    assert "王淑珍的一件事记了两次" in body
    assert "记了两次" not in house.dump()


def test_what_waits_for_a_decision_is_told_to_the_nearest_officers(house: House) -> None:
    officer, worker = (
        an_account(house.seals, role, place)
        for role, place in ((Role.OFFICER, STREET), (Role.COMMUNITY_WORKER, COMMUNITY))
    )
    house.knows(accounts=[officer, worker])
    proposed = CorrectionProposed(correction_id=new_id(), area_path=COMMUNITY, title="一床厚棉被", points=2)
    nominated = OutstandingNominated(
        nomination_id=new_id(), area_path=STREET, community_name="人民社区", year=2026
    )
    objected = NoticeObjected(notice_id=new_id(), officers_path=COMMUNITY, year=2026)
    house.hear(proposed, usecases.tell_of_proposed_correction)
    house.hear(nominated, usecases.tell_of_outstanding)
    house.hear(objected, usecases.tell_of_objection)
    titles = {title for title, _ in house.inbox(account_id=officer.id)}
    assert titles == {"积分更正待审核", "人民社区推荐表彰", "提醒函异议待核实"}
    assert house.inbox(account_id=worker.id) == []


@pytest.mark.parametrize(("is_approved", "told"), [(True, 1), (False, 0)])
def test_a_commendation_is_told_to_the_honoured_and_a_no_to_the_proposer_alone(
    is_approved: bool, told: int, house: House
) -> None:
    member, unit = a_member(house.seals), a_unit(house.seals)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    house.knows(members=[member], units=[unit], accounts=[worker])
    decided: dict[str, Any] = {"member_id": member.id, "unit_id": unit.id, "area_path": COMMUNITY}
    for proposed_by in (str(worker.id), "console"):
        event = NominationDecided(
            **decided, nomination_id=new_id(), year=2026, is_approved=is_approved, proposed_by=proposed_by
        )
        house.hear(event, usecases.tell_of_nomination)
    assert len(house.inbox(account_id=worker.id)) == 1
    assert len(house.inbox(member_id=member.id)) == 2 * told
    to_unit = house.inbox(account_id=new_id(), unit_id=unit.id)
    assert len(to_unit) == 2 * told
    assert not any("王" in body for _, body in to_unit)


def test_a_notice_reaches_the_one_concerned_and_nobody_else(house: House) -> None:
    member, colleague, unit = a_member(house.seals), a_member(house.seals), a_unit(house.seals)
    officer = an_account(house.seals, Role.OFFICER, STREET)
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    house.knows(members=[member, colleague], units=[unit], accounts=[officer, worker])

    house.hear(NoticesSent(notices=[a_notice(DutyKind.MEMBER_WISHES, member.id)]), usecases.tell_of_notices)
    ((title, body),) = house.inbox(member_id=member.id)
    assert title == "2026年度提醒函"
    assert "领办微心愿0个" in body
    assert [topic for topic, _, _ in house.told()] == ["notice_sent"]

    others = NoticesSent(
        notices=[
            a_notice(DutyKind.UNIT_PROJECTS, unit.id, STREET),
            a_notice(DutyKind.STREET_WISHES, new_id(), STREET),
        ]
    )
    house.hear(others, usecases.tell_of_notices)
    ((_, body),) = house.inbox(account_id=new_id(), unit_id=unit.id)
    assert "领办微项目" in body
    ((_, body),) = house.inbox(account_id=officer.id)
    assert "上报微心愿" in body
    assert house.inbox(account_id=worker.id) == house.inbox(member_id=colleague.id) == []


@pytest.mark.parametrize(("is_withdrawn", "said"), [(True, "已撤回"), (False, "维持")])
def test_the_one_concerned_hears_what_became_of_a_notice(is_withdrawn: bool, said: str, house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    decided = NoticeDecided(
        notice_id=new_id(),
        kind=DutyKind.MEMBER_WISHES,
        subject_id=member.id,
        area_path=COMMUNITY,
        year=2026,
        is_withdrawn=is_withdrawn,
        sealed_reason=house.seals.seal("全年住院"),
    )
    house.hear(decided, usecases.tell_of_decided_notice)
    ((title, body),) = house.inbox(member_id=member.id)
    assert said in title
    assert "全年住院" in body


def test_units_are_reminded_of_their_reports(house: House) -> None:
    units = [a_unit(house.seals, path=f"/u{number}/") for number in range(2)]
    house.knows(units=units)
    reports = [
        UnansweredReport(report_id=new_id(), unit_id=unit.id, period="2026H2", is_received=is_received)
        for unit, is_received in zip(units, (True, False), strict=True)
    ]
    house.hear(FeedbackUnanswered(reports=reports), usecases.tell_of_unanswered_feedback)
    titles = [house.inbox(account_id=new_id(), unit_id=unit.id)[0][0] for unit in units]
    assert titles == ["2026年下半年双向反馈尚未回复", "2026年下半年双向反馈尚未签收"]
