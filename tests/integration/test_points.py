"""The ledger, thresholds and feedback on a real database."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from services.chassis import audit
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Event, Sealed, new_id
from services.chassis.refusals import Malformed, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory.contracts import (
    AreaCopy,
    AreasChanged,
    MemberCopy,
    MembersChanged,
    UnitCopy,
    UnitsChanged,
)
from services.points import queries, usecases
from services.points.contracts import (
    AcknowledgeFeedback,
    AlreadyReplied,
    Card,
    Deed,
    EntryList,
    FeedbackList,
    FeedbackReport,
    GetFeedback,
    ListEntries,
    ListFeedback,
    ListRecognitions,
    ListRules,
    MyCard,
    MyFeedback,
    ReplyMissing,
    ReplyToFeedback,
    RuleInThePast,
    RuleList,
    SetRule,
    Threshold,
    UnknownArea,
    UnknownReport,
    UnusablePoints,
    UnusableReply,
)
from services.points.models import Base
from services.scheduler.contracts import RecognitionDue
from services.wishes.contracts import Urgency, WishKind
from tests.support.points import (
    CITY,
    COMMUNITY,
    NOON,
    SECOND_HALF,
    STREET,
    a_fulfilment,
    a_member,
    a_unit,
    an_area,
    claim_ended,
    claims_made,
)

OFFICER = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, CITY),))
TODAY = date(2026, 11, 2)


class Points:
    """The workshop of points with the few things these tests do over and over."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def hear(self, event: Event, usecase: Callable[..., None]) -> bool:
        return self.workshop.once(event, usecase.__name__, usecase)

    def know_areas(self, *areas: AreaCopy) -> None:
        self.hear(AreasChanged(areas=list(areas)), usecases.note_areas)

    def know_units(self, *units: UnitCopy) -> None:
        self.hear(UnitsChanged(units=list(units)), usecases.note_units)

    def know_members(self, *members: MemberCopy) -> None:
        self.hear(MembersChanged(members=list(members)), usecases.note_members)

    def member_of(self, unit: UnitCopy, name: str = "王小明") -> MemberCopy:
        member = a_member(self.workshop.seals.seal(name), unit_id=unit.id)
        self.know_members(member)
        return member

    def confirm(self, community_id: UUID, member_id: UUID | None = None, **changes: Any) -> None:
        self.hear(a_fulfilment(community_id, member_id, **changes), usecases.enter_deeds)

    def rows(self, statement: str) -> list[Any]:
        with self.workshop.engine.connect() as connection:
            return list(connection.execute(text(statement)))

    def told(self, name: str) -> list[dict[str, Any]]:
        rows = self.rows(f"SELECT body FROM points.outbox WHERE name = '{name}' ORDER BY id")
        return [msgspec.json.decode(row.body) for row in rows]

    def thresholds_told(self) -> list[str]:
        return [event["threshold"] for event in self.told("threshold_reached.v1")]

    def set_rule(self, area: AreaCopy, points: int, valid_from: date, deed: Deed = Deed.GOODS_WISH) -> None:
        command = SetRule(by=OFFICER, area_id=area.id, deed=deed, points=points, valid_from=valid_from)
        self.workshop.run(command, usecases.set_rule)

    def card(self, member_id: UUID, year: int | None = None) -> Card:
        query = MyCard(by=Actor(member_id=member_id), year=year)
        return self.workshop.read(query, partial(queries.my_card, now=NOON))

    def entries(self, **changes: Any) -> EntryList:
        asked: dict[str, Any] = {"by": OFFICER, "below": CITY}
        query = ListEntries(**(asked | changes))
        return self.workshop.read(query, queries.list_entries)

    def report(self, unit: UnitCopy, period: str = "2026H2") -> UUID:
        found = self.rows(
            f"SELECT id FROM points.feedback_report WHERE unit_id = '{unit.id}' AND period = '{period}'"
        )
        (row,) = found
        return UUID(str(row.id))

    def get_feedback(self, report_id: UUID, by: Actor) -> FeedbackReport:
        query = GetFeedback(by=by, report_id=report_id)
        return self.workshop.read(query, partial(queries.get_feedback, now=NOON))

    def reply(self, report_id: UUID, by: Actor, reply: str, key: str | None = None) -> None:
        command = ReplyToFeedback(by=by, report_id=report_id, reply=reply, key=key)
        self.workshop.run(command, usecases.reply_to_feedback)


