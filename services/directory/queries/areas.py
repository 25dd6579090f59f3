"""Reading the tree: areas with the settings that hold in them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from services.chassis.paging import one_more, page_of
from services.chassis.work import Work
from services.directory.contracts import (
    AreaCopy,
    AreaKind,
    AreaList,
    AreaSettings,
    AreaView,
    ListAreas,
    UnknownArea,
)
from services.directory.domain.areas import inherited, line_of, release_scope
from services.directory.domain.people import name_key
from services.directory.models import Area
from services.directory.queries.paging import storable


def list_areas(work: Work, query: ListAreas) -> AreaList:
    """Return the areas at and below a path, of a kind or exact name, a page at a time, by path."""
    wanted = (
        select(Area).where(Area.path.startswith(storable(query.below), autoescape=True)).order_by(Area.path)
    )
    if query.kind:
        wanted = wanted.where(Area.kind == query.kind)
    if query.name:
        wanted = wanted.where(Area.name == storable(query.name))
    if query.after:
        wanted = wanted.where(Area.path > storable(query.after))
    found = work.session.scalars(one_more(wanted, query))
    areas, following = page_of(found, query, lambda area: area.path)
    return AreaList(items=area_views(work.session, areas), next=following)


def area_of(session: Session, area_id: UUID) -> Area:
    """Return the area; raise `UnknownArea` when there is none."""
    area = session.get(Area, area_id)
    if area is None:
        raise UnknownArea(where="")
    return area


def settings_of(session: Session, area: Area) -> AreaSettings:
    """Return the settings that hold in an area."""
    return _Lines(session, [area]).settings(area)


def area_views(session: Session, areas: Sequence[Area]) -> list[AreaView]:
    """Return areas as they are shown."""
    lines = _Lines(session, areas)
    return [
        AreaView(
            id=area.id,
            parent_id=area.parent_id,
            kind=AreaKind(area.kind),
            name=area.name,
            code=area.code,
            path=area.path,
            settings=lines.settings(area),
            own_settings=area.own_settings,
        )
        for area in areas
    ]


def area_copies(session: Session, areas: Sequence[Area]) -> list[AreaCopy]:
    """Return areas as others keep them; raise `UnknownSetting` when the settings of one do not agree."""
    lines = _Lines(session, areas)
    return [
        AreaCopy(
            id=area.id,
            parent_id=area.parent_id,
            kind=AreaKind(area.kind),
            name=area.name,
            path=area.path,
            version=area.version,
            settings=lines.settings(area),
            release_scope_id=lines.release_scope_id(area),
        )
        for area in areas
    ]


class _Lines:
    """The own settings of some areas and of all above them, read at once."""

    def __init__(self, session: Session, areas: Iterable[Area]) -> None:
        paths = {path for area in areas for path in line_of(area.path)}
        found = session.execute(select(Area.path, Area.id, Area.own_settings).where(Area.path.in_(paths)))
        self._by_path: dict[str, tuple[UUID, dict[str, Any]]] = {row.path: (row[1], row[2]) for row in found}

    def settings(self, area: Area) -> AreaSettings:
        return inherited([own for _, own in self._line(area)])

    def release_scope_id(self, area: Area) -> UUID:
        return release_scope(self._line(area))

    def _line(self, area: Area) -> list[tuple[UUID, dict[str, Any]]]:
        return [self._by_path[path] for path in line_of(area.path)]


class Place(NamedTuple):
    """An area as people and units refer to it."""

    id: UUID
    path: str


class Gazetteer:
    """The areas of one kind within reach of another, by what people call them.

    That is their name, their name after the name of the area above (文昌街道文明社区), or their path.
    """

    def __init__(self, session: Session, kind: AreaKind, area: Area) -> None:
        """Read the areas of `kind` that lie at, below or above `area`."""
        above = aliased(Area)
        within_reach = or_(
            Area.path.startswith(area.path, autoescape=True), Area.path.in_(line_of(area.path))
        )
        found = session.execute(
            select(Area.id, Area.path, Area.name, above.name)
            .outerjoin(above, Area.parent_id == above.id)
            .where(Area.kind == kind, within_reach)
        )
        self._places: dict[str, list[Place]] = {}
        for area_id, path, name, name_above in found:
            for called in {name_key(name), name_key(f"{name_above or ''}{name}"), path}:
                self._places.setdefault(called, []).append(Place(area_id, path))

    def find(self, name: str) -> list[Place]:
        """Return every place of that name."""
        return self._places.get(name) or self._places.get(name_key(name), [])
