"""A city's release: 25,000 wishes go up, 279,000 members are to be told; against a raw INSERT … SELECT."""

import resource
from functools import partial
from time import perf_counter
from typing import Any

from sqlalchemy import text

from services.chassis import clock
from services.chassis.database import engine_for
from services.chassis.migrations import metadata_of
from services.chassis.work import Workshop
from services.notify import usecases as notify
from services.notify.channels import AddressKind
from services.notify.usecases.broadcasting import tell_further
from services.wishes import usecases as wishes_usecases
from services.wishes.contracts import ReleaseCompleted
from tests.bench.ground import city_ground
from tests.support.notify import House
from tests.support.wishes import CITY, a_desk, the_city

WISHES, MEMBERS = 25_000, 279_000
PERIOD = "2026-11"

COPIES = ("wishes.wish_move", "wishes.outbox", "notify.message", "notify.delivery")
"""Tables whose rows the release writes; the peer writes the same rows once more, indexes included."""


def measure() -> dict[str, Any]:
    """Return seconds of the release, of the planning and of the raw statements, and the ratio."""
    with city_ground() as (settings, _):
        url = settings.database_url
        wishes = a_desk(Workshop(settings, metadata_of("wishes")))
        wishes.hear(the_city(), wishes_usecases.note_areas)
        _screen(wishes, url)
        house = House(Workshop(settings, metadata_of("notify")), {"sms": AddressKind.PHONE})
        _people(url)
        before = _memory()
        release = _timed(partial(wishes.release, PERIOD))
        (completed,) = wishes.announced(ReleaseCompleted)
        planning = _timed(partial(_plan, house, completed))
        grown = _memory() - before
        raw, rows = _raw(url)
    return {
        "released": completed.released,
        "seconds": {"release": release, "planning": planning, "raw": raw},
        "rows": rows,
        "ratio": round((release + planning) / raw, 2),
        "memory_grown_mb": grown,
    }


def _plan(house: House, completed: ReleaseCompleted) -> None:
    """Write all messages of a release, piece by piece."""
    house.hear(completed, notify.tell_of_release)
    is_going_on = True
    while is_going_on:
        with house.workshop.open() as work:
            is_going_on = tell_further(work.session, house.ways, clock.now())


def _screen(desk: Any, url: str) -> None:
    """Accept one wish, and copy it into so many that wait for the same release."""
    desk.screened()
    with engine_for(url).begin() as connection:
        names = connection.execute(
            text("""
            SELECT string_agg(column_name, ', ') FROM information_schema.columns
            WHERE table_schema = 'wishes' AND table_name = 'wish' AND column_name NOT IN ('id', 'code')""")
        ).scalar_one()
        connection.execute(
            text(f"""
            INSERT INTO wishes.wish (id, code, {names})
            SELECT gen_random_uuid(), 'B' || number, {names}
            FROM wishes.wish, generate_series(2, :count) AS number"""),
            {"count": WISHES},
        )
    _analyze(url)


def _people(url: str) -> None:
    with engine_for(url).begin() as connection:
        connection.execute(
            text("""
            INSERT INTO notify.recipient
              (id, kind, name, phone, email, language, area_id, area_path, postings, is_active, version)
            SELECT gen_random_uuid(), 'member', 'sealed', 'sealed', NULL, 'zh', NULL, :path, '[]', true, 1
            FROM generate_series(1, :count)"""),
            {"count": MEMBERS, "path": CITY.path},
        )
    _analyze(url)


def _analyze(url: str) -> None:
    with engine_for(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _raw(url: str) -> tuple[float, dict[str, int]]:
    """Write the same rows into tables of the same shape; return the seconds and how many rows they were."""
    rows, seconds = {}, 0.0
    for table in COPIES:
        with engine_for(url).begin() as connection:
            connection.execute(text(f"CREATE TABLE {table}_raw (LIKE {table} INCLUDING ALL)"))
            count = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        rows[table] = int(count)
        seconds += _timed(partial(_copy, url, table))
    return round(seconds, 2), rows


def _copy(url: str, table: str) -> None:
    with engine_for(url).begin() as connection:
        copy = f"INSERT INTO {table}_raw OVERRIDING SYSTEM VALUE SELECT * FROM {table}"
        connection.execute(text(copy))


def _timed(work: Any) -> float:
    started = perf_counter()
    work()
    return round(perf_counter() - started, 2)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
