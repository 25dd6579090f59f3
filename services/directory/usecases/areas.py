"""The verbs of the tree: add areas, rename one, change settings."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.chassis.contracts import new_id
from services.chassis.rights import EVERYWHERE
from services.chassis.sheets import read_name
from services.chassis.work import Work
from services.directory.contracts import (
    AddAreas,
    AreaKind,
    AreaList,
    AreaView,
    ChangeAreaSettings,
    NewArea,
    RenameArea,
    TooManyAtOnce,
    UnknownArea,
    UnusableCode,
    UnusableName,
    WrongParent,
)
from services.directory.domain.areas import changed_settings, is_code, may_lie_under, next_code
from services.directory.models import Area
from services.directory.queries.areas import area_of, area_views
from services.directory.usecases.announcing import announce_areas
from services.directory.usecases.flaws import where
from services.directory.usecases.turns import TREE, wait_for_turn

MOST_AREAS = 5_000


def add_areas(work: Work, command: AddAreas, now: datetime) -> AreaList:
    """Add areas under parents that exist or come earlier in the list; return all that were named.

    Raises `WrongParent`, `UnknownArea` (no such parent), `UnusableCode`, `UnusableName`, `TooManyAtOnce`.
    """
    work.permitted_scopes()
    if len(command.areas) > MOST_AREAS:
        raise TooManyAtOnce(limit=MOST_AREAS)
    wait_for_turn(work.session, TREE)
    tree = _Tree(work.session)
    named = []
    for row, new in enumerate(command.areas, start=1):
        work.permit(new.parent_path or EVERYWHERE)
        named.append(tree.place(new, row))
    work.session.add_all(tree.added)
    work.session.flush()
    announce_areas(work, tree.added)
    return AreaList(items=area_views(work.session, named))


class _Tree:
    """The areas there are, and those that are being added to them."""

    def __init__(self, session: Session) -> None:
        self._by_path: dict[str, Area] = {}
        self._below: dict[str | None, list[Area]] = defaultdict(list)
        for area in session.scalars(select(Area).order_by(Area.path)):
            self._keep(area)
        self.added: list[Area] = []

    def place(self, new: NewArea, row: int) -> Area:
        """Return the area that `new` means, added when it is not there yet."""
        parent = self._parent(new, row)
        name = read_name(new.name)
        if not isinstance(name, str):
            raise UnusableName(where=where(row))
        code = new.code or self._code_of(parent, new.kind, name)
        if not is_code(code):
            raise UnusableCode(where=where(row))
        path = f"{parent.path if parent else EVERYWHERE}{code}/"
        return self._by_path.get(path) or self._add(parent, new.kind, name, code, path)

    def _parent(self, new: NewArea, row: int) -> Area | None:
        parent = self._by_path.get(new.parent_path) if new.parent_path else None
        if new.parent_path and parent is None:
            raise UnknownArea(where=where(row))
        if not may_lie_under(new.kind, AreaKind(parent.kind) if parent else None):
            raise WrongParent(where=where(row))
        return parent

    def _code_of(self, parent: Area | None, kind: AreaKind, name: str) -> str:
        """Return the code of the area of that kind and name under `parent`, or else the next number."""
        siblings = self._below[parent.path if parent else None]
        same = [area.code for area in siblings if (area.kind, area.name) == (kind, name)]
        return same[0] if same else next_code(area.code for area in siblings)

    def _add(self, parent: Area | None, kind: AreaKind, name: str, code: str, path: str) -> Area:
        area = Area(
            id=new_id(),
            parent_id=parent.id if parent else None,
            kind=kind,
            name=name,
            code=code,
            path=path,
            own_settings={},
            version=1,
        )
        self._keep(area)
        self.added.append(area)
        return area

    def _keep(self, area: Area) -> None:
        self._by_path[area.path] = area
        above = area.path.removesuffix(f"{area.code}/")
        self._below[above if above != EVERYWHERE else None].append(area)


def rename_area(work: Work, command: RenameArea, now: datetime) -> AreaView:
    """Give an area another name; raises `UnknownArea`, `UnusableName`."""
    area = area_of(work.session, command.area_id)
    work.permit(area.path)
    name = read_name(command.name)
    if not isinstance(name, str):
        raise UnusableName(where="")
    wait_for_turn(work.session, TREE)
    work.session.refresh(area)
    if area.name != name:
        area.name, area.version = name, area.version + 1
        work.session.flush()
        announce_areas(work, [area])
    return area_views(work.session, [area])[0]


def change_area_settings(work: Work, command: ChangeAreaSettings, now: datetime) -> AreaView:
    """Set settings of an area; everybody below hears of those they inherit.

    Raises `UnknownArea`; `UnknownSetting` for one that does not exist, does not fit, or contradicts another
    here or anywhere below.
    """
    area = area_of(work.session, command.area_id)
    work.permit(area.path)
    wait_for_turn(work.session, TREE)
    work.session.refresh(area)
    own = changed_settings(area.own_settings, command.settings)
    if own != area.own_settings:
        area.own_settings = own
        work.session.flush()
        announce_areas(work, _next_version_below(work.session, area))
    return area_views(work.session, [area])[0]


def _next_version_below(session: Session, area: Area) -> list[Area]:
    is_below = Area.path.startswith(area.path, autoescape=True)
    raised = update(Area).where(is_below).values(version=Area.version + 1)
    session.execute(raised, execution_options={"synchronize_session": False})
    anew = select(Area).where(is_below).order_by(Area.path).execution_options(populate_existing=True)
    return list(session.scalars(anew))
