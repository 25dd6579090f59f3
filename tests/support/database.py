"""A real PostgreSQL for tests: one server a session, a fresh database a test."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from services.chassis import migrations
from services.chassis.database import engine_for
from services.chassis.embedded import database_in
from services.chassis.settings import Settings, fresh_secrets, read_settings

STORING_SERVICES = ("directory", "wishes", "claims", "points", "notify", "scheduler")
TEMPLATE = "template_wishtree"
MEMORY = Path("/dev/shm")
SECRETS = fresh_secrets()
DEADLINE = 60.0
"""Seconds that callers wait in tests about something else: only a machine that hangs takes as long."""


@contextmanager
def database_server(is_durable: bool = False) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server whose template database has every service's tables.

    Tests kill processes, never the machine, so their server need not wait for the disk, and lives in memory
    where there is a place for that; benchmarks differ.
    """
    where = None if is_durable or not MEMORY.is_dir() else MEMORY
    passing = tempfile.TemporaryDirectory(prefix="wishtree-tests-", dir=where)
    with passing as home, database_in(Path(home)) as url:
        if not is_durable:
            _execute(url, "ALTER SYSTEM SET fsync = off")
            _execute(url, "SELECT pg_reload_conf()")
        _execute(url, f"CREATE DATABASE {TEMPLATE}")
        migrate(with_database(url, TEMPLATE))
        yield url


def migrate(url: str) -> None:
    """Bring every service that exists to its newest tables."""
    engine = engine_for(url)
    for service in STORING_SERVICES:
        if migrations.head(service):
            migrations.upgrade(service, engine)
        else:
            _create_from_models(service, url)
    engine.dispose()


def _create_from_models(service: str, url: str) -> None:
    """Stand in for a service whose first migration is not written yet."""
    try:
        import_module(f"services.{service}.models")
    except ModuleNotFoundError:
        return
    metadata = migrations.metadata_of(service)
    with engine_for(url).begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))
        metadata.create_all(connection)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a database with all tables and no rows, dropped afterwards."""
    with empty_database(server_url, f"TEMPLATE {TEMPLATE} STRATEGY file_copy") as url:
        yield url


@contextmanager
def empty_database(server_url: str, how: str = "") -> Iterator[str]:
    """Yield the URL of a database without tables, or made as `how` says; dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    _execute(server_url, f"CREATE DATABASE {name} {how}")
    url = with_database(server_url, name)
    try:
        yield url
    finally:
        engine_for(url, 10).dispose()
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def with_database(url: str, name: str) -> str:
    """Return `url` pointing at another database of the same server."""
    before, _, after = url.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{after}" if after else "")


def settings_for(url: str, **overrides: object) -> Settings:
    """Return settings of a house on this database, patient, with keys made for this run of the tests."""
    return read_settings(None, database_url=url, **(SECRETS | {"deadline": DEADLINE} | overrides))


def _execute(url: str, statement: str) -> None:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
