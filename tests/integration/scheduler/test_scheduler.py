"""The scheduler on a real database: exactly once, whoever looks, however often and at whatever moment."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Done, new_id
from services.chassis.database import try_advisory_lock
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.scheduler import queries, usecases
from services.scheduler.contracts import CheckJobs, JobView, ListJobs, SettleHeldPeriod, UnknownPeriod
from tests.support.scheduler import an_area, areas_changed, shanghai


@pytest.fixture
def scheduler(workshop_of: Callable[[str], Workshop]) -> Workshop:
    return workshop_of("scheduler")


def check(scheduler: Workshop, at: str | None = None, simulated: SimulatedClock | None = None) -> None:
    """Look, at a moment by the clocks of Shanghai when a simulated clock is given."""
    if simulated and at:
        simulated.set(shanghai(at))
    scheduler.run(CheckJobs(by=OPERATOR_AT_THE_CONSOLE), usecases.check_jobs)


def know(scheduler: Workshop, *areas: Any) -> None:
    event = areas_changed(*areas)
    assert scheduler.once(event, "on_areas_changed", usecases.note_areas)


def told(scheduler: Workshop, name: str) -> list[dict[str, Any]]:
    """Return the bodies of the announced events of a name, in order."""
    rows = text("SELECT body FROM scheduler.outbox WHERE name = :name ORDER BY id")
    with scheduler.engine.connect() as connection:
        return [msgspec.json.decode(row.body) for row in connection.execute(rows, {"name": name})]


def releases(scheduler: Workshop) -> list[tuple[str, str]]:
    return [(event["period"], event["release_on"]) for event in told(scheduler, "release_due.v1")]


def jobs(scheduler: Workshop) -> dict[tuple[str, str], JobView]:
    query = ListJobs(by=OPERATOR_AT_THE_CONSOLE)
    answer = scheduler.read(query, partial(queries.list_jobs, now=clock.now()))
    return {(view.job, view.scope): view for view in answer.items}


def settle(scheduler: Workshop, period: str, *, scope: str, announce: bool) -> Done:
    command = SettleHeldPeriod(
        by=OPERATOR_AT_THE_CONSOLE, job="release", scope=scope, period=period, announce=announce
    )
    answer: Done = scheduler.run(command, usecases.settle_held_period)
    return answer


# -- a year


def test_a_release_falls_due_once_on_its_day(scheduler: Workshop, simulated_clock: SimulatedClock) -> None:
    area = an_area()
    know(scheduler, area)
    for moment in (
        "2026-11-06 23:59",
        "2026-11-07 08:59",
        "2026-11-07 09:00",
        "2026-11-07 09:00",
        "2026-11-30 12:00",
    ):
        check(scheduler, moment, simulated_clock)
    (event,) = told(scheduler, "release_due.v1")
    assert (event["period"], event["area_id"], event["release_on"]) == ("2026-11", str(area.id), "2026-11-07")


def test_half_a_year_announces_every_period_of_every_job(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    moment = shanghai("2026-11-03 10:00")
    while moment < shanghai("2027-05-03 11:00"):
        simulated_clock.set(moment)
        check(scheduler)
        moment += timedelta(days=1)
    assert releases(scheduler) == [
        ("2026-11", "2026-11-07"),
        ("2026-12", "2026-12-05"),
        ("2027-01", "2027-01-02"),
        ("2027-02", "2027-02-06"),
        ("2027-03", "2027-03-06"),
        ("2027-04", "2027-04-03"),
        ("2027-05", "2027-05-01"),
    ]
    days = [(date(2026, 11, 3) + timedelta(days=day)).isoformat() for day in range(182)]
    assert [event["on"] for event in told(scheduler, "reminders_due.v1")] == days
    assert [event["on"] for event in told(scheduler, "lapses_due.v1")] == days
    (feedback,) = told(scheduler, "feedback_due.v1")
    assert (feedback["period"], feedback["starts_on"], feedback["ends_on"]) == (
        "2026H2",
        "2026-07-01",
        "2026-12-31",
    )
    assert [event["year"] for event in told(scheduler, "recognition_due.v1")] == [2026]


# -- several at once, and absences


def test_five_schedulers_announce_a_period_once(
    settings: Settings, scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, *(an_area() for _ in range(5)))
    simulated_clock.set(shanghai("2026-11-07 09:00"))
    looking = [threading.Thread(target=check, args=(scheduler,)) for _ in range(5) for _ in range(4)]
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()
    check(scheduler)
    assert len(releases(scheduler)) == 5
    assert len(told(scheduler, "reminders_due.v1")) == 1


def test_five_schedulers_without_the_lock_still_announce_a_period_once(
    scheduler: Workshop, simulated_clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock only saves work; the key of the runs is what decides."""
    monkeypatch.setattr(usecases, "try_advisory_lock", lambda session, name: True)
    test_five_schedulers_announce_a_period_once(None, scheduler, simulated_clock)  # type: ignore[arg-type]


