"""The alarm clock rings through outages and jumps of the host's clock, and never in a rehearsal."""

import threading
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest

from services.chassis.clock import SimulatedClock
from services.scheduler.alarm import AlarmClock


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    ends_at = monotonic() + seconds
    while not condition():
        assert monotonic() < ends_at, "it did not happen in time"
        threading.Event().wait(0.02)


def test_the_alarm_rings_at_once_and_again_whatever_becomes_of_a_ring() -> None:
    rings: list[int] = []

    def ring() -> None:
        rings.append(len(rings))
        if len(rings) < 3:
            raise ConnectionError("the database is away")

    alarm = AlarmClock(ring, "Asia/Shanghai", every=timedelta(seconds=0.1))
    alarm.start()
    _wait_for(lambda: len(rings) >= 4)
    alarm.stop()
    rung = len(rings)
    threading.Event().wait(0.3)
    assert len(rings) == rung


@pytest.mark.parametrize("hours", [2, -2, 24 * 365 * 20])
def test_the_alarm_rings_on_when_the_clock_of_the_host_jumps(hours: int) -> None:
    rings: list[int] = []
    alarm = AlarmClock(lambda: rings.append(1), "Asia/Shanghai", every=timedelta(seconds=0.1))
    alarm.start()
    _wait_for(lambda: len(rings) >= 2)
    (job,) = alarm._hands.get_jobs()
    job.modify(next_run_time=job.next_run_time - timedelta(hours=hours))  # as if the host's clock had jumped
    rung, jumped_at = len(rings), monotonic()
    _wait_for(lambda: len(rings) >= rung + 2)
    alarm.stop()
    assert len(rings) - rung <= 3 + (monotonic() - jumped_at) / 0.1  # no ring for what was jumped over


def test_the_alarm_keeps_silent_in_a_rehearsal(simulated_clock: SimulatedClock) -> None:
    rings: list[int] = []
    alarm = AlarmClock(lambda: rings.append(1), "Asia/Shanghai", every=timedelta(seconds=0.05))
    alarm.start()
    threading.Event().wait(0.3)
    alarm.stop()
    assert rings == []


def test_an_alarm_that_was_never_started_stops() -> None:
    AlarmClock(lambda: None, "Asia/Shanghai").stop()
