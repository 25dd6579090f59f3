"""The verbs about units: add many by name; whoever is moved in the tree takes along those below."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from services.chassis.work import Work
from services.directory.contracts import AddUnits, TooManyAtOnce, UnitList
from services.directory.queries.people import unit_views
from services.directory.records import UnitRecord, Written, write_records
from services.directory.usecases.announcing import announce_units
from services.directory.usecases.flaws import Flaws
from services.directory.usecases.officers import move_officers
from services.directory.usecases.reach import area_to_manage
from services.directory.usecases.registering_units import UnitsDesk

MOST_UNITS = 2_000


def add_units(work: Work, command: AddUnits, now: datetime) -> UnitList:
    """Add units or bring them up to date, by name; all or none. Return them in the order of the command.

    Raises `TooManyAtOnce`, and for the first row that is not right `UnusableName`, `UnusablePhone`,
    `UnusableEmail`, `RepeatedUnit`, `UnknownUnit` (no such unit above), `UnknownStreet`, `AmbiguousStreet`,
    `UnitElsewhere` or `UnitAboveItself`, with the row in its arguments.
    """
    area = area_to_manage(work, command.area_id)
    if len(command.units) > MOST_UNITS:
        raise TooManyAtOnce(limit=MOST_UNITS)
    flaws = Flaws(range(1, len(command.units) + 1))
    desk = UnitsDesk(work, area, command.units, flaws)
    flaws.refuse_first()
    registered, units = desk.settled()
    write_units(work, desk.before, units, now)
    return UnitList(items=unit_views(work, [units[unit_id] for unit_id in registered]))


def write_units(
    work: Work, before: Mapping[UUID, UnitRecord], units: Mapping[UUID, UnitRecord], now: datetime
) -> list[Written[UnitRecord]]:
    """Write the units that differ from before, tell of them, and return how each was and is."""
    changed = [
        Written(before.get(unit_id), replace(unit, version=unit.version + 1))
        for unit_id, unit in sorted(units.items(), key=lambda item: len(item[1].path))
        if before.get(unit_id) != unit
    ]
    after = [one.after for one in changed]
    write_records(work.session, after)
    announce_units(work, after)
    move_officers(work, _moved(changed), now)
    return changed


def _moved(changed: Iterable[Written[UnitRecord]]) -> list[UUID]:
    return [after.id for before, after in changed if before and before.path != after.path]