def test_whoever_finds_another_looking_leaves_it_to_them(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    simulated_clock.set(shanghai("2026-11-07 09:00"))
    with scheduler.open() as other:
        assert try_advisory_lock(other.session, usecases.ONE_AT_A_TIME)
        check(scheduler)
        assert releases(scheduler) == []
    check(scheduler)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]


def test_a_release_missed_while_no_scheduler_ran_is_announced_once_on_return(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    check(scheduler, "2026-11-06 20:00", simulated_clock)
    for moment in ("2026-11-10 06:00", "2026-11-10 06:01"):
        check(scheduler, moment, simulated_clock)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]


def test_a_clock_that_jumps_two_hours_to_and_fro_releases_once(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    for moment in (
        "2026-11-07 07:30",
        "2026-11-07 09:30",
        "2026-11-07 07:30",
        "2026-11-07 08:59",
        "2026-11-07 09:00",
    ):
        check(scheduler, moment, simulated_clock)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]


def test_a_wrong_clock_of_the_host_announces_nothing(
    scheduler: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(scheduler, an_area())
    monkeypatch.setattr("services.chassis.clock.now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    check(scheduler)
    assert releases(scheduler) == []
    assert told(scheduler, "feedback_due.v1") == []


def test_a_clock_that_was_centuries_ahead_for_a_while_does_no_harm(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    for moment in ("2026-11-06 12:00", "2400-01-01 12:00", "2026-11-07 09:00", "2026-11-08 09:00"):
        check(scheduler, moment, simulated_clock)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]
    days = ["2026-11-06", "2026-11-07", "2026-11-08"]
    assert [event["on"] for event in told(scheduler, "reminders_due.v1")] == days
    assert told(scheduler, "feedback_due.v1") == []


# -- what an operator decides


def test_a_jump_over_three_releases_asks_the_operator(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    area = an_area()
    know(scheduler, area)
    check(scheduler, "2027-01-20 12:00", simulated_clock)
    check(scheduler, "2027-01-20 12:01", simulated_clock)
    assert releases(scheduler) == []
    view = jobs(scheduler)["release", str(area.id)]
    assert view.held_periods == ["2026-11", "2026-12", "2027-01"]
    assert (view.last_period, view.next_period) == (None, "2027-02")

    settle(scheduler, "2026-11", scope=str(area.id), announce=False)
    settle(scheduler, "2027-01", scope=str(area.id), announce=True)
    assert releases(scheduler) == [("2027-01", "2027-01-02")]
    view = jobs(scheduler)["release", str(area.id)]
    assert view.held_periods == ["2026-12"]
    assert (view.last_period, view.announced_at) == ("2027-01", shanghai("2027-01-20 12:01"))
    check(scheduler, "2027-02-06 09:00", simulated_clock)
    assert releases(scheduler)[1:] == [("2027-02", "2027-02-06")]


def test_a_held_period_is_settled_once(scheduler: Workshop, simulated_clock: SimulatedClock) -> None:
    area = an_area()
    know(scheduler, area)
    check(scheduler, "2027-01-20 12:00", simulated_clock)
    settle(scheduler, "2026-12", scope=str(area.id), announce=False)
    for period in ("2026-12", "2027-02", "nonsense"):
        with pytest.raises(UnknownPeriod):
            settle(scheduler, period, scope=str(area.id), announce=True)
    assert releases(scheduler) == []


# -- areas and their plans


def test_jobs_are_listed_with_what_comes_next(scheduler: Workshop, simulated_clock: SimulatedClock) -> None:
    area = an_area(release_rule="fixed_day", fixed_day=15, release_at="10:30")
    know(scheduler, area)
    listed = jobs(scheduler)
    coming = {subject[0]: (view.next_period, view.next_at) for subject, view in listed.items()}
    assert coming == {
        "release": ("2026-11", shanghai("2026-11-15 10:30")),
        "reminders": ("2026-11-03", shanghai("2026-11-03 08:30")),
        "lapses": ("2026-11-03", shanghai("2026-11-03 07:00")),
        "feedback": ("2026H2", shanghai("2027-01-01 08:00")),
        "recognition": ("2026", shanghai("2027-01-02 08:00")),
        "notices": ("2026", shanghai("2027-01-10 08:00")),
        "hours": ("2026-11-02-13", shanghai("2026-11-02 13:00")),
    }
    assert listed["release", str(area.id)].last_period is None


def test_areas_that_follow_another_or_release_by_hand_have_no_release_job(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area(release_scope_id=new_id()), an_area(release_rule="manual"))
    assert {job for job, _ in jobs(scheduler)} == {
        "reminders",
        "lapses",
        "feedback",
        "recognition",
        "notices",
        "hours",
    }


def test_an_area_that_gives_up_its_rule_releases_no_more_and_starts_anew_when_it_has_one_again(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    area_id, city = new_id(), new_id()
    know(scheduler, an_area(area_id))
    know(scheduler, an_area(area_id, version=2, release_scope_id=city))
    check(scheduler, "2027-03-20 12:00", simulated_clock)
    know(scheduler, an_area(area_id, version=3))
    check(scheduler, "2027-03-20 12:01", simulated_clock)
    assert releases(scheduler) == []
    assert jobs(scheduler)["release", str(area_id)].held_periods == []
    check(scheduler, "2027-04-03 09:00", simulated_clock)
    assert releases(scheduler) == [("2027-04", "2027-04-03")]


def test_a_stale_copy_of_an_area_changes_nothing(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    area_id = new_id()
    know(scheduler, an_area(area_id, version=3, release_rule="fixed_day", fixed_day=20))
    know(scheduler, an_area(area_id, version=2))
    assert jobs(scheduler)["release", str(area_id)].next_at == shanghai("2026-11-20 09:00")


def test_a_rule_changed_to_a_day_gone_by_asks_the_operator(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    area_id = new_id()
    know(scheduler, an_area(area_id, release_rule="fixed_day", fixed_day=20))
    simulated_clock.set(shanghai("2026-11-10 12:00"))
    know(scheduler, an_area(area_id, version=2, release_rule="fixed_day", fixed_day=5))
    check(scheduler)
    assert releases(scheduler) == []
    assert jobs(scheduler)["release", str(area_id)].held_periods == ["2026-11"]


def test_another_setting_changed_while_no_scheduler_ran_does_not_hold_the_release(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    area_id = new_id()
    know(scheduler, an_area(area_id))
    simulated_clock.set(shanghai("2026-11-08 12:00"))
    know(scheduler, an_area(area_id, version=2, value_ceiling=500))
    check(scheduler)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]


def test_an_area_with_a_broken_plan_keeps_no_other_from_releasing(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    ordinary = an_area()
    broken = [
        an_area(release_rule="fixed_day"),
        an_area(release_rule="every_full_moon"),
        an_area(release_at="noon"),
    ]
    know(scheduler, *broken, ordinary)
    check(scheduler, "2026-11-07 09:00", simulated_clock)
    assert [event["area_id"] for event in told(scheduler, "release_due.v1")] == [str(ordinary.id)]
    assert len(told(scheduler, "reminders_due.v1")) == 1
    assert jobs(scheduler)["release", str(broken[0].id)].next_period is None


def test_a_job_that_cannot_be_written_keeps_no_other_from_being_announced(
    scheduler: Workshop, simulated_clock: SimulatedClock
) -> None:
    know(scheduler, an_area())
    with scheduler.engine.begin() as connection:
        connection.execute(text("ALTER TABLE scheduler.job_run ADD CHECK (job <> 'lapses')"))
    check(scheduler, "2026-11-07 09:00", simulated_clock)
    assert releases(scheduler) == [("2026-11", "2026-11-07")]
    assert len(told(scheduler, "reminders_due.v1")) == 1
    assert told(scheduler, "lapses_due.v1") == []


# -- rights


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (ANYONE, SignInNeeded),
        (Actor(grants=(Grant(Role.OFFICER, "/"),)), NotPermitted),
        (Actor(grants=(Grant(Role.OPERATOR, "/chuanhui/"),)), NotPermitted),
    ],
)
def test_only_the_operator_of_the_whole_house_sees_and_settles_jobs(
    caller: Actor, refusal: type[Exception], scheduler: Workshop
) -> None:
    with pytest.raises(refusal):
        scheduler.read(ListJobs(by=caller), partial(queries.list_jobs, now=clock.now()))
    with pytest.raises(refusal):
        scheduler.run(CheckJobs(by=caller), usecases.check_jobs)
    held = SettleHeldPeriod(by=caller, job="release", scope=str(UUID(int=1)), period="2026-11", announce=True)
    with pytest.raises(refusal):
        scheduler.run(held, usecases.settle_held_period)