def officer_of(unit: UnitCopy) -> Actor:
    return Actor(account_id=new_id(), unit_id=unit.id, grants=(Grant(Role.UNIT_OFFICER, unit.path),))


@pytest.fixture
def points(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Points:
    return Points(workshop_of("points"))


@pytest.fixture
def community(points: Points) -> AreaCopy:
    area = an_area()
    points.know_areas(area)
    return area


# -- the ledger


@pytest.mark.parametrize(
    ("kind", "urgency", "entered"),
    [
        (WishKind.GOODS, Urgency.ORDINARY, {"goods_wish": 5}),
        (WishKind.SERVICE, Urgency.PRESSING, {"service_wish": 5}),
        (WishKind.SPIRIT, Urgency.URGENT, {"spirit_wish": 5, "urgent_wish": 2}),
    ],
)
def test_a_confirmed_wish_is_entered_deed_by_deed(
    kind: WishKind, urgency: Urgency, entered: dict[str, int], points: Points, community: AreaCopy
) -> None:
    points.confirm(community.id, kind=kind, urgency=urgency)
    assert {entry.deed.value: entry.points for entry in points.entries().items} == entered


def test_a_confirmation_heard_twice_is_entered_once(points: Points, community: AreaCopy) -> None:
    event = a_fulfilment(community.id)
    assert points.hear(event, usecases.enter_deeds)
    assert not points.hear(event, usecases.enter_deeds)
    points.hear(msgspec.structs.replace(event, event_id=new_id()), usecases.enter_deeds)
    assert len(points.entries().items) == 1


@pytest.mark.parametrize("table", ["entry", "rule"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points.{table} SET points = 99",
        "UPDATE points.{table} SET points = 99 WHERE false",
        "DELETE FROM points.{table}",
        "TRUNCATE points.{table} CASCADE",
        "SET session_replication_role = replica; DELETE FROM points.{table}",
        "INSERT INTO points.{table} SELECT * FROM points.{table} ON CONFLICT (id) DO UPDATE SET points = 99",
    ],
)
def test_the_ledger_and_its_rules_refuse_every_change(
    statement: str, table: str, points: Points, community: AreaCopy
) -> None:
    points.confirm(community.id)
    with pytest.raises(DBAPIError, match="only grows"), points.workshop.engine.begin() as connection:
        connection.execute(text(statement.format(table=table)))
    assert [entry.points for entry in points.entries().items] == [5]


def test_tables_made_from_the_models_refuse_changes_too(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA points CASCADE"))
        connection.execute(text("CREATE SCHEMA points"))
        Base.metadata.create_all(connection)
        assert connection.execute(text("SELECT count(*) FROM points.rule")).scalar_one() == 4
    with pytest.raises(DBAPIError, match="only grows"), engine.begin() as connection:
        connection.execute(text("DELETE FROM points.entry"))
    engine.dispose()


def test_a_confirmation_in_an_unknown_community_waits_for_it(points: Points) -> None:
    area = an_area()
    event = a_fulfilment(area.id)
    with pytest.raises(UnknownArea):
        points.hear(event, usecases.enter_deeds)
    points.know_areas(area)
    assert points.hear(event, usecases.enter_deeds)
    assert len(points.entries().items) == 1


def test_points_do_not_wait_for_the_register_of_members(points: Points, community: AreaCopy) -> None:
    member = new_id()
    for _ in range(4):
        points.confirm(community.id, member)
    (told,) = points.told("threshold_reached.v1")
    assert (told["member_id"], told["unit_id"]) == (str(member), None)


def test_the_last_hour_of_the_year_in_shanghai_belongs_to_the_old_card(
    points: Points, community: AreaCopy
) -> None:
    member = new_id()
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)
    points.confirm(community.id, member, confirmed_at=midnight - timedelta(seconds=1))
    points.confirm(community.id, member, confirmed_at=midnight, urgency=Urgency.URGENT)
    assert (points.card(member, 2026).points, points.card(member, 2027).points) == (5, 7)


# -- rules


def test_the_nearest_rule_counts_from_its_day_on(points: Points) -> None:
    city, community = an_area(CITY), an_area()
    points.know_areas(city, community)
    points.set_rule(city, 8, TODAY)
    points.set_rule(community, 3, TODAY + timedelta(days=5))
    expected = {
        TODAY - timedelta(days=1): 5,
        TODAY: 8,
        TODAY + timedelta(days=4): 8,
        TODAY + timedelta(days=5): 3,
    }
    for day, worth in expected.items():
        member = new_id()
        points.confirm(
            community.id, member, confirmed_at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        )
        assert points.card(member).points == worth, day


def test_a_rule_of_a_neighbour_counts_for_nothing(points: Points) -> None:
    community, neighbour = an_area(), an_area("/zhoukou/chuanhui/qiyi/renminlu/")
    points.know_areas(community, neighbour)
    points.set_rule(neighbour, 50, TODAY)
    points.confirm(community.id)
    assert [entry.points for entry in points.entries().items] == [5]


def test_the_rule_set_last_for_a_day_counts_and_entries_made_before_stay(
    points: Points, community: AreaCopy
) -> None:
    member = new_id()
    points.set_rule(community, 6, TODAY)
    points.confirm(community.id, member, confirmed_at=datetime(2026, 11, 2, 4, tzinfo=UTC))
    points.set_rule(community, 9, TODAY)
    points.confirm(community.id, member, confirmed_at=datetime(2026, 11, 2, 5, tzinfo=UTC))
    assert [entry.points for entry in points.card(member).entries] == [9, 6]


def test_rules_are_listed_the_nearest_first(points: Points) -> None:
    city, community = an_area(CITY), an_area()
    points.know_areas(city, community)
    points.set_rule(city, 8, TODAY)
    points.set_rule(community, 3, TODAY + timedelta(days=30))
    points.set_rule(community, 4, TODAY + timedelta(days=30))
    listed: RuleList = points.workshop.read(
        ListRules(area_id=community.id), partial(queries.list_rules, now=NOON - timedelta(days=5))
    )
    goods = [(rule.area_id, rule.points) for rule in listed.items if rule.deed is Deed.GOODS_WISH]
    assert goods == [(community.id, 4), (city.id, 8), (None, 5)]
    with pytest.raises(UnknownArea):
        points.workshop.read(ListRules(area_id=new_id()), partial(queries.list_rules, now=NOON))


@pytest.mark.parametrize(
    ("worth", "valid_from", "refusal"),
    [
        (-1, TODAY, UnusablePoints),
        (101, TODAY, UnusablePoints),
        (5, TODAY - timedelta(days=1), RuleInThePast),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    worth: int, valid_from: date, refusal: type[Exception], points: Points, community: AreaCopy
) -> None:
    with pytest.raises(refusal):
        points.set_rule(community, worth, valid_from)


def test_only_officers_of_the_area_set_its_rules(points: Points, community: AreaCopy) -> None:
    worker = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
    elsewhere = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, "/zhoukou/shangshui/"),))
    for caller, refusal in ((worker, NotPermitted), (elsewhere, NotPermitted), (ANYONE, SignInNeeded)):
        command = SetRule(by=caller, area_id=community.id, deed=Deed.GOODS_WISH, points=9, valid_from=TODAY)
        with pytest.raises(refusal):
            points.workshop.run(command, usecases.set_rule)


