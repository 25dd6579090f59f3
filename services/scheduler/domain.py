"""Which jobs there are, when each of their periods falls due, and what becomes of those that were missed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis.calendar import (
    HolidayRule,
    PublicHolidays,
    ReleaseRule,
    feedback_due_on,
    half_year_of,
    month_of,
    next_period,
    release_moment,
    releases,
    year_of,
)
from services.chassis.contracts import Event
from services.chassis.lifecycle import Lifecycle
from services.scheduler.contracts import (
    FeedbackDue,
    HourStruck,
    LapsesDue,
    NoticesDue,
    RecognitionDue,
    ReleaseDue,
    RemindersDue,
)

# -- a period of a job in a scope


class RunState(StrEnum):
    """What became of a period that fell due; a period without a run is still to come."""

    ANNOUNCED = "announced"  # its event is in the outbox; final
    HELD = "held"  # missed together with others, or before its rule was known: waits for an operator's word
    SKIPPED = "skipped"  # an operator said no; final


class Verdict(StrEnum):
    """What an operator says about a held period."""

    ANNOUNCE = "announce"
    SKIP = "skip"


HELD_PERIOD = Lifecycle(
    {
        (RunState.HELD, Verdict.ANNOUNCE): RunState.ANNOUNCED,
        (RunState.HELD, Verdict.SKIP): RunState.SKIPPED,
    },
    starts=RunState.HELD,
)


class CatchUp(StrEnum):
    """How a job makes up for what was missed while no scheduler ran, or the clock jumped."""

    ASK = "ask"  # one missed period is announced late; of more, none, until an operator has decided on each
    LATEST = "latest"  # only the newest matters: what it makes others do covers the days before


@dataclass(frozen=True)
class Circumstances:
    """What a job needs to know to name a moment: the zone, the holidays, and the plan of its scope."""

    zone: ZoneInfo
    holidays: PublicHolidays = field(default_factory=PublicHolidays)
    plan: Mapping[str, Any] = field(default_factory=dict)  # of an area that releases: its settings


class Due(NamedTuple):
    """A period, and the instant at which it falls due."""

    period: str
    at: datetime


@dataclass(frozen=True)
class Rhythm:
    """How periods of one kind are called, and how they follow each other."""

    period_of: Callable[[date], str]  # the period in which a day lies
    following: Callable[[str], str]
    longest: timedelta  # no period is longer


@dataclass(frozen=True)
class Job:
    """A job: its periods, when each falls due, how it catches up, and what is announced."""

    name: str
    rhythm: Rhythm
    due_at: Callable[[str, Circumstances], datetime]
    catch_up: CatchUp
    event: Callable[[str, str, date], Event]  # of a period, a scope, and the local day on which it falls due
    is_for_areas: bool = False  # one scope for each area that releases; otherwise one for the house


HOUSE = ""
"""The scope of a job that is for the whole house."""


# -- when the periods of each job fall due


def _release_due(period: str, circumstances: Circumstances) -> datetime:
    """The moment of an area's release in a month (seed 004: the first Saturday)."""
    plan = circumstances.plan
    rule, holiday_rule = ReleaseRule(plan["release_rule"]), HolidayRule(plan["holiday_rule"])
    (release,) = releases(period, 1, rule, holiday_rule, circumstances.holidays, plan["fixed_day"])
    return release_moment(release.release_on, time.fromisoformat(plan["release_at"]), circumstances.zone.key)


def _daily(period: str, circumstances: Circumstances, *, at: time) -> datetime:
    return release_moment(date.fromisoformat(period), at, circumstances.zone.key)


def _hourly(period: str, circumstances: Circumstances) -> datetime:
    day, hour = period[:10], int(period[11:])
    return release_moment(date.fromisoformat(day), time(hour), circumstances.zone.key)


def _half_year_past(period: str, circumstances: Circumstances) -> datetime:
    """1 July for the first half-year, 1 January for the second, at 08:00 (seed 004: 每半年)."""
    return release_moment(feedback_due_on(period), time(8), circumstances.zone.key)


def _year_past(period: str, circumstances: Circumstances) -> datetime:
    """2 January, after the feedback, at 08:00 (seed 004: 每年进行一次总结表彰)."""
    return release_moment(date(int(period) + 1, 1, 2), time(8), circumstances.zone.key)


def _year_confirmed(period: str, circumstances: Circumstances) -> datetime:
    """10 January at 08:00: what was done in the last days of the year has been confirmed by then."""
    return release_moment(date(int(period) + 1, 1, 10), time(8), circumstances.zone.key)


def _next_day(period: str) -> str:
    return (date.fromisoformat(period) + timedelta(days=1)).isoformat()


def _first_hour(day: date) -> str:
    return f"{day.isoformat()}-00"


def _next_hour(period: str) -> str:
    day, hour = period[:10], int(period[11:])
    return f"{day}-{hour + 1:02}" if hour < 23 else _first_hour(date.fromisoformat(_next_day(day)))


HOURLY = Rhythm(_first_hour, _next_hour, timedelta(days=1))  # so that yesterday's are looked at, too
DAILY = Rhythm(date.isoformat, _next_day, timedelta(days=1))
MONTHLY = Rhythm(month_of, next_period, timedelta(days=31))
HALF_YEARLY = Rhythm(half_year_of, next_period, timedelta(days=184))
YEARLY = Rhythm(year_of, next_period, timedelta(days=366))


# -- what is announced


def _release(period: str, scope: str, due_on: date) -> Event:
    return ReleaseDue(period=period, area_id=UUID(scope), release_on=due_on)


