"""Taking an import back, as a whole or not at all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import delete, exists, or_, select, true

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.directory.contracts import BatchCannotBeUndone, UndoPeopleImport
from services.directory.forms import MEMBERS
from services.directory.models import Account, Area, ImportBatch, ImportedRow, Member
from services.directory.records import (
    MemberRecord,
    UnitRecord,
    Written,
    by_id,
    from_kept,
    read_records,
)
from services.directory.usecases.members import rewrite_members
from services.directory.usecases.registering_units import with_paths
from services.directory.usecases.turns import UNITS, wait_for_turn
from services.directory.usecases.units import write_units


def undo_people_import(work: Work, command: UndoPeopleImport, now: datetime) -> Done:
    """Let go whom the batch added and restore what it changed; forget how it was before.

    Raises `BatchCannotBeUndone` when the batch is unknown or undone, when anything of it was changed since,
    when a member it added has signed in, or a unit it added is in use.
    """
    batch = work.session.get(ImportBatch, command.batch_id, with_for_update=True)
    if batch is None:
        work.permitted_scopes()
        raise BatchCannotBeUndone(why="unknown")
    work.permit(work.session.scalars(select(Area.path).where(Area.id == batch.area_id)).one())
    if batch.undone_at:
        raise BatchCannotBeUndone(why="undone")
    rows = work.session.scalars(select(ImportedRow).where(ImportedRow.batch_id == batch.id)).all()
    undo = _undo_members if batch.form == MEMBERS.key else _undo_units
    undo(work, {row.subject_id: row for row in rows}, now)
    batch.undone_at = now
    work.session.execute(delete(ImportedRow).where(ImportedRow.batch_id == batch.id))
    return Done(id=batch.id)


def _undo_members(work: Work, rows: Mapping[UUID, ImportedRow], now: datetime) -> None:
    members = read_records(work.session, MemberRecord, Member.id.in_(rows), to_change=True)
    _refuse_if_changed(members, rows)
    if any(member.signed_in_at and rows[member.id].before is None for member in members):
        raise BatchCannotBeUndone(why="signed_in")
    undone = [Written(member, _member_before(member, rows[member.id])) for member in members]
    rewrite_members(work, undone, now)


def _member_before(member: MemberRecord, row: ImportedRow) -> MemberRecord:
    version = member.version + 1
    if row.before is None:
        return replace(member, is_active=False, version=version)
    return replace(from_kept(row.before, MemberRecord), signed_in_at=member.signed_in_at, version=version)


def _undo_units(work: Work, rows: Mapping[UUID, ImportedRow], now: datetime) -> None:
    wait_for_turn(work.session, UNITS)
    units = by_id(read_records(work.session, UnitRecord, true()))
    touched = [units[unit_id] for unit_id in rows]
    _refuse_if_changed(touched, rows)
    undone = {unit.id: _unit_before(unit, rows[unit.id]) for unit in touched}
    gone = {unit.id for unit in undone.values() if not unit.is_active}
    _refuse_if_in_use(work, gone, units | undone)
    write_units(work, units, with_paths(units | undone), now)


def _unit_before(unit: UnitRecord, row: ImportedRow) -> UnitRecord:
    """Return the unit as before; one that was added stands alone from now on, below and above nobody."""
    if row.before is None:
        return replace(unit, is_active=False, parent_id=None)
    return replace(from_kept(row.before, UnitRecord), version=unit.version)


def _refuse_if_changed(
    records: Sequence[MemberRecord] | Sequence[UnitRecord], rows: Mapping[UUID, ImportedRow]
) -> None:
    if any(record.version != rows[record.id].version for record in records):
        raise BatchCannotBeUndone(why="changed")


def _refuse_if_in_use(work: Work, unit_ids: Collection[UUID], units: Mapping[UUID, UnitRecord]) -> None:
    """Refuse when one of these units would still have active members, an officer or an active unit below."""
    members = select(Member.id).where(Member.unit_id.in_(unit_ids), Member.is_active)
    officers = select(Account.id).where(Account.unit_id.in_(unit_ids), Account.is_active)
    has_people = work.session.scalar(select(or_(exists(members), exists(officers))))
    if has_people or any(unit.is_active and unit.parent_id in unit_ids for unit in units.values()):
        raise BatchCannotBeUndone(why="in_use")
