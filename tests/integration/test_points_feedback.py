"""The half-yearly feedback to units and their replies, on a real database."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.chassis import audit
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Sealed, new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory.contracts import (
    AreaCopy,
    UnitCopy,
)
from services.points import queries, usecases
from services.points.contracts import (
    AcknowledgeFeedback,
    AlreadyReplied,
    FeedbackList,
    ListFeedback,
    MyFeedback,
    ReplyMissing,
    UnknownReport,
    UnusableReply,
)
from services.points.models import Base
from services.wishes.contracts import Urgency
from tests.support.points import (
    OFFICER,
    SECOND_HALF,
    STREET,
    Points,
    a_member,
    a_unit,
    an_area,
    claim_ended,
    claims_made,
    officer_of,
)


@pytest.fixture
def points(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Points:
    return Points(workshop_of("points"))


@pytest.fixture
def community(points: Points) -> AreaCopy:
    area = an_area()
    points.know_areas(area)
    return area


@pytest.fixture
def two_units(points: Points, community: AreaCopy) -> tuple[UnitCopy, UnitCopy]:
    """The water office, where one of two members took part, and the school, where one of one did."""
    water, school = a_unit("水务局"), a_unit("实验小学")
    points.know_units(water, school, a_unit("空单位"), a_unit("旧单位", is_active=False))
    active = points.member_of(water, "赵一")
    points.member_of(water, "钱二")
    points.know_members(a_member(points.workshop.seals.seal("孙三"), unit_id=water.id, is_active=False))
    claims = [new_id() for _ in range(4)]
    points.hear(claims_made(active.id, claims), usecases.note_claims)
    points.hear(claim_ended(active.id, claims[0], "undone"), usecases.note_ends)
    points.hear(claim_ended(active.id, claims[1], "lapsed"), usecases.note_ends)
    points.confirm(community.id, active.id, claim_id=claims[2], urgency=Urgency.URGENT)
    points.confirm(community.id, active.id, claim_id=claims[3])
    teacher = points.member_of(school, "李四")
    points.confirm(community.id, teacher.id)
    return water, school


def test_each_unit_hears_about_its_own_members_once(
    points: Points, two_units: tuple[UnitCopy, UnitCopy]
) -> None:
    water, school = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    points.hear(msgspec.structs.replace(SECOND_HALF, event_id=new_id()), usecases.issue_feedback)
    told = {event["unit_id"]: event for event in points.told("feedback_issued.v1")}
    assert len(points.told("feedback_issued.v1")) == 2
    assert told.keys() == {str(water.id), str(school.id)}
    figures = told[str(water.id)]
    assert (figures["members"], figures["taking_part"], figures["fulfilled"]) == (2, 1, 2)

    report = points.get_feedback(points.report(water), officer_of(water))
    lines = [(line.name, line.claimed, line.fulfilled, line.points) for line in report.lines]
    assert lines == [("赵一", 3, 2, 12), ("钱二", 0, 0, 0)]
    assert (report.unit_name, report.period, report.members) == ("水务局", "2026H2", 2)


def test_concurrent_announcements_of_a_half_year_issue_each_report_once(
    points: Points, two_units: tuple[UnitCopy, UnitCopy]
) -> None:
    events = [msgspec.structs.replace(SECOND_HALF, event_id=new_id()) for _ in range(5)]
    hearing = [
        threading.Thread(target=points.hear, args=(event, usecases.issue_feedback)) for event in events
    ]
    for thread in hearing:
        thread.start()
    for thread in hearing:
        thread.join()
    assert len(points.told("feedback_issued.v1")) == 2
    assert len(points.rows("SELECT 1 FROM points.feedback_line")) == 3


def test_only_the_days_of_the_half_year_count(points: Points, community: AreaCopy) -> None:
    unit = a_unit()
    points.know_units(unit)
    member = points.member_of(unit)
    begins_at, over_at = datetime(2026, 6, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    second = timedelta(seconds=1)
    for moment in (begins_at - second, begins_at, over_at - second, over_at):
        points.hear(claims_made(member.id, [new_id()], moment), usecases.note_claims)
        points.confirm(community.id, member.id, confirmed_at=moment)
    points.hear(SECOND_HALF, usecases.issue_feedback)
    (line,) = points.get_feedback(points.report(unit), officer_of(unit)).lines
    assert (line.claimed, line.fulfilled, line.points) == (2, 2, 10)


def test_the_end_of_a_claim_may_be_heard_before_its_beginning(points: Points) -> None:
    unit = a_unit()
    points.know_units(unit)
    member, claim = points.member_of(unit), new_id()
    points.hear(claim_ended(member.id, claim, "undone"), usecases.note_ends)
    points.hear(claims_made(member.id, [claim, new_id()]), usecases.note_claims)
    points.hear(SECOND_HALF, usecases.issue_feedback)
    (line,) = points.get_feedback(points.report(unit), officer_of(unit)).lines
    assert line.claimed == 1


def test_another_units_report_is_unknown(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, school = two_units
    parent = Actor(account_id=new_id(), grants=(Grant(Role.UNIT_OFFICER, "/"),))
    points.hear(SECOND_HALF, usecases.issue_feedback)
    report_id = points.report(water)
    for stranger in (officer_of(school), parent):
        with pytest.raises(UnknownReport):
            points.get_feedback(report_id, stranger)
        with pytest.raises(UnknownReport):
            points.reply(report_id, stranger, "已收悉")
        with pytest.raises(UnknownReport):
            points.workshop.run(
                AcknowledgeFeedback(by=stranger, report_id=report_id), usecases.acknowledge_feedback
            )
    for caller, refusal in ((OFFICER, NotPermitted), (ANYONE, SignInNeeded)):
        with pytest.raises(refusal):
            points.get_feedback(report_id, caller)
    assert points.told("feedback_answered.v1") == []


def test_every_look_at_names_is_recorded(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    officer, report_id = officer_of(water), points.report(water)
    for _ in range(2):
        points.get_feedback(report_id, officer)
    looks = points.rows("SELECT actor, action, subject FROM points.audit ORDER BY id")
    assert looks == [(str(officer.account_id), "read_feedback", str(report_id))] * 2
    with points.workshop.engine.connect() as connection:
        assert audit.first_broken_link(connection, Base.metadata, points.workshop.seals) is None


def test_no_name_or_reply_rests_unsealed(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    points.reply(points.report(water), officer_of(water), "赵一表现突出")
    for table in ("member", "feedback_report", "feedback_line", "outbox", "receipt"):
        kept = str(points.rows(f"SELECT * FROM points.{table}"))
        assert "赵一" not in kept, table


def test_a_unit_receives_and_replies_once(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    officer, report_id = officer_of(water), points.report(water)
    points.workshop.run(AcknowledgeFeedback(by=officer, report_id=report_id), usecases.acknowledge_feedback)
    received_at = points.get_feedback(report_id, officer).received_at
    for _ in range(2):  # the same click, repeated
        points.reply(report_id, officer, " 已收悉，已在单位内通报。\n", key="click-1")
    with pytest.raises(AlreadyReplied):
        points.reply(report_id, officer, "再说一句")
    report = points.get_feedback(report_id, officer)
    assert (report.reply, report.received_at) == ("已收悉，已在单位内通报。", received_at)
    (told,) = points.told("feedback_answered.v1")
    assert (told["report_id"], told["street_path"], told["period"]) == (str(report_id), STREET, "2026H2")


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [("", ReplyMissing), (" \n", ReplyMissing), ("好" * 2001, UnusableReply), ("好\x00", UnusableReply)],
)
def test_a_reply_that_says_nothing_or_too_much_is_refused(
    reply: str, refusal: type[Exception], points: Points, two_units: tuple[UnitCopy, UnitCopy]
) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    with pytest.raises(refusal):
        points.reply(points.report(water), officer_of(water), reply)


def test_two_replies_at_once_leave_one(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    report_id, outcomes = points.report(water), []

    def reply(words: str) -> None:
        try:
            points.reply(report_id, officer_of(water), words)
            outcomes.append("taken")
        except AlreadyReplied:
            outcomes.append("refused")

    replying = [threading.Thread(target=reply, args=(f"答复 {number}",)) for number in range(5)]
    for thread in replying:
        thread.start()
    for thread in replying:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 4 + ["taken"]
    assert len(points.told("feedback_answered.v1")) == 1


def test_officers_see_who_received_and_replied_but_no_names(
    points: Points, two_units: tuple[UnitCopy, UnitCopy]
) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    points.reply(points.report(water), officer_of(water), "已收悉")

    def listed(below: str, by: Actor = OFFICER, **changes: Any) -> FeedbackList:
        return points.workshop.read(ListFeedback(by=by, below=below, **changes), queries.list_feedback)

    reports = {report.unit_name: report for report in listed(STREET).items}
    assert (reports["水务局"].reply, reports["实验小学"].reply) == ("已收悉", None)
    assert all(report.lines == [] for report in reports.values())
    assert listed(STREET, period="2026H1").items == []
    assert listed("/zhoukou/shangshui/").items == []
    with pytest.raises(NotPermitted):
        listed(STREET, by=officer_of(water))


def test_a_unit_lists_its_own_reports(points: Points, two_units: tuple[UnitCopy, UnitCopy]) -> None:
    water, school = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    for unit in (water, school):
        listed = points.workshop.read(MyFeedback(by=officer_of(unit)), queries.my_feedback)
        assert [report.unit_id for report in listed.items] == [unit.id]


def test_three_thousand_units_have_their_reports_in_one_go(points: Points) -> None:
    units = [a_unit(f"单位{number}") for number in range(3000)]
    for start in range(0, len(units), 500):
        points.know_units(*units[start : start + 500])
        members = [a_member(Sealed("k1.sealed"), unit_id=unit.id) for unit in units[start : start + 500]]
        points.know_members(*members)
    points.hear(SECOND_HALF, usecases.issue_feedback)
    told = points.told("feedback_issued.v1")
    assert len({event["unit_id"] for event in told}) == len(told) == 3000
