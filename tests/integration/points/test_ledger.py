"""The ledger and the rules by which it grows, on a real database."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import msgspec
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.directory.contracts import (
    AreaCopy,
)
from services.points import queries, usecases
from services.points.contracts import (
    Deed,
    ListRules,
    RuleInThePast,
    RuleList,
    SetRule,
    UnknownArea,
    UnusablePoints,
)
from services.points.models import Base
from services.wishes.contracts import Urgency, WishKind
from tests.support.points import (
    CITY,
    COMMUNITY,
    NOON,
    TODAY,
    Points,
    a_fulfilment,
    an_area,
)


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


def test_what_several_did_together_stands_on_the_card_of_each_once(
    points: Points, community: AreaCopy
) -> None:
    people = (new_id(), new_id(), new_id())
    event = a_fulfilment(community.id, people[0], people=people)
    for told in (event, msgspec.structs.replace(event, event_id=new_id())):
        points.hear(told, usecases.enter_deeds)
    assert [points.card(member_id).points for member_id in people] == [5, 5, 5]
    assert len(points.entries().items) == 3


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


def test_what_a_unit_did_without_a_member_earns_nobody_points(points: Points, community: AreaCopy) -> None:
    event = msgspec.structs.replace(a_fulfilment(community.id), member_id=None)
    assert points.hear(event, usecases.enter_deeds)
    assert points.rows("SELECT * FROM points.entry") == []
