"""Hosts the two sample services in a process to be killed: `python -m tests.support.sample_host OUTPUT`.

It reads one JSON line for each life, forks, and lets the child live; so that a second life need not import
everything again. A life strikes the bell so many times, each time with a key of its own, waits until the
belfry has heard it all, and ends. What happens is written to OUTPUT, one JSON line each.
"""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, TypeVar  # noqa: E402

import msgspec  # noqa: E402
from sqlalchemy import text  # noqa: E402

from services.chassis.database import engine_for, in_chunks  # noqa: E402
from services.chassis.hosting import House  # noqa: E402
from services.chassis.journal import open_journal  # noqa: E402
from services.chassis.messaging.caller import Caller  # noqa: E402
from services.chassis.refusals import Refusal, RefusalKind  # noqa: E402
from services.chassis.settings import Settings  # noqa: E402
from tests.support.sample import BelfryService, BellService, StrikeBell  # noqa: E402

AT_ONCE = 10
"""Strikes under way at the same moment."""

LONGEST_LIFE = 120
"""Seconds after which a life that was forgotten ends."""


class Life(msgspec.Struct):
    """What a life is to do, and in which surroundings."""

    settings: Settings
    environment: dict[str, str] = {}
    strikes: int = 0
    lasts: float = 0.0
    in_waves: bool = False


AnyLife = TypeVar("AnyLife")


def live_as_asked(shape: type[AnyLife], live: Callable[[AnyLife, Path], None]) -> None:
    """Live as many lives of this shape as are asked for, one after the other."""
    output = Path(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()
        if not child:
            life = msgspec.json.decode(line, type=shape)
            os.environ.update(life.environment)  # type: ignore[attr-defined]  # every life has surroundings
            _live_and_die(partial(live, life, output), output)
        _, status = os.waitpid(child, 0)
        tell(output, ended=os.waitstatus_to_exitcode(status))


def _live_and_die(live: Callable[[], None], output: Path) -> None:
    signal.alarm(LONGEST_LIFE)
    try:
        live()
    except BaseException as fault:
        tell(output, failed=type(fault).__name__)
        raise
    finally:
        sys.stderr.flush()
        os._exit(0)


def _live(life: Life, output: Path) -> None:
    open_journal("info")
    over = eventlet.event.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.send())
    house = House(life.settings, [BellService, BelfryService])
    house.start()
    caller = house.caller("host")
    caller.start()
    tell(output, ready=os.getpid())
    strikes = [f"strike-{number}" for number in range(life.strikes)]
    for wave in in_chunks(strikes, AT_ONCE if life.in_waves else max(1, life.strikes)):
        list(eventlet.GreenPool(AT_ONCE).imap(lambda words: _strike(caller, words), wave))
        while life.in_waves and _is_anything_unsent(life.settings):
            eventlet.sleep(0.01)
    tell(output, answered=len(strikes))
    with eventlet.Timeout(life.lasts, False):
        over.wait()
    tell(output, settled=house.settle(within=60))
    caller.stop()
    house.stop()


def _is_anything_unsent(settings: Settings) -> bool:
    unsent = text("SELECT EXISTS (SELECT FROM bell.outbox WHERE sent_at IS NULL)")
    with engine_for(settings.database_url).connect() as connection:
        return bool(connection.execute(unsent).scalar_one())


def _strike(caller: Caller, words: str) -> Any:
    """Strike until there is an answer, with the same key each time, as the gateway would."""
    while True:
        try:
            return caller.ask(StrikeBell(words=words, key=words), within=3)
        except Refusal as refusal:
            if refusal.kind is not RefusalKind.UNAVAILABLE:
                raise
            eventlet.sleep(0.2)


def tell(output: Path, **what: Any) -> None:
    """Write down what happened, for whoever started the life."""
    with output.open("ab") as file:
        file.write(msgspec.json.encode(what) + b"\n")


if __name__ == "__main__":
    live_as_asked(Life, _live)
