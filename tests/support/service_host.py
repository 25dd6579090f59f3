"""Hosts one service of Wishtree in a process to be killed: `python -m tests.support.service_host OUTPUT`.

It has imported them all when the first life begins, so that a service is back as soon as it can be.
"""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import signal  # noqa: E402
from pathlib import Path  # noqa: E402

import msgspec  # noqa: E402

from services.chassis import clock  # noqa: E402
from services.chassis.hosting import House  # noqa: E402
from services.chassis.journal import open_journal  # noqa: E402
from services.chassis.settings import Settings  # noqa: E402
from services.console.place import STORING, classes  # noqa: E402
from tests.support.sample_host import live_as_asked, tell  # noqa: E402

DOORS = {name: classes([name])[0] for name in STORING}


class ServiceLife(msgspec.Struct):
    """Which service lives, by which clock, and in which surroundings."""

    settings: Settings
    service: str
    clock_file: str
    environment: dict[str, str] = {}


def _live(life: ServiceLife, output: Path) -> None:
    open_journal("info")
    clock.go_by(clock.SimulatedClock(Path(life.clock_file)))
    over = eventlet.event.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.send())
    house = House(life.settings, [DOORS[life.service]])
    house.start()
    tell(output, ready=os.getpid())
    over.wait()
    house.stop()


if __name__ == "__main__":
    live_as_asked(ServiceLife, _live)
