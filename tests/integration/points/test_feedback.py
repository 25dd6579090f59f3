"""The half-yearly feedback to units and their replies, on a real database."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.chassis import audit
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Sealed, new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.directory.contracts import (
    AreaCopy,
    UnitCopy,
)
from services.points import queries, usecases
from services.points.contracts import (
    AcknowledgeFeedback,
    AlreadyReplied,
    CirculationWay,
    DutyKind,
    FeedbackList,
    ListFeedback,
    MyFeedback,
    RecordCirculation,
    ReplyMissing,
    SetDuty,
    TooManyCirculations,
    UnknownReport,
    UnusableDay,
    UnusableReason,
    UnusableReply,
)
from services.points.models import Base
from services.scheduler.contracts import RemindersDue
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


def test_the_unit_hears_of_all_who_took_a_wish_on_together(points: Points, community: AreaCopy) -> None:
    unit, claim_id = a_unit(), new_id()
    points.know_units(unit)
    first, second = points.member_of(unit, "赵一"), points.member_of(unit, "钱二")
    people = (first.id, second.id)
    points.hear(claims_made(first.id, [claim_id], people=people), usecases.note_claims)
    points.confirm(community.id, first.id, claim_id=claim_id, people=people)
    points.hear(SECOND_HALF, usecases.issue_feedback)
    report = points.get_feedback(points.report(unit), officer_of(unit))
    lines = [(line.name, line.claimed, line.fulfilled, line.points) for line in report.lines]
    assert sorted(lines) == [("赵一", 1, 1, 5), ("钱二", 1, 1, 5)]
    assert (report.taking_part, report.fulfilled) == (2, 2)


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


# -- circulation inside the unit, and the reminder


def circulate(points: Points, report_id: UUID, by: Actor, on: date, note: str = "") -> None:
    command = RecordCirculation(
        by=by, report_id=report_id, how=CirculationWay.MEETING, circulated_on=on, note=note
    )
    points.workshop.run(command, usecases.record_circulation)


def remind(points: Points, on: date) -> list[dict[str, Any]]:
    points.hear(RemindersDue(on=on), usecases.remind_of_feedback)
    return [report for event in points.told("feedback_unanswered.v1") for report in event["reports"]]


def test_a_unit_records_how_it_circulated_its_report(
    points: Points, two_units: tuple[UnitCopy, UnitCopy], simulated_clock: SimulatedClock
) -> None:
    water, school = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    officer, report_id = officer_of(water), points.report(water)
    simulated_clock.set(datetime(2026, 11, 9, 4, tzinfo=UTC))
    circulate(points, report_id, officer, date(2026, 11, 9), "赵一受表扬")
    report = points.get_feedback(report_id, officer)
    (noted,) = report.circulations
    assert (noted.how, noted.circulated_on, noted.note, noted.recorded_by) == (
        CirculationWay.MEETING,
        date(2026, 11, 9),
        "赵一受表扬",
        str(officer.account_id),
    )
    assert report.received_at is not None
    assert "赵一" not in str(points.rows("SELECT * FROM points.feedback_circulation"))
    for day in (date(2026, 11, 1), date(2026, 11, 10)):
        with pytest.raises(UnusableDay):
            circulate(points, report_id, officer, day)
    with pytest.raises(UnusableReason):
        circulate(points, report_id, officer, date(2026, 11, 9), "好" * 501)
    for stranger, refusal in (
        (officer_of(school), UnknownReport),
        (OFFICER, NotPermitted),
        (ANYONE, SignInNeeded),
    ):
        with pytest.raises(refusal):
            circulate(points, report_id, stranger, date(2026, 11, 9))


def test_circulations_are_noted_a_few_times_not_without_end(
    points: Points, two_units: tuple[UnitCopy, UnitCopy]
) -> None:
    water, _ = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    report_id = points.report(water)
    for _ in range(20):
        circulate(points, report_id, officer_of(water), date(2026, 11, 2))
    with pytest.raises(TooManyCirculations):
        circulate(points, report_id, officer_of(water), date(2026, 11, 2))


def test_units_that_have_not_answered_in_thirty_days_are_reminded_once(
    points: Points, two_units: tuple[UnitCopy, UnitCopy], simulated_clock: SimulatedClock
) -> None:
    water, school = two_units
    points.hear(SECOND_HALF, usecases.issue_feedback)
    acknowledge = AcknowledgeFeedback(by=officer_of(water), report_id=points.report(water))
    points.workshop.run(acknowledge, usecases.acknowledge_feedback)
    points.reply(points.report(school), officer_of(school), "已收悉")
    simulated_clock.set(datetime(2026, 12, 2, 3, tzinfo=UTC))
    assert remind(points, date(2026, 12, 2)) == []
    simulated_clock.set(datetime(2026, 12, 2, 4, tzinfo=UTC))
    (told,) = remind(points, date(2026, 12, 2))
    assert (told["unit_id"], told["period"], told["is_received"]) == (str(water.id), "2026H2", True)
    simulated_clock.set(datetime(2026, 12, 9, 4, tzinfo=UTC))
    assert len(remind(points, date(2026, 12, 9))) == 1
    assert points.get_feedback(points.report(water), officer_of(water)).reminded_at is not None


def test_the_days_of_reply_are_those_of_the_units_area(
    points: Points, two_units: tuple[UnitCopy, UnitCopy], simulated_clock: SimulatedClock
) -> None:
    street = an_area(STREET)
    points.know_areas(street)
    command = SetDuty(
        by=OFFICER, area_id=street.id, kind=DutyKind.REPLY_DAYS, number=10, valid_from=date(2026, 11, 2)
    )
    points.workshop.run(command, usecases.set_duty)
    points.hear(SECOND_HALF, usecases.issue_feedback)
    simulated_clock.set(datetime(2026, 11, 12, 4, tzinfo=UTC))
    assert len(remind(points, date(2026, 11, 12))) == 2
    simulated_clock.set(datetime(2027, 8, 1, 4, tzinfo=UTC))
    points.hear(RemindersDue(on=date(2027, 8, 1)), usecases.remind_of_feedback)
    assert len(points.told("feedback_unanswered.v1")) == 1
