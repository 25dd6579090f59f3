"""Builders for claims of more than one: units and teams with their officers, lines and pledges."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.contracts import Done, new_id
from services.chassis.rights import Actor, Grant, Role
from services.claims.contracts import NamedPerson, PledgeTowardsWish, WaitForPlace
from services.directory.contracts import TeamCopy, TeamsChanged, UnitCopy, UnitKind, UnitsChanged
from services.scheduler.contracts import HourStruck
from services.wishes.contracts import ReleasedWish
from tests.support.claims import COMMUNITY_PATH, ClaimsAtHand, as_member

SOMEBODY = NamedPerson(name="何主任", phone="13900000003")


def a_unit(house: ClaimsAtHand, kind: UnitKind = UnitKind.ORGAN, **changes: Any) -> UUID:
    """Let the service hear of a unit and return its id."""
    unit_id = changes.pop("id", None) or new_id()
    said: dict[str, Any] = {"is_active": True, "version": 1, "contact_name": None, "contact_phone": None}
    said |= {"parent_id": None, "street_id": None, "street_path": None, "contact_email": None}
    said |= {"name": "区档案馆", "path": f"/{unit_id}/"}
    house.hear(UnitsChanged(units=[UnitCopy(id=unit_id, kind=kind, **(said | changes))]))
    return unit_id


def a_team(house: ClaimsAtHand, *members: UUID, **changes: Any) -> UUID:
    """Let the service hear of a team, the first of whose members leads it, and return its id."""
    team = TeamCopy(
        id=changes.pop("id", None) or new_id(),
        name="医疗志愿服务队",
        skill="义诊",
        leader_id=members[0],
        member_ids=members,
        area_path=COMMUNITY_PATH,
        is_active=changes.pop("is_active", True),
        version=changes.pop("version", 1),
    )
    house.hear(TeamsChanged(teams=[team]))
    return team.id


def as_officer(unit_id: UUID, account_id: UUID | None = None) -> Actor:
    """Return the officer of a unit, signed in."""
    grant = Grant(Role.UNIT_OFFICER, f"/{unit_id}/")
    return Actor(account_id=account_id or new_id(), unit_id=unit_id, grants=(grant,))


def wait(house: ClaimsAtHand, member: UUID, wish: ReleasedWish) -> UUID:
    """Put a member in line for a wish and return the id of their turn."""
    done: Done = house.ask(WaitForPlace(by=as_member(member), wish_id=wish.wish_id))
    assert done.id is not None
    return done.id


def pledge(house: ClaimsAtHand, member: UUID, wish: ReleasedWish, amount: int) -> UUID:
    """Let a member pledge towards a wish and return the id of the pledge."""
    command = PledgeTowardsWish(by=as_member(member), wish_id=wish.wish_id, amount=amount)
    done: Done = house.ask(command)
    assert done.id is not None
    return done.id


def an_hour(at: datetime) -> HourStruck:
    """Return what the scheduler tells when an hour begins."""
    return HourStruck(period=at.strftime("%Y-%m-%d-%H"))
