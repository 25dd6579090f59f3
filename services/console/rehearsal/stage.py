"""Where a rehearsal plays: a fresh embedded house, or processes on a broker and a database server."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import eventlet
import msgspec

from services.chassis import clock
from services.chassis.contracts import Request
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.settings import Settings
from services.console.place import (
    STORING,
    Place,
    answering_place,
    declare_all_queues,
    house_at,
    settings_at,
    upgrade_tables,
)
from services.console.rehearsal.emptiness import refuse_inhabited
from services.console.rehearsal.sink import SmsSink
from services.console.surroundings import NoBroker, host_of
from services.directory.contracts import ListAreas
from services.notify.contracts import CountDeliveries, MessageFigures
from services.scheduler.contracts import CheckJobs, ListJobs

PATIENCE = 120.0
"""Seconds within which events have had their effects, or the rehearsal says that they have not."""


Errand = Callable[[], None]


def do_together(errands: Iterable[Errand], at_once: int) -> None:
    """Run errands, so many at the same moment; a fault in one of them is raised here."""
    for _ in eventlet.GreenPool(at_once).imap(lambda errand: errand(), errands):
        pass


class NotSettled(Refusal):
    """Events did not all take effect in time."""

    code = "console.not_settled"
    kind = RefusalKind.UNAVAILABLE


class Stage:
    """A place on simulated time: what is asked there happens at the instant the stage is set to."""

    def __init__(self, place: Place, hands: clock.SimulatedClock, sink: SmsSink) -> None:
        """Take the place, the clock's hands and the sink of its messages."""
        self.place, self.settings, self._hands, self.sink = place, place.settings, hands, sink

    def ask(self, request: Request, within: float = 60.0) -> Any:
        """Send a command or query and return its answer."""
        return self.place.ask(request, within)

    def set(self, at: datetime) -> None:
        """Move the clock of every process to `at`."""
        self._hands.set(at)

    def ring(self) -> None:
        """Let the scheduler look what fell due, and wait for everything that follows."""
        self.ask(CheckJobs(by=OPERATOR_AT_THE_CONSOLE))
        self.settle()

    def settle(self) -> None:
        """Wait until every event has had its effect; raise `NotSettled` when it takes too long."""
        if not self.place.settle(PATIENCE):
            raise NotSettled()

    def await_messages(self) -> None:
        """Wait until no delivery is planned or under way any more; what is left counts as lost.

        A message waits for good whose recipient nobody knows, as officers without an account here.
        """
        with eventlet.Timeout(PATIENCE, False):
            while (figures := self.count_messages()).under_way > figures.waiting:
                eventlet.sleep(0.1)

    def count_messages(self) -> MessageFigures:
        """Return what became of all messages, as notify's tables have it."""
        figures: MessageFigures = self.ask(CountDeliveries(by=OPERATOR_AT_THE_CONSOLE)).messages
        return figures


@contextmanager
def stage_at(
    starts: datetime, home: Path | None, database: str | None, broker: str | None
) -> Iterator[Stage]:
    """Yield a stage set to `starts`: embedded in `home` (else a passing folder), or a city at both URLs.

    What the environment names is never played in: that is where real people live.
    """
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="wishtree-rehearsal-")))
        hands = clock.SimulatedClock(folder / "clock", starts)
        open_things.callback(clock.go_by, clock.WallClock())
        clock.go_by(hands)
        sink = SmsSink()
        open_things.callback(sink.close)
        own: dict[str, Any] = {"services": {"notify": {"sms": sink.settings}}, "deadline": 30.0}
        where = home or folder / "home"
        settings = open_things.enter_context(
            settings_at(where, database_url=database, broker_url=broker, **own)
            if database
            else house_at(where, is_passing=home is None, **own)
        )
        refuse_inhabited(settings)
        upgrade_tables(settings)
        if not declare_all_queues(settings):
            raise NoBroker(host=host_of(settings.broker_url))
        if not settings.is_embedded:
            open_things.enter_context(_processes(settings, hands.path, folder))
        place = open_things.enter_context(answering_place(settings, "rehearsal"))
        yield Stage(place, hands, sink)


@contextmanager
def _processes(settings: Settings, clock_file: Path, folder: Path) -> Iterator[None]:
    """Run each service as a process of its own, by the same clock; stop them all at the end."""
    config = folder / "wishtree.json"
    config.touch(mode=0o600)
    config.write_bytes(msgspec.json.encode(settings))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
    environment |= {clock.SHARED_CLOCK_VARIABLE: str(clock_file), "WISHTREE_CONFIG": str(config)}
    running = [_serve(service, environment) for service in STORING]
    try:
        _await_answers(settings, running)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            _end(process)
        shutil.rmtree(folder / "home", ignore_errors=True)


def _serve(service: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command: Sequence[str] = (sys.executable, "-m", "services.console", "serve", service)
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_answers(settings: Settings, running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until the services answer; end at once when one of them ended."""
    with answering_place(settings, "rehearsal-start") as place:
        for question in (
            ListAreas(limit=1),
            CountDeliveries(by=OPERATOR_AT_THE_CONSOLE),
            ListJobs(by=OPERATOR_AT_THE_CONSOLE),
        ):
            _ask_until_answered(place, question, running)


def _ask_until_answered(place: Place, question: Request, running: Sequence[subprocess.Popen[bytes]]) -> None:
    for tries_left in reversed(range(90)):
        if any(process.poll() is not None for process in running):
            raise NotSettled()
        try:
            place.ask(question, within=2)
            return
        except Refusal:
            if not tries_left:
                raise
