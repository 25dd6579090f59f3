"""The civil calendar of the programme: periods, release days, public holidays, festivals; it has no clock."""

import re
from calendar import SATURDAY, monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
from lunar_python import Lunar

# --- Periods: "2026-12" a month, "2026H2" a half-year, "2026" a year ---------------------------------------


class PeriodKind(StrEnum):
    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"


PERIODS_IN_A_YEAR = {PeriodKind.MONTH: 12, PeriodKind.HALF_YEAR: 2, PeriodKind.YEAR: 1}

_WRITTEN_PERIOD = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|H([12]))?")


def month_of(on: date) -> str:
    """The month a day belongs to, as "2026-12"."""
    return f"{on.year:04}-{on.month:02}"


def half_year_of(on: date) -> str:
    """The half-year a day belongs to: "2026H1" is January to June, "2026H2" July to December."""
    return f"{on.year:04}H{1 if on.month <= 6 else 2}"


def year_of(on: date) -> str:
    """The year a day belongs to, as "2026"."""
    return f"{on.year:04}"


def next_period(period: str) -> str:
    """The month after a month, the half-year after a half-year, the year after a year.

    Raises ValueError when `period` is not written as a period.
    """
    kind, number = _numbered(period)
    return _written(kind, number + 1)


def periods_between(first: str, last: str) -> list[str]:
    """All periods from `first` to `last`, both included, in order.

    Raises ValueError when one of them is no period, when they are of different kinds,
    or when `last` comes before `first`.
    """
    (kind, start), (last_kind, end) = _numbered(first), _numbered(last)
    if kind != last_kind:
        raise ValueError(f"{first!r} and {last!r} are periods of different kinds")
    if end < start:
        raise ValueError(f"period {last!r} comes before {first!r}")
    return [_written(kind, number) for number in range(start, end + 1)]


def feedback_due_on(period: str) -> date:
    """The day the feedback report on a half-year falls due: 1 July for H1, 1 January for H2 (seed 004).

    Raises ValueError when `period` is not a half-year.
    """
    kind, number = _numbered(period)
    if kind != PeriodKind.HALF_YEAR:
        raise ValueError(f'{period!r} is not a half-year: write it like "2026H2"')
    following = _written(kind, number + 1)
    return date(int(following[:4]), 1 if following.endswith("H1") else 7, 1)


def _numbered(period: str) -> tuple[PeriodKind, int]:
    """A period as its kind and a number that grows by one from each period to the next."""
    found = _WRITTEN_PERIOD.fullmatch(period)
    if found is None or found[1] == "0000":
        raise ValueError(f'{period!r} is not a period: write "2026-12", "2026H2" or "2026"')
    year, month, half = int(found[1]), found[2], found[3]
    if month:
        return PeriodKind.MONTH, year * 12 + int(month) - 1
    if half:
        return PeriodKind.HALF_YEAR, year * 2 + int(half) - 1
    return PeriodKind.YEAR, year


def _written(kind: PeriodKind, number: int) -> str:
    year, part = divmod(number, PERIODS_IN_A_YEAR[kind])
    if year > 9999:
        raise ValueError("the calendar ends with the year 9999")
    ending = {PeriodKind.MONTH: f"-{part + 1:02}", PeriodKind.HALF_YEAR: f"H{part + 1}", PeriodKind.YEAR: ""}
    return f"{year:04}{ending[kind]}"


# --- Public holidays ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicHolidays:
    """The public holidays of mainland China as announced each year, and what the operator knows better.

    `overrides` says of single days whether they are public holidays and beats the announcement.
    `announced_years` are years whose holidays the operator has entered completely: in these
    a day without an override is an ordinary day.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    announced_years: frozenset[int] = frozenset()

    def is_holiday(self, on: date) -> bool | None:
        """Whether a day is a public holiday; None when its year is not announced, for we do not guess.

        A plain weekend is no public holiday, and neither is a Saturday that is worked
        to make up for one. A weekend inside a holiday counts where the announcement lists it.
        """
        if on in self.overrides:
            return self.overrides[on]
        try:
            off_work, occasion = chinese_calendar.get_holiday_detail(on)
        except NotImplementedError:  # how the package says that it does not know the year
            return False if on.year in self.announced_years else None
        return bool(off_work and occasion is not None)


# --- Release days ------------------------------------------------------------------------------------------


class ReleaseRule(StrEnum):
    """On which day of a month the screened wishes go up; seed 004 says “每月的第一个周的星期六例会日”."""

    FIRST_SATURDAY = "first_saturday"
    SATURDAY_OF_FIRST_WEEK = "saturday_of_first_week"
    FIXED_DAY = "fixed_day"
    MANUAL = "manual"  # somebody releases by hand; the calendar has no dates


class HolidayRule(StrEnum):
    """What happens to a release day that is a public holiday."""

    KEEP = "keep"
    NEXT_SATURDAY = "next_saturday"


class NoteCode(StrEnum):
    """What there is to remark on a release day; the sentences are in words.toml under these codes."""

    HOLIDAYS_UNKNOWN = "calendar.holidays_unknown"
    MOVED_PAST_HOLIDAY = "calendar.moved_past_holiday"
    FALLS_ON_HOLIDAY = "calendar.falls_on_holiday"


@dataclass(frozen=True)
class Note:
    """A remark about the day `on`, to be put into words in the reader's language."""

    code: NoteCode
    on: date

    @property
    def arguments(self) -> dict[str, str]:
        """What the placeholders of the sentence stand for: `year`, and `on` as 2026-10-03."""
        return {"year": year_of(self.on), "on": self.on.isoformat()}


