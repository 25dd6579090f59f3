"""PostgreSQL as every service meets it: one schema a service, typed columns, set-based upserts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, DateTime, Engine, MetaData, String, Table, create_engine, func, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.exc import DBAPIError, OperationalError
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
    """What a service's declarative base begins with: `class Base(Tables, DeclarativeBase)` with its metadata."""

    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that a text column holds a value of the enum `choices`."""
    allowed = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@cache
def engine_for(url: str, connections: int = 10) -> Engine:
    """Return the one engine of this process for `url`; parameters are hidden from every error."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=30,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=msgspec.json.decode,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c jit=off",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )


CHUNK = 2000
"""Rows of one INSERT: under PostgreSQL's 65,535 parameters for rows of up to some thirty columns."""


def upsert_if_newer(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write copies of another service's rows by `id`; a version that is not newer changes nothing."""
    target: Table = table.__table__  # type: ignore[assignment]
    for chunk in in_chunks(rows):
        statement = insert(target).values(list(chunk))
        changes = {name: statement.excluded[name] for name in chunk[0] if name != "id"}
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_=changes, where=target.c.version < statement.excluded.version
            )
        )


def insert_all(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of the same columns in a few statements."""
    for chunk in in_chunks(rows):
        session.execute(insert(table).values(list(chunk)))


def in_chunks(rows: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """Return `rows` in consecutive slices of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def database_now(session: Session) -> datetime:
    """Return the database's own instant, for what must not hang on a host's clock."""
    return session.execute(func.now().select()).scalar_one()


def is_outage(fault: BaseException) -> bool:
    """Say whether `fault` means that the database cannot be reached now, rather than that we asked wrongly."""
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return True
    return isinstance(fault, OperationalError) and not is_contention(fault)


def is_contention(fault: BaseException) -> bool:
    """Say whether `fault` is a deadlock, a serialization failure or a lost race for a unique key."""
    code = getattr(getattr(fault, "orig", None), "pgcode", None)
    return code in {"40001", "40P01"}


def try_advisory_lock(session: Session, name: str) -> bool:
    """Take the transaction's advisory lock `name` if nobody holds it; say whether it was taken."""
    taken = session.execute(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    return bool(taken.scalar_one())