# -- cards


def test_a_card_is_the_sum_of_its_entries(points: Points) -> None:
    here, there = an_area(), an_area("/zhoukou/chuanhui/qiyi/xinhua/")
    points.know_areas(here, there)
    member = new_id()
    for _ in range(3):
        points.confirm(here.id, member)
    points.confirm(there.id, member, urgency=Urgency.URGENT)
    points.confirm(here.id, confirmed_at=NOON - timedelta(days=400))
    card = points.card(member)
    assert card.points == sum(entry.points for entry in card.entries) == 22
    assert [(each.community_id, each.points) for each in card.communities] == [(here.id, 15), (there.id, 7)]
    assert (card.next_threshold, card.points_missing) == (Threshold.LETTER, 5)
    assert points.thresholds_told() == []  # a threshold is reached in one community


def test_an_empty_card_shows_the_way_to_the_letter_of_the_home_community(points: Points) -> None:
    home = an_area(letter_points=12)
    points.know_areas(home)
    member = a_member(community_id=home.id)
    points.know_members(member)
    assert points.card(member.id).points_missing == 12
    assert points.card(new_id()).points_missing == 20


def test_a_card_is_shown_to_its_member_only(points: Points) -> None:
    for caller, refusal in ((ANYONE, SignInNeeded), (OFFICER, NotPermitted)):
        with pytest.raises(refusal):
            points.workshop.read(MyCard(by=caller), partial(queries.my_card, now=NOON))


def test_the_ledger_is_read_page_by_page_without_a_gap(points: Points, community: AreaCopy) -> None:
    member = new_id()
    for _ in range(7):
        points.confirm(community.id, member)
    points.confirm(community.id)
    seen, after = [], None
    while True:
        page = points.entries(limit=3, after=after, member_id=member)
        seen += [entry.id for entry in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)
    with pytest.raises(Malformed):
        points.entries(after="yesterday")


