"""Registers that arrive as sheets: a preview that writes nothing, the import, and taking it back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.contracts import new_id
from services.chassis.database import insert_all
from services.chassis.sheets import Form, FormReading, RowStatus
from services.chassis.work import Work
from services.directory.contracts import (
    FileTooLarge,
    ImportPeople,
    ImportReport,
    NewMember,
    NewUnit,
    RowProblem,
    RowReport,
    TooManyAtOnce,
    UnknownForm,
    UnreadableSheet,
)
from services.directory.forms import FORMS, MEMBERS, UNITS, RegisteredMember, RegisteredUnit
from services.directory.models import Area, ImportBatch, ImportedRow
from services.directory.queries.areas import settings_of
from services.directory.records import MemberRecord, UnitRecord, Written, as_kept
from services.directory.usecases.flaws import Flaw, Flaws
from services.directory.usecases.members import write_members
from services.directory.usecases.reach import area_to_manage
from services.directory.usecases.registering_members import MembersDesk
from services.directory.usecases.registering_units import UnitsDesk
from services.directory.usecases.units import write_units

MOST_ROWS = 20_000
MOST_MEGABYTES = 20

Registered = Sequence[Written[MemberRecord]] | Sequence[Written[UnitRecord]]


def area_code_for(work: Work, command: ImportPeople) -> str | None:
    """Return the telephone area code of an import's area, after asking whether the caller may import at all.

    Asked before the file is read, since reading is work. Raises `UnknownArea`, `UnknownForm`, `FileTooLarge`.
    """
    area = area_to_manage(work, command.area_id)
    if command.form not in ("auto", *(form.key for form in FORMS)):
        raise UnknownForm()
    if len(command.content) > MOST_MEGABYTES << 20:
        raise FileTooLarge(limit=MOST_MEGABYTES)
    return settings_of(work.session, area).area_code


def import_people(
    work: Work, command: ImportPeople, now: datetime, *, reading: FormReading[Any, Any]
) -> ImportReport:
    """Report what the file, read as `reading`, would add or change; do it when the command says `commit`.

    Rows in error stay out and are named by row and column. Raises `UnknownArea`, `UnreadableSheet`,
    `TooManyAtOnce`.
    """
    area = area_to_manage(work, command.area_id)
    reading.refuse_unreadable(UnreadableSheet)
    if len(reading.rows) > MOST_ROWS:
        raise TooManyAtOnce(limit=MOST_ROWS)
    register = _REGISTERS[reading.form]
    flaws = Flaws([row.row for row in reading.rows])
    for place, row in enumerate(reading.rows):
        if row.values is None:
            flaws.leave_out(place)
    write = register.register(work, area, [row.values or row.draft for row in reading.rows], flaws)
    is_empty = all(flaws.forbids(place) for place in range(len(reading.rows)))
    batch = _keep(work, reading.form, area, write(now), now) if command.commit and not is_empty else None
    return _report(reading, flaws, batch)


def _keep(work: Work, form: str, area: Area, written: Registered, now: datetime) -> UUID:
    """Remember what the import did, so that it can be taken back."""
    batch = ImportBatch(id=new_id(), form=form, area_id=area.id, imported_at=now, undone_at=None)
    work.session.add(batch)
    work.session.flush()
    changed = [(before, after) for before, after in written if before != after]
    rows = [
        {"batch_id": batch.id, "subject_id": after.id, "version": after.version, "before": as_kept(before)}
        for before, after in changed
    ]
    insert_all(work.session, ImportedRow, rows)
    return batch.id


# -- the two registers


def _register_members(
    work: Work, area: Area, rows: Sequence[RegisteredMember], flaws: Flaws
) -> Callable[[datetime], Registered]:
    desk = MembersDesk(work, area, [_new_member(row) for row in rows], flaws)
    return lambda now: write_members(work, desk, now)


def _new_member(row: RegisteredMember) -> NewMember:
    return NewMember(
        name=row.name,
        phone=row.phone,
        unit_name=row.unit,
        community_name=row.community,
        skills=row.skills,
        willingness=row.willingness,
    )


def _register_units(
    work: Work, area: Area, rows: Sequence[RegisteredUnit], flaws: Flaws
) -> Callable[[datetime], Registered]:
    desk = UnitsDesk(work, area, [_new_unit(row) for row in rows], flaws)
    return lambda now: write_units(work, desk.before, desk.settled()[1], now)


def _new_unit(row: RegisteredUnit) -> NewUnit:
    return NewUnit(
        name=row.name,
        kind=row.kind,
        parent_name=row.parent,
        street_name=row.street,
        contact_name=row.contact,
        contact_phone=row.phone,
        contact_email=row.email,
    )


class _Register(NamedTuple):
    """How the rows of one form are registered; what that returns writes them."""

    form: Form[Any, Any]
    register: Callable[[Work, Area, Sequence[Any], Flaws], Callable[[datetime], Registered]]


_REGISTERS = {
    MEMBERS.key: _Register(MEMBERS, _register_members),
    UNITS.key: _Register(UNITS, _register_units),
}


# -- the report


def _report(reading: FormReading[Any, Any], flaws: Flaws, batch: UUID | None) -> ImportReport:
    titles = _titles(reading.form)
    rows = []
    for place, row in enumerate(reading.rows):
        problems = [problem.told() for problem in row.problems]
        said = {problem.column for problem in problems}
        found = [_problem_of_flaw(flaw, titles) for flaw in flaws.of(place)]
        problems += [problem for problem in found if problem.column not in said]
        status = RowStatus.ERROR if flaws.forbids(place) else RowStatus.WARNING if problems else row.status
        rows.append(RowReport(row=row.row, status=status.value, problems=problems))
    rejected = sum(row.status == RowStatus.ERROR for row in rows)
    return ImportReport(
        form=reading.form,
        batch=batch,
        accepted=len(rows) - rejected,
        rejected=rejected,
        rows=rows,
        problems=[problem.told() for problem in reading.problems],
    )


def _titles(form: str) -> dict[str, str]:
    return {column.field: column.title for column in _REGISTERS[form].form.columns}


def _problem_of_flaw(flaw: Flaw, titles: dict[str, str]) -> RowProblem:
    return RowProblem(column=titles[flaw.field], reason=flaw.reason, arguments=flaw.arguments)