@dataclass(frozen=True)
class Release:
    """The day on which the wishes of the month `period` go up, and what there is to remark on it."""

    period: str
    release_on: date
    note: Note | None = None


def releases(
    first_period: str,
    months: int,
    rule: ReleaseRule,
    holiday_rule: HolidayRule,
    holidays: PublicHolidays,
    fixed_day: int | None = None,
) -> list[Release]:
    """The release days of `months` months from `first_period` on, one a month; none under `manual`.

    Under `next_saturday` a public holiday gives way to the next Saturday that is not one; late
    in a month that Saturday may lie in the next, and the release still belongs to its own period.
    Where it is not known whether the day is a holiday it stays, and the note says so.
    Raises ValueError when `first_period` is not a month, `months` is below 1,
    or the rule `fixed_day` comes without a `fixed_day` from 1 to 31.
    """
    if months < 1:
        raise ValueError(f"months must be 1 or more, not {months}")
    if rule == ReleaseRule.MANUAL:
        first_day_of(first_period)
        return []
    periods = [first_period]
    while len(periods) < months:
        periods.append(next_period(periods[-1]))
    planned = {period: release_day(period, rule, fixed_day) for period in periods}
    return [_settled(period, day, holiday_rule, holidays) for period, day in planned.items()]


def release_day(period: str, rule: ReleaseRule, fixed_day: int | None = None) -> date:
    """The day of the month `period` that the rule names, whether or not it is a holiday.

    `fixed_day` counts from 1 to 31 and matters to that rule only; a month too short for it
    releases on its last day. Raises ValueError for a wrong `period` or `fixed_day`,
    and for `manual`, which names no day.
    """
    first = first_day_of(period)
    match rule:
        case ReleaseRule.FIRST_SATURDAY:
            return first + timedelta(days=(SATURDAY - first.weekday()) % 7)
        case ReleaseRule.SATURDAY_OF_FIRST_WEEK:
            return _saturday_of_first_week(first)
        case ReleaseRule.FIXED_DAY:
            return _fixed_day(first, fixed_day)
        case _:
            raise ValueError(f"the release rule {rule!r} names no day")


def first_day_of(period: str) -> date:
    """The first day of a month; raises ValueError when `period` is not a month."""
    kind, number = _numbered(period)
    if kind != PeriodKind.MONTH:
        raise ValueError(f'{period!r} is not a month: write it like "2026-12"')
    return date(number // 12, number % 12 + 1, 1)


def release_moment(release_on: date, at: time = time(9, 0), zone: str = "Asia/Shanghai") -> datetime:
    """The instant, in UTC, at which a release day's wall clock in `zone` shows `at`.

    An hour that the clocks skip that day counts as if they had not yet been put forward; an hour
    that comes twice means its first coming. Raises ValueError for an unknown zone or an `at`
    that brings a zone of its own.
    """
    if at.tzinfo is not None:
        raise ValueError(f"the release time {at} must not carry a zone of its own")
    try:
        local = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f'unknown time zone {zone!r}: write it like "Asia/Shanghai"') from unknown
    return datetime.combine(release_on, at, local).astimezone(UTC)


def _saturday_of_first_week(first: date) -> date:
    """The Saturday of the first week, Monday to Sunday, that has its Saturday in the month.

    That is the week containing the 1st, unless the 1st is a Sunday: then that week's Saturday
    was still last month, and the 7th is taken. So this always equals the first Saturday;
    the rule exists because seed 004 words it this way.
    """
    monday = first - timedelta(days=first.weekday())
    saturday = monday + timedelta(days=SATURDAY)
    return saturday if saturday >= first else saturday + timedelta(weeks=1)


def _fixed_day(first: date, fixed_day: int | None) -> date:
    if fixed_day is None or not 1 <= fixed_day <= 31:
        raise ValueError(f"the release rule fixed_day needs a day from 1 to 31, not {fixed_day}")
    _, days_of_month = monthrange(first.year, first.month)
    return first.replace(day=min(fixed_day, days_of_month))


