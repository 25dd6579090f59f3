"""Members and units as values: compared before and after, written many at once, kept to be restored."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.chassis.contracts import Sealed
from services.directory.contracts import MemberCopy, MemberKind, UnitCopy, UnitKind
from services.directory.models import Member, Unit

Record = TypeVar("Record", "MemberRecord", "UnitRecord")


class MemberRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a member stands; the fields are the columns of the table."""

    id: UUID
    kind: MemberKind
    name: Sealed
    phone: Sealed
    phone_index: str
    email: Sealed | None
    unit_id: UUID | None
    community_id: UUID | None
    care_path: str
    skills: tuple[str, ...]
    willingness: tuple[str, ...]
    language: str
    is_active: bool
    signed_in_at: datetime | None
    version: int
    free_hours: tuple[str, ...] = ()

    def copy(self) -> MemberCopy:
        """Return the member as others keep it."""
        return MemberCopy(
            id=self.id,
            kind=self.kind,
            name=self.name,
            phone=self.phone,
            email=self.email,
            unit_id=self.unit_id,
            community_id=self.community_id,
            area_path=self.care_path if self.community_id else "/",
            skills=self.skills,
            willingness=self.willingness,
            language=self.language,
            is_active=self.is_active,
            version=self.version,
            free_hours=self.free_hours,
        )


class UnitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit stands; the fields are the columns of the table."""

    id: UUID
    parent_id: UUID | None
    name: str
    name_key: str
    kind: UnitKind
    path: str
    street_id: UUID | None
    care_path: str
    contact_name: Sealed | None
    contact_phone: Sealed | None
    contact_email: Sealed | None
    is_active: bool
    version: int

    def copy(self) -> UnitCopy:
        """Return the unit as others keep it."""
        return UnitCopy(
            id=self.id,
            parent_id=self.parent_id,
            name=self.name,
            kind=self.kind,
            path=self.path,
            street_id=self.street_id,
            street_path=self.care_path if self.street_id else None,
            contact_name=self.contact_name,
            contact_phone=self.contact_phone,
            contact_email=self.contact_email,
            is_active=self.is_active,
            version=self.version,
        )


class Written(NamedTuple, Generic[Record]):
    """What registering did to one member or unit; nothing before means added."""

    before: Record | None
    after: Record


_TABLES: dict[type, Any] = {MemberRecord: Member.__table__, UnitRecord: Unit.__table__}


_WRITE = """
    INSERT INTO {table} ({columns})
    SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, :records)
    ON CONFLICT (id) DO UPDATE SET {changes}
"""


def read_records(
    session: Session, kind: type[Record], condition: ColumnElement[bool], *, to_change: bool = False
) -> list[Record]:
    """Return the records that meet `condition`, by id; locked until the end of the work when `to_change`."""
    table: Table = _TABLES[kind]
    wanted = select(table).where(condition).order_by(table.c.id)
    rows = session.execute(wanted.with_for_update(key_share=True) if to_change else wanted)
    return [msgspec.convert(row, kind, from_attributes=True) for row in rows]


def write_records(session: Session, records: Sequence[Record]) -> None:
    """Write records, new ones and changed ones alike, in one statement with one parameter."""
    if not records:
        return
    columns = type(records[0]).__struct_fields__
    statement = _WRITE.format(
        table=_TABLES[type(records[0])],
        columns=", ".join(columns),
        changes=", ".join(f"{name} = excluded.{name}" for name in columns if name != "id"),
    )
    session.execute(text(statement).bindparams(bindparam("records", records, JSONB)))


def as_kept(record: MemberRecord | UnitRecord | None) -> Any:
    """Return a record as JSON values, sealed where it was sealed, or None for nothing."""
    return None if record is None else msgspec.to_builtins(record)


def from_kept(kept: Any, kind: type[Record]) -> Record:
    """Return the record that `as_kept` was given."""
    return msgspec.convert(kept, kind, strict=True)


def by_id(records: Iterable[Record]) -> dict[UUID, Record]:
    """Return records by their id."""
    return {record.id: record for record in records}


__all__ = [
    "MemberRecord",
    "UnitRecord",
    "Written",
    "as_kept",
    "by_id",
    "from_kept",
    "read_records",
    "write_records",
]