def test_officers_see_the_ledger_of_their_own_area_only(points: Points, community: AreaCopy) -> None:
    points.confirm(community.id)
    worker = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
    assert len(points.entries(by=worker, below=COMMUNITY).items) == 1
    assert points.entries(below="/zhoukou/shangshui/").items == []
    assert points.entries(below="/zhoukou/%/").items == []
    for below in (CITY, STREET, "/zhoukou/chuanhui/qiyi/renmi"):
        with pytest.raises(NotPermitted):
            points.entries(by=worker, below=below)


# -- thresholds


def test_each_threshold_is_told_once(points: Points, community: AreaCopy) -> None:
    unit = a_unit()
    member = points.member_of(unit)
    told = []
    for _ in range(12):
        points.confirm(community.id, member.id)
        told.append(len(points.thresholds_told()))
    assert told == [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert points.thresholds_told() == ["letter", "star", "outstanding"]
    first = points.told("threshold_reached.v1")[0]
    assert (first["unit_id"], first["year"], first["points"]) == (str(unit.id), 2026, 20)
    assert first["area_path"] == COMMUNITY


def test_a_leap_over_two_thresholds_reaches_both(points: Points, community: AreaCopy) -> None:
    points.set_rule(community, 35, TODAY)
    points.confirm(community.id)
    assert points.thresholds_told() == ["letter", "star"]


def test_a_new_year_begins_with_an_empty_card(points: Points, community: AreaCopy) -> None:
    member = new_id()
    for year in (2026, 2027):
        for _ in range(4):
            points.confirm(community.id, member, confirmed_at=datetime(year, 12, 1, tzinfo=UTC))
    assert [event["year"] for event in points.told("threshold_reached.v1")] == [2026, 2027]


def test_thresholds_are_told_once_each_when_confirmations_come_all_at_once(
    points: Points, community: AreaCopy
) -> None:
    members = [new_id() for _ in range(3)]
    events = [a_fulfilment(community.id, member) for member in members for _ in range(6)]
    hearing = [
        threading.Thread(target=points.hear, args=(event, usecases.enter_deeds)) for event in events * 2
    ]
    for thread in hearing:
        thread.start()
    for thread in hearing:
        thread.join()
    told = Counter((event["member_id"], event["threshold"]) for event in points.told("threshold_reached.v1"))
    assert told == {(str(member), threshold): 1 for member in members for threshold in ("letter", "star")}
    assert {points.card(member).points for member in members} == {30}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_events_come_does_not_matter(order: tuple[int, ...], points: Points) -> None:
    area, unit = an_area(version=2), a_unit()
    member = a_member(unit_id=unit.id)
    events: list[tuple[Event, Callable[..., None]]] = [
        (AreasChanged(areas=[area]), usecases.note_areas),
        (AreasChanged(areas=[an_area("/stale/", area.id, version=1)]), usecases.note_areas),
        (a_fulfilment(area.id, member.id), usecases.enter_deeds),
    ]
    waiting = [events[number] for number in order]
    while waiting:
        event, usecase = waiting.pop(0)
        try:
            points.hear(event, usecase)
        except UnknownArea:
            waiting.append((event, usecase))
    points.know_members(member)
    card = points.card(member.id)
    assert (card.points, card.communities[0].community_name) == (5, area.name)
    assert points.rows("SELECT path FROM points.area") == [(area.path,)]


def test_the_yearly_run_completes_what_lowered_marks_reach_and_repeats_nothing(points: Points) -> None:
    community = an_area(letter_points=100, star_points=200, outstanding_points=300)
    points.know_areas(community)
    member = new_id()
    for _ in range(4):
        points.confirm(community.id, member)
    assert points.thresholds_told() == []
    points.know_areas(an_area(area_id=community.id, version=2))
    for _ in range(2):
        points.hear(RecognitionDue(year=2026), usecases.complete_recognitions)
    points.hear(RecognitionDue(year=2025), usecases.complete_recognitions)
    assert points.thresholds_told() == ["letter"]
    query = ListRecognitions(by=OFFICER, below=STREET, year=2026)
    (recognition,) = points.workshop.read(query, queries.list_recognitions).items
    assert (recognition.member_id, recognition.threshold, recognition.points) == (
        member,
        Threshold.LETTER,
        20,
    )


# -- feedback


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