def _settled(period: str, planned_on: date, holiday_rule: HolidayRule, holidays: PublicHolidays) -> Release:
    release_on = planned_on
    if holiday_rule == HolidayRule.NEXT_SATURDAY:
        while holidays.is_holiday(release_on):
            release_on += timedelta(days=(SATURDAY - release_on.weekday() - 1) % 7 + 1)
    return Release(period, release_on, _note(planned_on, release_on, holidays))


def _note(planned_on: date, release_on: date, holidays: PublicHolidays) -> Note | None:
    """The one remark that matters most: that a day is uncertain comes before why it was moved."""
    verdict = holidays.is_holiday(release_on)
    if verdict is None:
        return Note(NoteCode.HOLIDAYS_UNKNOWN, release_on)
    if release_on != planned_on:
        return Note(NoteCode.MOVED_PAST_HOLIDAY, planned_on)
    return Note(NoteCode.FALLS_ON_HOLIDAY, release_on) if verdict else None


# --- Festivals ---------------------------------------------------------------------------------------------


class Audience(StrEnum):
    """Whom a festival is for; the words are in words.toml under `calendar.audience.<value>`."""

    PEOPLE_IN_HARDSHIP = "people_in_hardship"
    VOLUNTEERS = "volunteers"
    CHILDREN = "children"
    ELDERS_ALONE = "elders_alone"
    VETERANS_AND_MEMBERS_IN_HARDSHIP = "veterans_and_members_in_hardship"


@dataclass(frozen=True)
class Festival:
    """A day around which the programme cares for somebody in particular."""

    key: str
    zh: str
    en: str
    on: date
    audience: Audience


# Hong Kong Observatory publishes the lunar calendar for these years, so they can be checked.
FESTIVAL_YEARS = range(1901, 2101)

_SOLAR_FESTIVALS = (
    ("new_year", "元旦", "New Year's Day", 1, 1, Audience.PEOPLE_IN_HARDSHIP),
    ("lei_feng_day", "学雷锋日", "Learn from Lei Feng Day", 3, 5, Audience.VOLUNTEERS),
    ("childrens_day", "六一儿童节", "Children's Day", 6, 1, Audience.CHILDREN),
    ("party_day", "七一建党节", "Party Founding Day", 7, 1, Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP),
    ("army_day", "八一建军节", "Army Day", 8, 1, Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP),
    ("victory_day", "九三抗战胜利纪念日", "Victory Day", 9, 3, Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP),
    ("national_day", "国庆节", "National Day", 10, 1, Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP),
    ("volunteer_day", "国际志愿者日", "International Volunteer Day", 12, 5, Audience.VOLUNTEERS),
)
_LUNAR_FESTIVALS = (
    ("spring_festival", "春节", "Spring Festival", 1, 1, Audience.PEOPLE_IN_HARDSHIP),
    ("mid_autumn", "中秋节", "Mid-Autumn Festival", 8, 15, Audience.ELDERS_ALONE),
    ("double_ninth", "重阳节", "Double Ninth Festival", 9, 9, Audience.ELDERS_ALONE),
)


def festivals(year: int) -> list[Festival]:
    """The festivals of a year, in date order; raises ValueError outside the years 1901 to 2100."""
    return list(_festivals(year))


@cache
def _festivals(year: int) -> tuple[Festival, ...]:
    """The eleven festivals of seed 001 that fall in a year, in date order.

    Whom each is for is said in 001, section 3 “活动时间、方式”: item 1, New Year and Spring
    Festival: the poorest and the vulnerable (特困群众和弱势群体); item 2, 3·5 and 12·5: nobody is
    named to be cared for, the volunteers themselves act; item 4 (there is no 3), Children's Day:
    left-behind, special, orphaned and disabled children; item 5, Mid-Autumn and Double Ninth: old
    people who lost their only child, are alone, or whose children are away; item 6, 1 July,
    1 August, 3 September and 1 October: party members in hardship, retired and disabled
    servicemen, veterans.
    """
    if year not in FESTIVAL_YEARS:
        raise ValueError(f"festivals are known for {FESTIVAL_YEARS[0]} to {FESTIVAL_YEARS[-1]}, not {year}")
    fixed = [
        Festival(key, zh, en, date(year, month, day), audience)
        for key, zh, en, month, day, audience in _SOLAR_FESTIVALS
    ]
    moving = [
        Festival(key, zh, en, _lunar_day(year, month, day), audience)
        for key, zh, en, month, day, audience in _LUNAR_FESTIVALS
    ]
    return tuple(sorted(fixed + moving, key=lambda festival: festival.on))


def _lunar_day(year: int, month: int, day: int) -> date:
    """A day of the lunar year that begins in `year`; of a doubled month the first is meant, as in custom."""
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