def _reminders(period: str, scope: str, due_on: date) -> Event:
    return RemindersDue(on=due_on)


def _lapses(period: str, scope: str, due_on: date) -> Event:
    return LapsesDue(on=due_on)


def _hour(period: str, scope: str, due_on: date) -> Event:
    return HourStruck(period=period)


def _feedback(period: str, scope: str, due_on: date) -> Event:
    ends_on = feedback_due_on(period) - timedelta(days=1)
    return FeedbackDue(period=period, starts_on=date(ends_on.year, ends_on.month - 5, 1), ends_on=ends_on)


def _recognition(period: str, scope: str, due_on: date) -> Event:
    return RecognitionDue(year=int(period))


def _notices(period: str, scope: str, due_on: date) -> Event:
    return NoticesDue(year=int(period))


RELEASE = Job(
    name="release",
    rhythm=MONTHLY,
    due_at=_release_due,
    catch_up=CatchUp.ASK,
    event=_release,
    is_for_areas=True,
)

JOBS = (
    RELEASE,
    Job(
        name="lapses",
        rhythm=DAILY,
        due_at=partial(_daily, at=time(7)),
        catch_up=CatchUp.LATEST,
        event=_lapses,
    ),
    Job(
        name="reminders",
        rhythm=DAILY,
        due_at=partial(_daily, at=time(8, 30)),
        catch_up=CatchUp.LATEST,
        event=_reminders,
    ),
    Job(
        name="feedback",
        rhythm=HALF_YEARLY,
        due_at=_half_year_past,
        catch_up=CatchUp.ASK,
        event=_feedback,
    ),
    Job(
        name="recognition",
        rhythm=YEARLY,
        due_at=_year_past,
        catch_up=CatchUp.ASK,
        event=_recognition,
    ),
    Job(
        name="notices",
        rhythm=YEARLY,
        due_at=_year_confirmed,
        catch_up=CatchUp.ASK,
        event=_notices,
    ),
    Job(
        name="hours",
        rhythm=HOURLY,
        due_at=_hourly,
        catch_up=CatchUp.LATEST,
        event=_hour,
    ),
)

JOB_OF = {job.name: job for job in JOBS}


# -- what is due now


class CannotTell(Exception):
    """What is due in a scope cannot be told; the other scopes are not touched by that."""


class UnusablePlan(CannotTell):
    """The release settings of an area name no day."""


class ImplausibleJump(CannotTell):
    """More periods were missed than anybody sleeps through: the database's clock is wrong."""


MOST_MISSED = 60
"""Periods: months, half-years, or, for a daily job, days."""


@dataclass(frozen=True)
class Watch:
    """One job in one scope, as it stands.

    `since` is when the scope was first seen: what fell due before is no concern of ours. `planned_at` is when
    its present plan became known. `last_period` is the newest past one that was announced, held or skipped;
    one that ran while the clock was ahead does not count until its moment has come.
    """

    job: Job
    scope: str
    circumstances: Circumstances
    since: datetime
    planned_at: datetime
    last_period: str | None = None

    def due_from(self, at: datetime) -> Iterator[Due]:
        """Yield what is to run after the last period, in order, beginning some time before `at`, without end.

        Raises `UnusablePlan` when the plan of the scope names no moment.
        """
        period = self.job.rhythm.period_of(self.local_day(at) - self.job.rhythm.longest)
        if self.last_period is not None:
            period = max(period, self.job.rhythm.following(self.last_period))
        while True:
            due = Due(period, self._moment(period))
            if due.at > self.since:
                yield due
            period = self.job.rhythm.following(period)

    @property
    def last_ran_at(self) -> datetime:
        """Return the moment of the last period, or that at which the scope was first seen."""
        return self.since if self.last_period is None else max(self.since, self._moment(self.last_period))

    def local_day(self, at: datetime) -> date:
        """Return the civil day at the instant `at`, where the house stands."""
        return at.astimezone(self.circumstances.zone).date()

    def _moment(self, period: str) -> datetime:
        try:
            return self.job.due_at(period, self.circumstances)
        except (KeyError, TypeError, ValueError) as problem:
            raise UnusablePlan(f"{self.job.name} {self.scope} {period}") from problem


def due_periods(watch: Watch, now: datetime) -> tuple[list[Due], list[Due]]:
    """Return the periods to announce now, and those to hold for an operator.

    A single missed period is announced late. Of several, `ASK` holds all; `LATEST` announces the newest, or
    after an implausibly long silence holds it. Held as well is a period whose moment was over before its plan
    was known: nobody was told of that moment. Raises `CannotTell`.
    """
    if watch.job.catch_up is CatchUp.LATEST:
        newest = _missed(watch, now, beginning=now)[-1:]
        is_plausible = now - watch.last_ran_at < MOST_MISSED * watch.job.rhythm.longest
        return (newest, []) if is_plausible else ([], newest)
    missed = _missed(watch, now, beginning=watch.since)
    if len(missed) == 1 and missed[0].at > watch.planned_at:
        return missed, []
    return [], missed


def _missed(watch: Watch, now: datetime, *, beginning: datetime) -> list[Due]:
    missed: list[Due] = []
    for due in takewhile(lambda due: due.at <= now, watch.due_from(beginning)):
        missed.append(due)
        if len(missed) > MOST_MISSED:
            raise ImplausibleJump(f"{watch.job.name} {watch.scope}")
    return missed


def next_due(watch: Watch, now: datetime) -> Due:
    """Return what is announced or held next: what should have been already, or else what comes."""
    announce, hold = due_periods(watch, now)
    return next(iter(announce or hold), None) or next(due for due in watch.due_from(now) if due.at > now)
