"""What a new day brings: stages of campaigns, papers to throw away, the month's look, festivals ahead."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, String, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, insert

from services.chassis.calendar import Festival, month_of
from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.directory.contracts import AreaKind, AreaSettings
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import CommunityDue, FestivalNear, Hardship, RosterChecksDue
from services.wishes.domain import HARDSHIP_OF, festivals_ahead
from services.wishes.models import Area, FestivalReminder, Resident, RosterEntry, RosterReminder
from services.wishes.usecases.campaigns import begin_stages
from services.wishes.usecases.evidence import expire_evidence

_INSTANT = DateTime(timezone=True)


def begin_day(work: Work, event: RemindersDue, now: datetime) -> None:
    """Do what the day asks for; each part happens once, however often the day is announced."""
    begin_stages(work, event.on, now)
    expire_evidence(work, event.on, now)
    remind_of_roster(work, event.on, now)
    remind_of_festivals(work, event.on, now)


def remind_of_roster(work: Work, today: date, now: datetime) -> None:
    """Tell once a month which rosters wait for this month's look (003: 每月对底册整理更新)."""
    month, begins_on = month_of(today), today.replace(day=1)
    is_due = (RosterEntry.taken_off_on.is_(None), RosterEntry.last_checked_on < begins_on)
    waiting = (
        select(literal(month), Resident.community_id, literal(now, _INSTANT))
        .join(RosterEntry, RosterEntry.resident_id == Resident.id)
        .where(*is_due)
        .distinct()
    )
    told = insert(RosterReminder).from_select(["month", "community_id", "at"], waiting)
    returned = told.on_conflict_do_nothing().returning(RosterReminder.community_id)
    fresh = work.session.scalars(returned).all()
    counts = (
        select(Resident.community_id, func.count())
        .join(RosterEntry, RosterEntry.resident_id == Resident.id)
        .where(*is_due)
        .group_by(Resident.community_id)
    )
    people = dict(work.session.execute(counts).all()) if fresh else {}
    for chunk in in_events(_communities(work, fresh, people)):
        work.announce(RosterChecksDue(month=month, communities=chunk))


def remind_of_festivals(work: Work, today: date, now: datetime) -> None:
    """Tell communities of the festivals of 001 as many days ahead as their area wants, each once a year."""
    for festival in festivals_ahead(today):
        fresh = _newly_told(work, festival, (festival.on - today).days, now)
        people = _on_the_roster(work, HARDSHIP_OF[festival.audience]) if fresh else {}
        for chunk in in_events(_communities(work, fresh, people)):
            work.announce(_near(festival, chunk))


def _newly_told(work: Work, festival: Festival, days_left: int, now: datetime) -> Sequence[UUID]:
    """Return the communities that want to hear of a festival by now and have not; 0 days wants never."""
    usual = AreaSettings().festival_days
    ahead = func.coalesce(cast(Area.settings["festival_days"].astext, Integer), usual)
    wanting = select(
        literal(festival.on, Date), literal(festival.key, String), Area.id, literal(now, _INSTANT)
    ).where(Area.kind == AreaKind.COMMUNITY, ahead > 0, ahead >= days_left)
    columns = ["falls_on", "festival", "community_id", "at"]
    told = insert(FestivalReminder).from_select(columns, wanting).on_conflict_do_nothing()
    return work.session.scalars(told.returning(FestivalReminder.community_id)).all()


def _on_the_roster(work: Work, hardships: Collection[Hardship]) -> dict[UUID, int]:
    """Return by community how many on its roster have one of these hardships."""
    if not hardships:
        return {}
    kinds = cast([kind.value for kind in hardships], ARRAY(TEXT))
    counted = (
        select(Resident.community_id, func.count())
        .join(RosterEntry, RosterEntry.resident_id == Resident.id)
        .where(RosterEntry.taken_off_on.is_(None), Resident.hardship.overlap(kinds))
        .group_by(Resident.community_id)
    )
    return dict(work.session.execute(counted).all())


def _communities(work: Work, ids: Sequence[UUID], people: dict[UUID, int]) -> list[CommunityDue]:
    wanted = select(Area.id, Area.name, Area.path).where(Area.id.in_(ids)).order_by(Area.path)
    return [
        CommunityDue(
            community_id=row.id, community_name=row.name, area_path=row.path, people=people.get(row.id, 0)
        )
        for row in (work.session.execute(wanted) if ids else ())
    ]


def _near(festival: Festival, communities: Sequence[CommunityDue]) -> FestivalNear:
    return FestivalNear(
        festival=festival.key,
        zh=festival.zh,
        en=festival.en,
        on=festival.on,
        audience=festival.audience,
        communities=list(communities),
    )
