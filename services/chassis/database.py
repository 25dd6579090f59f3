"""PostgreSQL as every service meets it: one schema a service, typed columns, set-based upserts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from time import monotonic
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from services.chassis.contracts import new_id

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[UUID, mapped_column(PostgresUUID(as_uuid=True), primary_key=True, default=new_id)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
TYPES = {
    UUID: PostgresUUID(as_uuid=True),
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB,
    list[str]: JSONB,
    str: String,
}


def tables_of(service: str) -> MetaData:
    """Return the metadata of a service: its tables live in the schema of its name."""
    return MetaData(schema=service, naming_convention=NAMES)


class Tables:
    """What a service's base begins with: `class Base(Tables, DeclarativeBase)`, then its `metadata`."""

    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that a text column holds a value of the enum `choices`."""
    allowed = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


POOL_PATIENCE = 10
"""Seconds to wait for a free connection: no longer than a caller waits for the answer."""


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def engine_for(url: str, connections: int = 10) -> Engine:
    """Return the one engine of this process for `url`; parameters are hidden from every error.

    A server that vanished without a word is given up within some 25 seconds (RELIABILITY: noticed in 30).
    """
    return _engine(url, connections)


IDLE = 5.0
"""Seconds after which a connection is asked whether it is alive before it is used again."""


@cache
def at_once(engine: Engine) -> Engine:
    """Return `engine` for single statements, each a transaction of its own: one round trip, not three."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@cache
def _engine(url: str, connections: int) -> Engine:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=POOL_PATIENCE,
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=msgspec.json.decode,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c jit=off -c random_page_cost=1.1",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 25_000,
        },
    )
    event.listen(engine, "checkout", _ask_after_rest)
    event.listen(engine, "checkin", _note_use)
    return engine


def _ask_after_rest(connection: Any, record: Any, proxy: Any) -> None:
    """Let the pool try another connection when one that rested turns out to be dead.

    SQLAlchemy's `pre_ping` asks at every use, which is a fifth of the round trips of a short transaction.
    """
    if monotonic() - record.info.get("used_at", 0.0) < IDLE:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except Exception as fault:
        raise DisconnectionError from fault


def _note_use(connection: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


CHUNK = 2000
"""Rows of one INSERT: under PostgreSQL's 65,535 parameters for rows of up to some thirty columns."""


def upsert_if_newer(
    session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write copies of another service's rows by `id`; a version that is not newer changes nothing.

    Rows are written in the order of their ids, so that two events cannot lock each other out.
    """
    target: Table = table.__table__  # type: ignore[assignment]
    if not rows:
        return
    statement = insert(target)
    changes = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=changes, where=target.c.version < statement.excluded.version
        ),
        _newest_by_id(rows),
    )


def _newest_by_id(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    newest: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        if row["id"] not in newest or newest[row["id"]]["version"] < row["version"]:
            newest[row["id"]] = row
    return [dict(newest[key]) for key in sorted(newest)]


def insert_all(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of the same columns in a few statements, after what the session itself still holds.

    The rows are the statement's parameters and no part of it, so that it is compiled once for any number.
    """
    if not rows:
        return
    session.flush()
    target: Table = table.__table__  # type: ignore[assignment]
    session.execute(insert(target), [dict(row) for row in rows])


def insert_new(
    session: Session,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str] | None = None,
) -> set[UUID]:
    """Insert the rows whose unique `key` (without one: any) no other row has, and return the ids of these."""
    if not rows:
        return set()
    session.flush()
    target: Table = table.__table__  # type: ignore[assignment]
    statement = insert(target).on_conflict_do_nothing(index_elements=key).returning(target.c.id)
    return set(session.scalars(statement, [dict(row) for row in rows]))


def in_chunks(rows: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """Return `rows` in consecutive slices of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def database_now(session: Session) -> datetime:
    """Return the database's own instant, for what must not hang on a host's clock."""
    return session.execute(func.now().select()).scalar_one()


OUTAGES = {"08", "53", "57", "58"}
"""Classes of PostgreSQL's codes: connection lost, out of disk or connections, shut down, system error."""

READ_ONLY = "25006"  # a standby that is not promoted yet
CONTENTION = {"40001", "40P01", "55P03"}
"""PostgreSQL's codes of a serialization failure, a deadlock and a lock that was not to be had."""

RACES = {"23505", "23P01", "23503"}
"""PostgreSQL's codes of a unique, exclusion or foreign key that another transaction was first to."""


def is_outage(fault: BaseException) -> bool:
    """Say whether `fault` means that the database cannot serve us now, rather than that we asked wrongly."""
    if isinstance(fault, NoFreeConnection):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    code = code_of(fault)
    if code is None:  # the server said nothing at all
        return fault.connection_invalidated or isinstance(fault, OperationalError | InterfaceError)
    return fault.connection_invalidated or code[:2] in OUTAGES or code == READ_ONLY


def is_contention(fault: BaseException) -> bool:
    """Say whether `fault` is a deadlock or a serialization failure: the same work may succeed again."""
    return code_of(fault) in CONTENTION


def is_lost_race(fault: BaseException) -> bool:
    """Say whether `fault` may be a lost race for a key; a NOT NULL or a CHECK is never one."""
    return isinstance(fault, IntegrityError) and code_of(fault) in RACES


def code_of(fault: BaseException) -> str | None:
    """Return PostgreSQL's code of five letters for `fault`, or None when the server gave none."""
    return getattr(getattr(fault, "orig", None), "pgcode", None)


def constraint_of(fault: BaseException) -> str:
    """Return the name of the constraint or column that refused a row, never the row's values."""
    told = getattr(getattr(fault, "orig", None), "diag", None)
    return getattr(told, "constraint_name", None) or getattr(told, "column_name", None) or "unnamed"


def try_advisory_lock(session: Session, name: str) -> bool:
    """Take the transaction's advisory lock `name` if nobody holds it; say whether it was taken."""
    question = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(session.execute(question, {"name": name}).scalar_one())


def take_advisory_lock(session: Session, name: str) -> None:
    """Take the transaction's advisory lock `name`, waiting for whoever holds it."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
