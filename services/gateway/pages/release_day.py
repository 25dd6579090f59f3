"""When wishes go up next, by the city's own rule, and how that is said in words."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.chassis.calendar import (
    HolidayRule,
    Note,
    PublicHolidays,
    ReleaseRule,
    month_of,
    release_moment,
    releases,
)
from services.directory.contracts import AreaSettings

_CHINESE_DAYS = "一二三四五六日"


@dataclass(frozen=True)
class NextRelease:
    """The instant at which wishes go up next, and what there is to remark on that day."""

    at: datetime
    note: Note | None


def next_release(
    area: AreaSettings, now: datetime, zone: str, holidays: PublicHolidays
) -> NextRelease | None:
    """Return the next release after `now`; None where somebody releases by hand, or the rule names no day.

    The month before is looked at too: a release moved past a holiday may lie in the month after its own.
    """
    this_month = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    last_month = month_of(this_month - timedelta(days=1))
    try:
        rule, holiday_rule = ReleaseRule(area.release_rule), HolidayRule(area.holiday_rule)
        planned = releases(last_month, 4, rule, holiday_rule, holidays, area.fixed_day)
        at = time.fromisoformat(area.release_at)
    except ValueError:
        return None
    for release in planned:
        moment = release_moment(release.release_on, at, zone)
        if moment > now:
            return NextRelease(moment, release.note)
    return None


def in_words(at: datetime, zone: str, language: str) -> str:
    """Return an instant as a person says it: day, weekday, and hour in the city's time."""
    local = at.astimezone(ZoneInfo(zone))
    if language == "en":
        return f"{local:%A}, {local.day} {local:%B} {local.year}, {local:%H:%M}"
    weekday = _CHINESE_DAYS[local.weekday()]
    return f"{local.year}年{local.month}月{local.day}日（星期{weekday}）{local:%H:%M}"


def to_the_second(at: datetime, zone: str, language: str) -> str:
    """Return an instant to the second, for “last updated”."""
    local = at.astimezone(ZoneInfo(zone))
    if language == "en":
        return f"{local:%Y-%m-%d %H:%M:%S}"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M:%S}"
