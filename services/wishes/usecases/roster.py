"""The roster (困难帮扶对象花名册): put somebody on it, look again every month, take them off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.wishes.contracts import (
    CheckRosterEntry,
    HardshipNeeded,
    NotOnRoster,
    PutOnRoster,
    RosterEntryView,
)
from services.wishes.domain import clean_reason, clean_within, resident_in_order
from services.wishes.models import Area, Resident, RosterCheck, RosterEntry
from services.wishes.queries.places import community_for, settings_of
from services.wishes.queries.roster import entry_view
from services.wishes.usecases.moves import by_whom
from services.wishes.usecases.people import residents_for


def put_on_roster(work: Work, command: PutOnRoster, now: datetime) -> RosterEntryView:
    """Put a resident on the roster, or bring their entry up to date; either counts as this month's look.

    Raises `UnknownCommunity`, `HardshipNeeded` and whatever is wrong with the resident.
    """
    community = community_for(work.session, command.community_id)
    work.permit(community.path)
    said = resident_in_order(command.resident, settings_of(community).area_code)
    if not said.hardship:
        raise HardshipNeeded()
    resident = residents_for(work, community, [said], command.by.language, now, is_trusted=True)[0]
    today = work.day_of(now)
    entry = _listed(work, resident.id, today)
    work.session.add(_check(work, resident.id, now, by_whom(command), is_in_hardship=True, reason=""))
    return entry_view(work.seals, entry, resident, today=today)


def check_roster_entry(work: Work, command: CheckRosterEntry, now: datetime) -> Done:
    """Look again: still in hardship, or off the roster with a reason.

    Raises `NotOnRoster`, `ReasonNeeded`.
    """
    entry = _entry_for(work, command.resident_id)
    still = command.still_in_hardship
    reason = clean_within(command.reason, 500) if still else clean_reason(command.reason)
    today = work.day_of(now)
    entry.last_checked_on = today
    entry.taken_off_on = None if still else today
    work.session.add(
        _check(work, entry.resident_id, now, by_whom(command), is_in_hardship=still, reason=reason)
    )
    return Done(id=entry.resident_id)


def _listed(work: Work, resident_id: UUID, today: date) -> RosterEntry:
    """Return the entry of a resident, new or checked again or back on the roster."""
    entry = insert(RosterEntry).values(resident_id=resident_id, listed_on=today, last_checked_on=today)
    changes = {"last_checked_on": today, "taken_off_on": None}
    kept = entry.on_conflict_do_update(index_elements=["resident_id"], set_=changes).returning(RosterEntry)
    return work.session.scalars(kept, execution_options={"populate_existing": True}).one()


def _entry_for(work: Work, resident_id: UUID) -> RosterEntry:
    chosen = (
        select(RosterEntry, Area.path)
        .join(Resident, Resident.id == RosterEntry.resident_id)
        .join(Area, Area.id == Resident.community_id)
        .where(RosterEntry.resident_id == resident_id, RosterEntry.taken_off_on.is_(None))
    )
    found = work.session.execute(chosen.with_for_update(of=RosterEntry)).first()
    if found is None:
        raise NotOnRoster()
    entry, path = found
    work.permit(path)
    return entry


def _check(
    work: Work, resident_id: UUID, at: datetime, by: str, *, is_in_hardship: bool, reason: str
) -> RosterCheck:
    return RosterCheck(
        resident_id=resident_id,
        at=at,
        by=by,
        is_in_hardship=is_in_hardship,
        reason=work.seals.seal_or_none(reason),
    )
