"""What a new day brings: stages of campaigns, papers to throw away, the month's look, festivals ahead."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, String, and_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, insert

from services.chassis.calendar import Festival, month_of
from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.directory.contracts import AreaKind, AreaSettings
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import CommunityDue, FestivalNear, Hardship, RosterChecksDue
from services.wishes.domain import HARDSHIP_OF, festivals_ahead
from services.wishes.models import Area, Base, FestivalReminder, Resident, RosterEntry, RosterReminder
from services.wishes.usecases.campaigns import begin_stages
from services.wishes.usecases.evidence import expire_evidence


def begin_day(work: Work, event: RemindersDue, now: datetime) -> None:
    """Do what the day asks for; each part happens once, however often the day is announced."""
    begin_stages(work, event.on, now)
    expire_evidence(work, event.on, now)
    remind_of_roster(work, event.on, now)
    remind_of_festivals(work, event.on, now)


_TABLES = Base.metadata.tables
_NOW = bindparam("now", type_=DateTime(timezone=True))
_IS_DUE = and_(RosterEntry.taken_off_on.is_(None), RosterEntry.last_checked_on < bindparam("begins_on"))
_TELL_OF_ROSTERS = (
    insert(_TABLES["wishes.roster_reminder"])
    .from_select(
        ["month", "community_id", "at"],
        select(bindparam("month", type_=String), Resident.community_id, _NOW)
        .join(RosterEntry, RosterEntry.resident_id == Resident.id)
        .where(_IS_DUE)
        .distinct(),
    )
    .on_conflict_do_nothing()
    .returning(RosterReminder.community_id)
)
_ON_ROSTERS_DUE = (
    select(Resident.community_id, func.count())
    .join(RosterEntry, RosterEntry.resident_id == Resident.id)
    .where(_IS_DUE)
    .group_by(Resident.community_id)
)


def remind_of_roster(work: Work, today: date, now: datetime) -> None:
    """Tell once a month which rosters wait for this month's look (003: 每月对底册整理更新)."""
    month = month_of(today)
    asked = {"month": month, "begins_on": today.replace(day=1), "now": now}
    fresh = work.session.scalars(_TELL_OF_ROSTERS, asked).all()
    people = dict(work.session.execute(_ON_ROSTERS_DUE, asked).all()) if fresh else {}
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
    told = {"on": festival.on, "festival": festival.key, "days_left": days_left, "now": now}
    return work.session.scalars(_TELL_OF_FESTIVAL, told).all()


_DAYS_AHEAD = func.coalesce(
    cast(Area.settings["festival_days"].astext, Integer), AreaSettings().festival_days
)
_TELL_OF_FESTIVAL = (
    insert(_TABLES["wishes.festival_reminder"])
    .from_select(
        ["falls_on", "festival", "community_id", "at"],
        select(bindparam("on", type_=Date), bindparam("festival", type_=String), Area.id, _NOW).where(
            Area.kind == AreaKind.COMMUNITY, _DAYS_AHEAD > 0, bindparam("days_left") <= _DAYS_AHEAD
        ),
    )
    .on_conflict_do_nothing()
    .returning(FestivalReminder.community_id)
)


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
