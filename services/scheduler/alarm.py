"""The alarm clock: APScheduler rings every few seconds; what is due, the database knows."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from services.chassis import clock
from services.chassis.clock import WallClock

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=15)
"""So that a release goes up within 30 s of a scheduler's return (RELIABILITY)."""

_HOST = WallClock()  # APScheduler goes by the host's clock, so must whoever winds it

PATIENCE = 10.0
"""Seconds for which `stop` waits for a ring under way."""


class AlarmClock:
    """Calls `ring` at once and then every so often, in a thread of its own, whatever becomes of the calls.

    It may ring twice or not at all for a moment: the truth is the table of runs, not this clock. It keeps
    silent while the process goes by a simulated clock, since a rehearsal looks for itself.
    """

    def __init__(self, ring: Callable[[], None], zone: str, every: timedelta = EVERY) -> None:
        """Take what to call, the name of the time zone, and the time between two calls."""
        self._ring = ring
        self._hands = _Hands(every, timezone=zone, executors={"default": DebugExecutor()})
        self._hands.add_job(
            self._ring_safely,
            "interval",
            seconds=every.total_seconds(),
            next_run_time=_HOST.now(),
            misfire_grace_time=None,  # however late: the default gives up after one second
            coalesce=True,
            max_instances=1,
        )

    def start(self) -> None:
        """Start ringing."""
        self._hands.start()

    def stop(self) -> None:
        """Stop ringing; a ring under way is finished, unless it hangs."""
        if not self._hands.running:
            return
        stopping = threading.Thread(target=self._hands.shutdown, daemon=True)
        stopping.start()
        stopping.join(PATIENCE)

    def _ring_safely(self) -> None:
        if clock.is_simulated():
            return
        try:
            self._ring()
        except Exception as fault:  # an outage of the database, say: the next ring is soon
            log.warning("alarm_not_heard", fault=type(fault).__name__)


class _Hands(BackgroundScheduler):  # type: ignore[misc]  # APScheduler is untyped
    """APScheduler in memory, in its own thread, made to bear a host clock that jumps.

    Put back by hours, APScheduler would sleep until the old time comes again; put ahead by years, it would
    list every missed ring in memory. So before each look, a ring that is not near the present is moved there.
    """

    def __init__(self, every: timedelta, **options: object) -> None:
        super().__init__(**options)
        self._every = every

    def _process_jobs(self) -> float:
        present = _HOST.now()
        for job in self.get_jobs():
            if abs(job.next_run_time - present) > self._every:
                job.modify(next_run_time=present)
        wait: float = super()._process_jobs()
        return wait
