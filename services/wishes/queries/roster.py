"""The roster (困难帮扶对象花名册): who is on it, masked, and who is due for this month's look (003)."""

from datetime import date, datetime

from sqlalchemy import func, select

from services.chassis.paging import one_more, page_of
from services.chassis.sealing import Seals, mask_name, mask_phone
from services.chassis.work import Work
from services.wishes.contracts import Hardship, ListRoster, Roster, RosterEntryView
from services.wishes.models import Area, Resident, RosterEntry
from services.wishes.queries.paging import after_id
from services.wishes.queries.places import area_for


def list_roster(work: Work, query: ListRoster, now: datetime) -> Roster:
    """Return a page of the roster of an area, in the order in which residents became known.

    Raises `UnknownArea`, and `Malformed` for a place in the list that there is not.
    """
    today = work.day_of(now)
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    chosen = (
        select(RosterEntry, Resident)
        .join(Resident, Resident.id == RosterEntry.resident_id)
        .join(Area, Area.id == Resident.community_id)
        .where(func.starts_with(Area.path, area.path), RosterEntry.taken_off_on.is_(None))
    )
    if query.due:
        chosen = chosen.where(RosterEntry.last_checked_on < today.replace(day=1))
    if last := after_id(query):
        chosen = chosen.where(Resident.id > last)
    found = work.session.execute(one_more(chosen.order_by(Resident.id), query))
    rows, following = page_of(found, query, lambda row: row.Resident.id)
    items = [entry_view(work.seals, *row, today=today) for row in rows]
    return Roster(items=items, next=following)


def entry_view(seals: Seals, entry: RosterEntry, resident: Resident, *, today: date) -> RosterEntryView:
    """Return an entry as staff see it; it is due when nobody has looked since the month began (003: 每月)."""
    return RosterEntryView(
        resident_id=resident.id,
        name=mask_name(seals.open(resident.name)),
        phone=mask_phone(seals.open(resident.phone)) if resident.phone else None,
        age=resident.age,
        hardship=tuple(Hardship(kind) for kind in resident.hardship),
        community_id=resident.community_id,
        last_checked_on=entry.last_checked_on,
        is_due=entry.last_checked_on < today.replace(day=1),
    )
