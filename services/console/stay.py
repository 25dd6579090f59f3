"""How long a house stays: until it is asked to end, or until a service of it ends by itself."""

from collections.abc import Callable
from contextlib import suppress

import eventlet
import structlog
from eventlet.support.greenlets import GreenletExit

from services.chassis.hosting import KILLED_AFTER, House
from services.console.speech import err

log = structlog.get_logger(__name__)


class Stay:
    """The stay of one house, which may be asked to end at any moment, also while it waits for its broker."""

    def __init__(self, house: House, when_started: Callable[[House], None]) -> None:
        """Take a house and whom to tell that it has started."""
        self._house, self._when_started = house, when_started
        self._end = eventlet.event.Event()
        self._is_started = False
        self._fault: Exception | None = None

    def ask_to_end(self, *_: object) -> None:
        """Let the stay end. Signals come at any moment, so the loop does it as soon as it has its turn."""
        eventlet.hubs.get_hub().schedule_call_global(0, self._end_it, True)

    def last(self) -> bool:
        """Start the house and wait for the end of its stay; say whether it was asked to end.

        Raises what kept the house from starting.
        """
        life = eventlet.spawn(self._live)
        was_asked: bool = self._end.wait()
        if not (was_asked or self._is_started) and self._fault:
            raise self._fault
        err.print("[dim]正在停止 Stopping …[/dim]")
        if self._is_started:
            self._house.stop()
        else:
            self._break_off(life)
        return was_asked

    def _live(self) -> None:
        try:
            self._house.start()
            self._is_started = True
            self._when_started(self._house)
            self._house.wait()
        except Exception as fault:
            self._fault = fault
            if self._is_started:
                log.exception("house_ended", fault=type(fault).__name__)
        finally:
            self._end_it(False)

    def _end_it(self, was_asked: bool) -> None:
        if not self._end.ready():
            self._end.send(was_asked)

    def _break_off(self, life: eventlet.greenthread.GreenThread) -> None:
        """End a house that has not started yet; what it had begun it takes down itself."""
        with suppress(GreenletExit), eventlet.Timeout(KILLED_AFTER, False):
            life.kill()
            life.wait()
