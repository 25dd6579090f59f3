"""When periods fall due, whoever looks and whenever."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.calendar import PublicHolidays
from services.scheduler.contracts import (
    FeedbackDue,
    HourStruck,
    LapsesDue,
    NoticesDue,
    RecognitionDue,
    ReleaseDue,
    RemindersDue,
)
from services.scheduler.domain import (
    HELD_PERIOD,
    JOB_OF,
    JOBS,
    CatchUp,
    Circumstances,
    ImplausibleJump,
    RunState,
    UnusablePlan,
    Verdict,
    Watch,
    due_periods,
    next_due,
)
from tests.support.scheduler import PLAN, SHANGHAI, a_watch, shanghai

ASKING = [job.name for job in JOBS if job.catch_up is CatchUp.ASK]
LATEST = [job.name for job in JOBS if job.catch_up is CatchUp.LATEST]
DAILY = [name for name in LATEST if name != "hours"]


def announced(watch: Watch, at: datetime) -> list[str]:
    announce, hold = due_periods(watch, at)
    assert not hold
    return [due.period for due in announce]


def held(watch: Watch, at: datetime) -> list[str]:
    announce, hold = due_periods(watch, at)
    assert not announce
    return [due.period for due in hold]


def look(watch: Watch, moments: list[datetime]) -> tuple[Watch, list[str], list[str]]:
    """Look at these moments, as a scheduler would; return what was announced and what was held."""
    announced_periods, held_periods = [], []
    for moment in moments:
        announce, hold = due_periods(watch, moment)
        announced_periods += [due.period for due in announce]
        held_periods += [due.period for due in hold]
        run = [due.period for due in announce + hold]
        watch = replace(watch, last_period=max(run)) if run else watch
    return watch, announced_periods, held_periods


# -- single jobs


@pytest.mark.parametrize(
    ("job", "since", "before", "moment", "period"),
    [
        ("release", "2026-11-08 00:00", "2026-12-05 08:59", "2026-12-05 09:00", "2026-12"),
        ("hours", "2026-11-02 12:30", "2026-11-02 12:59", "2026-11-02 13:00", "2026-11-02-13"),
        ("hours", "2026-12-31 23:30", "2026-12-31 23:59", "2027-01-01 00:00", "2027-01-01-00"),
        ("reminders", "2026-11-02 12:00", "2026-11-03 08:29", "2026-11-03 08:30", "2026-11-03"),
        ("lapses", "2026-11-02 12:00", "2026-11-03 06:59", "2026-11-03 07:00", "2026-11-03"),
        ("feedback", "2026-11-02 12:00", "2027-01-01 07:59", "2027-01-01 08:00", "2026H2"),
        ("feedback", "2027-01-02 12:00", "2027-07-01 07:59", "2027-07-01 08:00", "2027H1"),
        ("recognition", "2026-11-02 12:00", "2027-01-02 07:59", "2027-01-02 08:00", "2026"),
        ("notices", "2026-11-02 12:00", "2027-01-10 07:59", "2027-01-10 08:00", "2026"),
    ],
)
def test_a_period_is_announced_at_its_moment_and_not_before(
    job: str, since: str, before: str, moment: str, period: str
) -> None:
    watch = a_watch(job, since)
    assert announced(watch, shanghai(before)) == []
    assert announced(watch, shanghai(moment)) == [period]
    assert announced(replace(watch, last_period=period), shanghai(moment)) == []


def test_a_year_has_its_twelve_releases_on_first_saturdays() -> None:
    watch = a_watch(since="2026-12-20 00:00")
    hours = [shanghai("2027-01-01 00:00") + timedelta(hours=hour) for hour in range(365 * 24)]
    watch, periods, held_periods = look(watch, hours)
    assert periods == [f"2027-{month:02}" for month in range(1, 13)]
    assert held_periods == []


def test_a_leap_day_is_a_day_like_others() -> None:
    watch = a_watch("reminders", "2028-02-28 12:00", last_period="2028-02-28")
    assert announced(watch, shanghai("2028-02-29 08:30")) == ["2028-02-29"]
    assert announced(replace(watch, last_period="2028-02-29"), shanghai("2028-03-01 08:30")) == ["2028-03-01"]


def test_an_area_that_releases_on_the_31st_releases_on_the_last_day_of_a_short_month() -> None:
    plan = PLAN | {"release_rule": "fixed_day", "fixed_day": 31}
    watch = a_watch(since="2028-02-01 00:00", circumstances=Circumstances(SHANGHAI, PublicHolidays(), plan))
    assert announced(watch, shanghai("2028-02-29 08:59")) == []
    assert announced(watch, shanghai("2028-02-29 09:00")) == ["2028-02"]


def test_a_release_that_gives_way_to_a_holiday_comes_a_week_later() -> None:
    plan = PLAN | {"holiday_rule": "next_saturday"}
    holidays = PublicHolidays({date(2026, 12, 5): True})
    watch = a_watch(circumstances=Circumstances(SHANGHAI, holidays, plan), last_period="2026-11")
    assert announced(watch, shanghai("2026-12-05 09:00")) == []
    assert announced(watch, shanghai("2026-12-12 09:00")) == ["2026-12"]


# -- first looks, downtime, jumps


@pytest.mark.parametrize("job", [job.name for job in JOBS])
def test_what_fell_due_before_the_scope_was_seen_is_not_announced(job: str) -> None:
    watch = a_watch(job, "2027-03-15 23:00")
    assert announced(watch, shanghai("2027-03-15 23:30")) == []


@pytest.mark.parametrize("job", [job.name for job in JOBS])
def test_a_period_that_falls_due_just_after_the_scope_was_seen_is_announced(job: str) -> None:
    coming = next_due(a_watch(job, "2026-12-20 00:00"), shanghai("2026-12-20 00:00"))
    watch = a_watch(
        job, since=(coming.at - timedelta(seconds=1)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    )
    assert announced(watch, coming.at) == [coming.period]


def test_downtime_over_a_release_announces_it_once_on_return() -> None:
    watch = a_watch(last_period="2026-11")
    back = [shanghai("2026-12-09 03:00"), shanghai("2026-12-09 03:01"), shanghai("2026-12-31 23:59")]
    _, periods, held_periods = look(watch, back)
    assert (periods, held_periods) == (["2026-12"], [])


def test_a_jump_over_three_months_holds_all_three_for_the_operator() -> None:
    watch = a_watch(last_period="2026-11")
    jumped = shanghai("2027-02-20 12:00")
    assert held(watch, jumped) == ["2026-12", "2027-01", "2027-02"]
    assert announced(replace(watch, last_period="2027-02"), jumped) == []
    assert announced(replace(watch, last_period="2027-02"), shanghai("2027-03-06 09:00")) == ["2027-03"]


def test_a_jump_over_two_half_years_holds_both() -> None:
    assert held(a_watch("feedback"), shanghai("2027-08-01 00:00")) == ["2026H2", "2027H1"]


def test_after_ten_days_of_silence_only_the_newest_day_is_reminded_of() -> None:
    watch = a_watch("reminders", last_period="2026-11-10")
    assert announced(watch, shanghai("2026-11-20 08:00")) == ["2026-11-19"]
    assert announced(watch, shanghai("2026-11-20 09:00")) == ["2026-11-20"]


def test_after_months_of_silence_the_operator_is_asked_before_claims_lapse() -> None:
    watch = a_watch("lapses", last_period="2026-11-10")
    assert announced(watch, shanghai("2027-01-05 12:00")) == ["2027-01-05"]
    assert held(watch, shanghai("2027-02-20 12:00")) == ["2027-02-20"]
    assert announced(replace(watch, last_period="2027-02-20"), shanghai("2027-02-21 07:00")) == ["2027-02-21"]


def test_a_clock_put_back_announces_nothing_again() -> None:
    watch = a_watch(last_period="2026-12")
    assert announced(watch, shanghai("2026-12-05 07:30")) == []
    assert announced(watch, shanghai("2026-12-05 09:30")) == []


def test_a_clock_ahead_by_centuries_is_not_believed() -> None:
    with pytest.raises(ImplausibleJump):
        due_periods(a_watch(), datetime(2400, 1, 1, tzinfo=UTC))


def test_a_release_whose_day_was_over_when_its_rule_became_known_is_held() -> None:
    watch = a_watch(last_period="2026-11", planned_at=shanghai("2026-12-10 10:00"))
    assert held(watch, shanghai("2026-12-10 10:01")) == ["2026-12"]


def test_a_plan_that_names_no_day_is_a_fault_of_its_own() -> None:
    broken = Circumstances(SHANGHAI, PublicHolidays(), PLAN | {"release_rule": "fixed_day"})
    with pytest.raises(UnusablePlan):
        due_periods(a_watch(circumstances=broken), shanghai("2026-12-05 09:00"))


# -- always


INSTANTS = st.datetimes(datetime(2026, 11, 3), datetime(2029, 4, 1), timezones=st.just(UTC))


def truth(job: str, since: datetime, until: datetime) -> list[str]:
    """Return the periods whose moment lies between two instants, counted period by period."""
    watch = a_watch(job)
    day, periods = date(2025, 1, 1), []
    while day < date(2029, 6, 1):
        periods.append(watch.job.rhythm.period_of(day))
        day += timedelta(days=1)
    moments = {period: watch.job.due_at(period, watch.circumstances) for period in sorted(set(periods))}
    return [period for period, moment in moments.items() if since < moment <= until]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ASKING), st.lists(INSTANTS, min_size=1, max_size=40))
def test_every_period_is_announced_or_held_exactly_once_whenever_a_scheduler_wakes(
    job: str, moments: list[datetime]
) -> None:
    watch = a_watch(job)
    _, announced_periods, held_periods = look(watch, moments)
    assert sorted(announced_periods + held_periods) == truth(job, watch.since, max(moments))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DAILY), st.lists(INSTANTS, min_size=1, max_size=40))
def test_a_daily_job_is_announced_once_a_day_at_most_and_always_for_the_newest(
    job: str, moments: list[datetime]
) -> None:
    watch, periods, held_periods = look(a_watch(job), sorted(moments))
    run = sorted(periods + held_periods)
    assert len(run) == len(set(run))
    assert run[-1:] == truth(job, watch.since, max(moments))[-1:]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([job.name for job in JOBS]), INSTANTS)
def test_what_comes_next_is_announced_at_its_moment(job: str, now: datetime) -> None:
    watch = replace(a_watch(job), since=now, planned_at=now)
    coming = next_due(watch, now)
    assert announced(watch, coming.at - timedelta(microseconds=1)) == []
    assert announced(watch, coming.at) == [coming.period]


def test_of_the_hours_of_a_night_only_the_newest_is_announced() -> None:
    watch = a_watch("hours", "2026-11-02 22:30", last_period="2026-11-02-22")
    assert announced(watch, shanghai("2026-11-03 06:10")) == ["2026-11-03-06"]


# -- what is told


def test_each_job_announces_its_period() -> None:
    area = "0197a0a0-0000-7000-8000-000000000001"
    told = {
        job: JOB_OF[job].event(period, area, due_on)
        for job, period, due_on in [
            ("release", "2026-12", date(2026, 12, 5)),
            ("reminders", "2026-12-06", date(2026, 12, 6)),
            ("lapses", "2026-12-06", date(2026, 12, 6)),
            ("feedback", "2026H2", date(2027, 1, 1)),
            ("recognition", "2026", date(2027, 1, 2)),
            ("notices", "2026", date(2027, 1, 10)),
            ("hours", "2026-12-06-09", date(2026, 12, 6)),
        ]
    }
    match told["release"], told["reminders"], told["lapses"]:
        case ReleaseDue(period="2026-12") as release, RemindersDue(on=reminded), LapsesDue(on=lapsed):
            assert (str(release.area_id), release.release_on) == (area, date(2026, 12, 5))
            assert reminded == lapsed == date(2026, 12, 6)
        case other:
            raise AssertionError(other)
    assert isinstance(told["feedback"], FeedbackDue)
    assert (told["feedback"].starts_on, told["feedback"].ends_on) == (date(2026, 7, 1), date(2026, 12, 31))
    assert isinstance(told["hours"], HourStruck)
    assert told["hours"].period == "2026-12-06-09"
    assert isinstance(told["recognition"], RecognitionDue)
    assert told["recognition"].year == 2026
    assert isinstance(told["notices"], NoticesDue)
    assert told["notices"].year == 2026


def test_the_first_half_year_begins_in_january() -> None:
    event = JOB_OF["feedback"].event("2027H1", "", date(2027, 7, 1))
    assert isinstance(event, FeedbackDue)
    assert (event.starts_on, event.ends_on) == (date(2027, 1, 1), date(2027, 6, 30))


def test_a_held_period_is_settled_once() -> None:
    assert HELD_PERIOD.after(RunState.HELD, Verdict.ANNOUNCE) is RunState.ANNOUNCED
    assert HELD_PERIOD.after(RunState.HELD, Verdict.SKIP) is RunState.SKIPPED
    assert HELD_PERIOD.final_states == {RunState.ANNOUNCED, RunState.SKIPPED}


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
def test_the_time_zone_of_the_host_does_not_matter(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        watch = a_watch(since="2027-03-10 00:00")  # New York puts its clocks forward on the 14th
        assert announced(watch, shanghai("2027-04-03 08:59")) == []
        assert announced(watch, shanghai("2027-04-03 09:00")) == ["2027-04"]
    finally:
        monkeypatch.undo()
        time.tzset()
