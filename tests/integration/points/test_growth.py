"""What is expected of whom is worked out from the years of a city without reading its tables whole."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.points import queries
from services.points.contracts import CountObligations, DutyKind, ListObligations, MyObligations
from services.points.models import Base
from tests.support.database import fresh_database, settings_for
from tests.support.plans import tables_read_whole
from tests.support.points import NOON, Points

CITY, STREET, COMMUNITY = "/city/", "/city/s7/", "/city/s7/c5/"

FILL = (
    """
    INSERT INTO points.area (id, name, path, letter_points, star_points, outstanding_points, kind, version)
    SELECT gen_random_uuid(), '街道', '/city/s' || n || '/', 20, 30, 50, 'street', 1
    FROM generate_series(1, 40) AS n
    """,
    """
    INSERT INTO points.area (id, name, path, letter_points, star_points, outstanding_points, kind, version)
    SELECT gen_random_uuid(), '社区', path || 'c' || n || '/', 20, 30, 50, 'community', 1
    FROM points.area, generate_series(1, 20) AS n
    """,
    """
    INSERT INTO points.member (id, name, community_id, is_active, kind, version)
    SELECT gen_random_uuid(), '', id, true, 'party_member', 1
    FROM points.area, generate_series(1, 25) WHERE kind = 'community'
    """,
    """
    INSERT INTO points.unit (id, name, path, street_path, is_active, version)
    SELECT gen_random_uuid(), '', '/unit-' || id || '-' || n || '/', path, true, 1
    FROM points.area, generate_series(1, 50) AS n WHERE kind = 'street'
    """,
    """
    INSERT INTO points.claim (id, claimed_at)
    SELECT gen_random_uuid(), timestamptz '2023-01-10' + n * interval '30 minutes'
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO points.participation (claim_id, member_id)
    SELECT claim.id, member.id FROM (SELECT id, row_number() OVER () AS n FROM points.claim) AS claim
    JOIN (SELECT id, row_number() OVER () AS n FROM points.member) AS member ON member.n = claim.n % 20000 + 1
    """,
    """
    INSERT INTO points.entry (id, claim_id, deed, rule_id, points, member_id, community_id, area_path,
        wish_id, title, confirmed_at, earned_on, year, entered_at)
    SELECT gen_random_uuid(), claim_id, 'goods_wish', '00000000-0000-7000-8000-000000000001', 5, member_id,
        community_id, path, claim_id, '', claimed_at, claimed_at::date, extract(year FROM claimed_at), now()
    FROM points.participation JOIN points.claim ON claim.id = claim_id
    JOIN points.member ON member.id = member_id JOIN points.area ON area.id = community_id
    """,
    """
    INSERT INTO points.contribution (kind, id, area_path, subject_id, made_on)
    SELECT 'street_wishes', gen_random_uuid(), path || 'c1/', area.id, date '2023-01-01' + n % 1400
    FROM points.area, generate_series(1, 4000) AS n WHERE kind = 'street'
    """,
    """
    INSERT INTO points.contribution (kind, id, area_path, subject_id, made_on)
    SELECT 'unit_wishes', gen_random_uuid(), street_path, unit.id, date '2023-01-01' + n * 50
    FROM points.unit, generate_series(1, 20) AS n
    """,
    "ANALYZE points.area, points.member, points.unit, points.claim, points.participation",
    "ANALYZE points.entry, points.contribution",
)

LARGE = {"member", "claim", "participation", "entry", "contribution"}
"""The areas and units of a city are some thousand rows: to read them whole costs nothing."""


@pytest.fixture(scope="module")
def full_house(database_server_url: str) -> Iterator[Points]:
    """Points with four years of a city of 40 streets in its tables: 200,000 contributions among them."""
    with fresh_database(database_server_url) as url:
        points = Points(Workshop(settings_for(url), Base.metadata))
        for statement in FILL:
            points.change(statement)
        yield points


def officer(path: str) -> Actor:
    """Return an officer of the area at a path."""
    return Actor(account_id=UUID(int=1), grants=(Grant(Role.OFFICER, path),))


def ask(points: Points, query: Any) -> Any:
    """Return what points answers to a question about obligations."""
    answers: dict[Any, Callable[..., Any]] = {
        MyObligations: queries.my_obligations,
        ListObligations: queries.list_obligations,
        CountObligations: queries.count_obligations,
    }
    return points.workshop.read(query, partial(answers[type(query)], now=NOON))


def read_whole(points: Points, query: Any) -> set[str]:
    """Return which large tables would be read from end to end for an answer."""
    return tables_read_whole(points.workshop.engine, "points", lambda: ask(points, query)) & LARGE


def test_what_one_is_to_do_oneself_reads_no_large_table_whole(full_house: Points) -> None:
    (member,) = full_house.rows("SELECT id FROM points.member LIMIT 1")
    (unit,) = full_house.rows("SELECT id, path FROM points.unit LIMIT 1")
    of_unit = Actor(unit_id=unit.id, account_id=unit.id, grants=(Grant(Role.UNIT_OFFICER, unit.path),))
    for caller in (Actor(member_id=member.id), of_unit, officer(STREET)):
        assert ask(full_house, MyObligations(by=caller, year=2026)).items
        assert read_whole(full_house, MyObligations(by=caller, year=2026)) == set()


@pytest.mark.parametrize("kind", [DutyKind.MEMBER_WISHES, DutyKind.STREET_WISHES, DutyKind.UNIT_WISHES])
def test_who_falls_short_in_an_area_is_found_without_reading_a_large_table_whole(
    full_house: Points, kind: DutyKind
) -> None:
    below = COMMUNITY if kind is DutyKind.MEMBER_WISHES else STREET
    query = ListObligations(by=officer(CITY), below=below, kind=kind, year=2026)
    assert read_whole(full_house, query) == set()


def test_the_progress_of_a_community_is_counted_without_reading_a_large_table_whole(
    full_house: Points,
) -> None:
    query = CountObligations(by=officer(CITY), below=COMMUNITY, year=2026)
    assert read_whole(full_house, query) == set()


def test_the_progress_of_the_city_counts_every_street_by_the_wishes_of_the_year(full_house: Points) -> None:
    query = CountObligations(by=officer(CITY), below=CITY, year=2026)
    figures = {each.kind: (each.met, each.obliged) for each in ask(full_house, query).items}
    assert figures[DutyKind.STREET_WISHES] == (40, 40)
    assert figures[DutyKind.MEMBER_WISHES][1] == 20_000
