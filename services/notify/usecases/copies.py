"""What others tell of people and areas, kept as copies; whoever becomes known is told what waited."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from services.chassis.database import upsert_if_newer
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.directory.contracts import AccountsChanged, AreasChanged, MembersChanged, UnitsChanged
from services.notify.domain import RecipientKind
from services.notify.domain.quiet import minute_of
from services.notify.gate.ways import Ways
from services.notify.models import Area, Handle, Recipient
from services.notify.usecases.indexing import indexed
from services.notify.usecases.planning import plan_waiting
from services.wishes.contracts import ResidentsChanged


def note_areas(ways: Ways, work: Work, event: AreasChanged, now: datetime) -> None:
    """Keep the areas; a stale version changes nothing."""
    rows = [
        {"id": area.id, "path": area.path, "release_scope_id": area.release_scope_id, "version": area.version}
        | _quiet_hours(area.settings.quiet_hours)
        for area in event.areas
    ]
    if rows:
        upsert_if_newer(work.session, Area, rows)


def _quiet_hours(said: str | None) -> dict[str, int | None]:
    """Return the quiet hours that an area sets or inherits, as its copy keeps them."""
    if said is None:
        return {"quiet_from": None, "quiet_to": None}
    begins, _, ends = said.partition("-")
    return {"quiet_from": minute_of(begins), "quiet_to": minute_of(ends)}


def note_members(ways: Ways, work: Work, event: MembersChanged, now: datetime) -> None:
    """Keep the members and how to reach them."""
    rows = [
        _recipient(member, RecipientKind.MEMBER)
        | {"phone": member.phone, "email": member.email, "language": member.language}
        | {"area_id": member.community_id, "area_path": member.area_path, "is_active": member.is_active}
        for member in event.members
    ]
    _keep(work, ways, rows, now)


def note_residents(ways: Ways, work: Work, event: ResidentsChanged, now: datetime) -> None:
    """Keep the residents and how to reach them."""
    rows = [
        _recipient(resident, RecipientKind.RESIDENT)
        | {"phone": resident.phone, "language": resident.language}
        | {"area_id": resident.community_id, "area_path": resident.area_path}
        for resident in event.residents
    ]
    _keep(work, ways, rows, now)


def note_accounts(ways: Ways, work: Work, event: AccountsChanged, now: datetime) -> None:
    """Keep the workers and officers, with the places where they have a role."""
    rows = [
        _recipient(account, RecipientKind.ACCOUNT)
        | {"phone": account.phone, "email": account.email, "language": account.language}
        | {"postings": [posting(grant.role, grant.scope) for grant in account.grants]}
        | {"is_active": account.is_active}
        for account in event.accounts
    ]
    _keep(work, ways, rows, now)


def note_units(ways: Ways, work: Work, event: UnitsChanged, now: datetime) -> None:
    """Keep the units and how to reach their contact; a unit goes by its own name, sealed like every name."""
    rows = [
        _recipient(unit, RecipientKind.UNIT)
        | {"name": work.seals.seal(unit.name), "phone": unit.contact_phone, "email": unit.contact_email}
        | {
            "area_id": unit.street_id,
            "area_path": unit.street_path or EVERYWHERE,
            "is_active": unit.is_active,
        }
        for unit in event.units
    ]
    _keep(work, ways, rows, now)


def posting(role: str, scope: str) -> str:
    """Return a role in a place as recipients keep it."""
    return f"{role}:{scope}"


def _recipient(copy: Any, kind: RecipientKind) -> dict[str, Any]:
    """Return what all kinds have in common; the rest is what is usual when a kind does not say it."""
    usual: dict[str, Any] = {
        "phone": None,
        "email": None,
        "language": "zh",
        "area_id": None,
        "area_path": EVERYWHERE,
    }
    usual |= {"postings": [], "is_active": True}
    return usual | {"id": copy.id, "kind": kind, "name": copy.name, "version": copy.version}


def _keep(work: Work, ways: Ways, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Keep the rows at the end of the work, with all others; then plan what waited for them."""

    def keep(gathered: Sequence[Mapping[str, Any]]) -> None:
        upsert_if_newer(work.session, Recipient, [indexed(work.seals, row) for row in gathered])
        gone = select(Recipient.id).where(
            Recipient.id.in_([row["id"] for row in gathered if not row["is_active"]]),
            Recipient.is_active.is_(False),
        )
        work.session.execute(delete(Handle).where(Handle.recipient_id.in_(gone)))
        plan_waiting(work.session, ways, now, [row["id"] for row in gathered])

    if rows:
        work.gather("recipients", rows, keep)
