"""Who acts in a rehearsal: community workers, members, unit officers, as the doors would stamp them."""

import secrets
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from services.chassis.rights import EVERYWHERE, OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.console.layouts import area_paths
from services.console.rehearsal.layout import Layout
from services.directory.contracts import (
    AddAccount,
    AreaView,
    ListAreas,
    ListMembers,
    ListUnits,
    TeamView,
    UnitView,
)

MOST_MEMBERS = 5000
"""Members who act; a larger city's others are told and remembered, but stay at home."""

MOST_WORKERS = 60
"""Workers who have an account and are told things; those of communities beyond act, and are told nothing."""


class Community(msgspec.Struct, frozen=True):
    """A community that takes part, with its worker."""

    id: UUID
    name: str
    path: str
    worker: Actor


class Team(msgspec.Struct, frozen=True):
    """A volunteer team, its people with the leader first, and the place where it is at home."""

    view: TeamView
    people: list[Actor]
    place: str


class Cast(msgspec.Struct, frozen=True):
    """Everybody who acts."""

    city_id: UUID
    communities: dict[str, Community]  # by the code of the layout
    members: list[Actor]
    by_id: dict[UUID, Actor]  # the same members
    units: list[UnitView]
    areas: dict[str, AreaView]  # by name; of two with the same name, either
    neighbours: dict[UUID, list[Actor]]  # members by the community where they live
    colleagues: dict[UUID, list[Actor]]  # members by the unit where they work

    def officer_of(self, unit: UnitView) -> Actor:
        """Return the officer who answers for a unit."""
        return Actor(
            account_id=_account(unit.path), unit_id=unit.id, grants=(Grant(Role.UNIT_OFFICER, unit.path),)
        )

    def home_of(self, member: Actor) -> UUID | None:
        """Return the community where a member lives."""
        return next((home for home, members in self.neighbours.items() if member in members), None)

    def unit_named(self, name: str) -> UnitView:
        """Return a unit by its name."""
        return next(unit for unit in self.units if unit.name == name)


def id_of(member: Actor) -> UUID:
    """Return the id of somebody who is a member."""
    if member.member_id is None:
        raise AssertionError("no member")
    return member.member_id


def officer_at(path: str) -> Actor:
    """Return the officer of a street, a district or the city."""
    return Actor(account_id=_account(f"officer of {path}"), grants=(Grant(Role.OFFICER, path),))


def above(path: str) -> str:
    """Return the path of the area in which another lies: /c/d/s/x/ → /c/d/s/."""
    return f"{path.rstrip('/').rpartition('/')[0]}/"


def assemble(ask: Callable[..., Any], layout: Layout) -> Cast:
    """Return the cast of a laid-out city."""
    paths = area_paths(layout)
    by_path = {area.path: area for area in every(ask, ListAreas)}
    codes = [area.code for area in layout.areas() if area.kind == "community"]
    joined = min(MOST_WORKERS, layout.scenario.taking_part(layout.scenario.months))
    employed = {code: _employ(ask, by_path[paths[code]]) for code in codes[:joined]}
    city = by_path[paths[layout.scenario.city.code]]
    members = every(ask, ListMembers, most=MOST_MEMBERS, area_id=city.id)
    actors = {member.id: _member(member.id) for member in members}
    neighbours: dict[UUID, list[Actor]] = defaultdict(list)
    colleagues: dict[UUID, list[Actor]] = defaultdict(list)
    for member in members:
        neighbours[member.community_id].append(actors[member.id])
        colleagues[member.unit_id].append(actors[member.id])
    return Cast(
        city_id=city.id,
        communities={code: _community(by_path[paths[code]], employed.get(code)) for code in codes},
        members=list(actors.values()),
        by_id=actors,
        units=every(ask, ListUnits, area_id=city.id),
        areas={area.name: area for area in by_path.values()},
        neighbours=neighbours,
        colleagues=colleagues,
    )


def every(ask: Callable[..., Any], query: type[Any], most: int = 1_000_000, **asked: Any) -> list[Any]:
    """Return the items of all pages of a list, up to `most`."""
    items: list[Any] = []
    after = None
    while len(items) < most:
        page = ask(query(**({"by": OPERATOR_AT_THE_CONSOLE} | asked), after=after, limit=200))
        items += page.items
        after = page.next
        if after is None:
            break
    return items


def _community(area: AreaView, account_id: UUID | None) -> Community:
    grants = (Grant(Role.COMMUNITY_WORKER, area.path),)
    worker = Actor(account_id=account_id or _account(area.path), grants=grants)
    return Community(area.id, area.name, area.path, worker)


def _employ(ask: Callable[..., Any], area: AreaView) -> UUID:
    """Add the account of a community's worker, who hears in their inbox what workers are told."""
    account = AddAccount(
        by=OPERATOR_AT_THE_CONSOLE,
        login=f"worker-{area.code}",
        password=secrets.token_urlsafe(12),
        name=f"{area.name}工作者",
        role=Role.COMMUNITY_WORKER,
        area_path=area.path,
    )
    account_id: UUID = ask(account).id
    return account_id


def _member(member_id: UUID) -> Actor:
    return Actor(member_id=member_id, grants=(Grant(Role.MEMBER, EVERYWHERE),))


def _account(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"rehearsal {name}")
