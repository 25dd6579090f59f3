"""A laid-out city told to the directory: areas, units and members, through its commands."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress

from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.rehearsal.layout import Area, Layout
from services.directory.contracts import (
    AddAreas,
    AddMembers,
    AddUnits,
    AreaKind,
    ChangeAreaSettings,
    NewArea,
    NewMember,
    NewUnit,
    UnitKind,
)

Ask = Callable[..., Any]
Thing = TypeVar("Thing")

MEMBERS_AT_ONCE = 2000
PLENTY = 120.0  # seconds


def in_batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Return `things` in lists of at most `size`."""
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch


def area_paths(layout: Layout) -> dict[str, str]:
    """Return the path of every area of the layout by its code."""
    paths: dict[str, str] = {}
    for area in layout.areas():
        paths[area.code] = f"{paths.get(area.parent or '', '/')}{area.code}/"
    return paths


def lay_out_city(ask: Ask, layout: Layout, console: Console | None = None) -> dict[str, int]:
    """Tell the directory the areas, units and members of `layout`; return how many there are of each."""
    paths, city = area_paths(layout), layout.scenario.city
    areas = _add_areas(ask, layout, paths)
    city_id = next(area.id for area in areas if area.path == f"/{city.code}/")
    if city.telephone_code:
        _set_telephone_code(ask, city_id, city.telephone_code)
    names = {area.code: area.name for area in layout.areas()}
    units = 0
    for batch in in_batches(layout.units(), 500):
        new = [
            NewUnit(name=unit.name, kind=UnitKind(unit.kind), street_name=names[unit.street])
            for unit in batch
        ]
        ask(AddUnits(by=OPERATOR_AT_THE_CONSOLE, area_id=city_id, units=new), within=PLENTY)
        units += len(batch)
    members = _add_members(ask, layout, city_id, names, console)
    return {"areas": len(paths), "units": units, "members": members}


def _add_areas(ask: Ask, layout: Layout, paths: dict[str, str]) -> list[Any]:
    added: list[Any] = []
    for batch in in_batches(layout.areas(), 500):
        new = [_new_area(area, paths) for area in batch]
        added += ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=new), within=PLENTY).items
    return added


def _new_area(area: Area, paths: dict[str, str]) -> NewArea:
    parent = paths[area.parent] if area.parent else None
    return NewArea(kind=AreaKind(area.kind), name=area.name, code=area.code, parent_path=parent)


def _set_telephone_code(ask: Ask, city_id: Any, telephone_code: str) -> None:
    ask(
        ChangeAreaSettings(
            by=OPERATOR_AT_THE_CONSOLE, area_id=city_id, settings={"area_code": telephone_code}
        )
    )


def _add_members(
    ask: Ask, layout: Layout, city_id: Any, names: dict[str, str], console: Console | None
) -> int:
    total = 0
    with Progress(
        console=console or Console(quiet=True), transient=True, disable=console is None
    ) as progress:
        task = progress.add_task("党员 members", total=layout.scenario.members)
        for batch in in_batches(layout.members(), MEMBERS_AT_ONCE):
            new = [
                NewMember(
                    name=member.name,
                    phone=member.phone,
                    unit_name=member.unit,
                    community_name=names[member.community],
                    skills=tuple(layout.scenario.skills[skill] for skill in member.skills),
                    willingness=member.willingness,
                )
                for member in batch
            ]
            ask(AddMembers(by=OPERATOR_AT_THE_CONSOLE, area_id=city_id, members=new), within=PLENTY)
            total += len(batch)
            progress.update(task, completed=total)
    return total
