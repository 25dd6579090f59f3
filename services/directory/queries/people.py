"""Reading units and members, masked, a page at a time."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.chassis.paging import one_more, page_of
from services.chassis.sealing import mask_name, mask_phone
from services.chassis.work import Work
from services.directory.contracts import (
    ListMembers,
    ListUnits,
    MemberKind,
    MemberList,
    MemberView,
    UnitKind,
    UnitList,
    UnitView,
)
from services.directory.domain.areas import line_of
from services.directory.domain.people import name_key
from services.directory.models import Area, Member, Unit
from services.directory.queries.areas import area_of
from services.directory.queries.paging import after_id, storable
from services.directory.records import UnitRecord


def list_units(work: Work, query: ListUnits) -> UnitList:
    """Return the units that report within an area or to the street it lies in, by name; raise `UnknownArea`.

    Those that report nowhere yet are listed where they were registered.
    """
    area = area_of(work.session, query.area_id)
    work.permit(area.path)
    wanted = select(Unit).where(Unit.is_active, _is_near(area)).order_by(Unit.name)
    if query.name:
        wanted = wanted.where(Unit.name_key == name_key(query.name))
    if query.after:
        wanted = wanted.where(Unit.name > storable(query.after))
    units, following = page_of(work.session.scalars(one_more(wanted, query)), query, lambda unit: unit.name)
    return UnitList(items=unit_views(work, units), next=following)


def _is_near(area: Area) -> ColumnElement[bool]:
    reports_above = Unit.street_id.is_not(None) & Unit.care_path.in_(line_of(area.path))
    return or_(Unit.care_path.startswith(area.path, autoescape=True), reports_above)


def unit_views(work: Work, units: Iterable[Unit | UnitRecord]) -> list[UnitView]:
    """Return units as they are shown, their contacts masked."""
    seals = work.seals
    return [
        UnitView(
            id=unit.id,
            parent_id=unit.parent_id,
            name=unit.name,
            kind=UnitKind(unit.kind),
            path=unit.path,
            street_id=unit.street_id,
            contact_name=mask_name(seals.open(unit.contact_name)) if unit.contact_name else None,
            contact_phone=mask_phone(seals.open(unit.contact_phone)) if unit.contact_phone else None,
            contact_email=mask_email(seals.open(unit.contact_email)) if unit.contact_email else None,
        )
        for unit in units
    ]


def mask_email(email: str) -> str:
    """Return an address fit for a screen: its first letter and where it is."""
    return f"{email[:1]}***{email[email.rfind('@') :]}"


def list_members(work: Work, query: ListMembers) -> MemberList:
    """Return the members at home in an area, oldest registration first; raise `UnknownArea`.

    Those at home nowhere yet are listed where they were registered.
    """
    area = area_of(work.session, query.area_id)
    work.permit(area.path)
    is_cared_for = Member.care_path.startswith(area.path, autoescape=True)
    wanted = select(Member).where(is_cared_for).order_by(Member.id)
    if query.unit_id:
        wanted = wanted.where(Member.unit_id == query.unit_id)
    if not query.with_left:
        wanted = wanted.where(Member.is_active)
    if after := after_id(query):
        wanted = wanted.where(Member.id > after)
    members, following = page_of(work.session.scalars(one_more(wanted, query)), query)
    return MemberList(items=_member_views(work, members), next=following)


def _member_views(work: Work, members: Sequence[Member]) -> list[MemberView]:
    units = _names(work.session, Unit, {member.unit_id for member in members})
    communities = _names(work.session, Area, {member.community_id for member in members})
    return [
        MemberView(
            id=member.id,
            kind=MemberKind(member.kind),
            name=mask_name(work.seals.open(member.name)),
            phone=mask_phone(work.seals.open(member.phone)),
            unit_id=member.unit_id,
            unit_name=units.get(member.unit_id),
            community_id=member.community_id,
            community_name=communities.get(member.community_id),
            skills=tuple(member.skills),
            willingness=tuple(member.willingness),
            is_active=member.is_active,
            free_hours=tuple(member.free_hours),
        )
        for member in members
    ]


def _names(session: Session, table: type[Unit] | type[Area], ids: set[UUID | None]) -> dict[UUID | None, str]:
    return {
        row.id: row.name for row in session.execute(select(table.id, table.name).where(table.id.in_(ids)))
    }
