"""Who is told of a release: every member of the area, in few statements."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from services.chassis.contracts import new_id
from services.chassis.work import Workshop
from services.directory.contracts import (
    AreaCopy,
    AreaKind,
    AreasChanged,
    AreaSettings,
)
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.wishes.contracts import (
    ReleaseCompleted,
)
from tests.support.notify import COMMUNITY, House
from tests.support.notify_people import a_member, a_resident

pytestmark = pytest.mark.usefixtures("simulated_clock")

REACHABLE = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), REACHABLE)


@pytest.fixture
def statements(house: House) -> Iterator[list[str]]:
    """Every statement that reaches the database."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    sqlalchemy_event.listen(house.workshop.engine, "before_cursor_execute", note)
    yield seen
    sqlalchemy_event.remove(house.workshop.engine, "before_cursor_execute", note)


def release(area_path: str = "/zk/ch/", area_id: UUID | None = None, **changes: Any) -> ReleaseCompleted:
    said: dict[str, Any] = {"area_name": "川汇区", "released": 212, "carried_over": 9}
    return ReleaseCompleted(
        release_id=new_id(),
        period="2026-12",
        area_id=area_id or new_id(),
        area_path=area_path,
        **(said | changes),
    )


def test_a_digest_reaches_every_active_member_of_the_area_and_nobody_else(house: House) -> None:
    here = [a_member(house.seals, area_path=path) for path in (COMMUNITY, "/zk/ch/s2/c7/")]
    others = [
        a_member(house.seals, area_path="/zk/ch2/s1/c1/"),
        a_member(house.seals, area_path="/"),
        a_member(house.seals, is_active=False),
    ]
    house.knows(members=here + others, residents=[a_resident(house.seals)])

    house.hear(release(), usecases.tell_of_release)

    assert len(house.told()) == 2
    assert all(house.told(member.id) == [("release_digest", "planned", "sms planned")] for member in here)


def test_an_area_that_releases_by_itself_is_left_to_its_own_release(house: House) -> None:
    city, district, community = new_id(), new_id(), new_id()
    house.hear(
        AreasChanged(areas=[an_area(community, COMMUNITY, district), an_area(city, "/zk/", city)]),
        usecases.note_areas,
    )
    member = a_member(house.seals, community_id=community)
    house.knows(members=[member])

    house.hear(release("/zk/", city), usecases.tell_of_release)
    assert house.told(member.id) == []

    house.hear(release("/zk/ch/", district), usecases.tell_of_release)
    assert len(house.told(member.id)) == 1


def test_an_empty_board_is_no_news(house: House) -> None:
    house.knows(members=[a_member(house.seals)])

    house.hear(release(released=0, carried_over=0), usecases.tell_of_release)

    assert house.told() == []


@pytest.mark.slow
def test_a_digest_to_twenty_thousand_members_is_a_few_statements_and_hardly_dearer_than_copying_rows(
    house: House, statements: list[str]
) -> None:
    def copied() -> None:
        with house.workshop.engine.begin() as connection:
            connection.execute(text(RAW_COPY))

    with house.workshop.open() as work:
        work.session.execute(text(MANY_MEMBERS), {"sealed": house.seals.seal("+8613800138000")})
    with house.workshop.engine.begin() as connection:
        connection.execute(text("CREATE TABLE notify.raw (LIKE notify.message INCLUDING ALL)"))
    house.ways = replace(house.ways, at_once=100_000)
    statements.clear()

    planned = [timed(lambda: house.hear(release(), usecases.tell_of_release))]

    assert len([statement for statement in statements if "notify." in statement]) <= 4
    with house.workshop.open() as work:
        counts = queries.count_messages(work.session)
        assert (counts.due, counts.under_way) == (20_000, 20_000)
        ordered = text("SELECT bool_and(substr(id::text, 15, 1) = '7') FROM notify.message")
        assert work.session.execute(ordered).scalar_one()
    raw = [timed(copied)]
    for _ in range(4):  # one stroke of another program upsets one of the measurements, not the best of five
        planned.append(timed(lambda: house.hear(release(), usecases.tell_of_release)))
        raw.append(timed(copied))
    assert min(planned) < 5 * min(raw) + 0.5, (planned, raw)


MANY_MEMBERS = """
    INSERT INTO notify.recipient
    SELECT gen_random_uuid(), 'member', :sealed, :sealed, NULL, 'zh', NULL,
           '/zk/ch/s' || n % 40 || '/', '[]', true, 1
    FROM generate_series(1, 20000) AS n
"""

RAW_COPY = """
    INSERT INTO notify.raw
    SELECT gen_random_uuid(), gen_random_uuid(), id, kind, 'release_digest', gen_random_uuid(), area_path,
           name, 'x', NULL, NULL, 'planned', NULL, true, NULL, now(), now()
    FROM notify.recipient
"""


def timed(action: Callable[[], Any]) -> float:
    started = perf_counter()
    action()
    return perf_counter() - started


def an_area(area_id: UUID, path: str, scope: UUID) -> AreaCopy:
    return AreaCopy(
        id=area_id,
        parent_id=None,
        kind=AreaKind.COMMUNITY,
        name="社区",
        path=path,
        version=1,
        settings=AreaSettings(),
        release_scope_id=scope,
    )
