"""The one place that reads the time, so that a rehearsal can play half a year in a minute."""

import mmap
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

SHARED_CLOCK_VARIABLE = "WISHTREE_CLOCK"
"""Environment variable naming the file of a simulated clock shared by several processes."""


_FORMAT = "<d"
_SIZE = struct.calcsize(_FORMAT)


class Clock(Protocol):
    """Something that tells the time."""

    is_simulated: bool

    def now(self) -> datetime:
        """Return the present instant, UTC-aware."""


class WallClock:
    """The time of the host."""

    is_simulated = False

    def now(self) -> datetime:
        """Return the host's instant in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A time that somebody sets; kept in a small file so that separate processes share it."""

    is_simulated = True

    def __init__(self, path: Path, at: datetime | None = None) -> None:
        """Open the clock in the file `path`; create or set it when `at` is given.

        A clock that exists is set in place: cutting its file short would kill the processes that look at it.
        """
        if at is not None and not path.exists():
            path.write_bytes(_written(at))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)
        if at is not None:
            self.set(at)
        self.path = path

    def now(self) -> datetime:
        """Return the simulated instant in UTC."""
        (seconds,) = struct.unpack(_FORMAT, self._memory[:_SIZE])
        return datetime.fromtimestamp(seconds, UTC)

    def set(self, at: datetime) -> None:
        """Move the hands to `at`, in every process that shares the file."""
        self._memory[:_SIZE] = _written(at)


def _written(at: datetime) -> bytes:
    """Return `at` as it stands in the file; without a time zone it would be taken for the host's."""
    if at.tzinfo is None:
        raise ValueError("a clock is set to an instant with a time zone")
    return struct.pack(_FORMAT, at.timestamp())


def _clock_of_this_process() -> Clock:
    shared = os.environ.get(SHARED_CLOCK_VARIABLE)
    return SimulatedClock(Path(shared)) if shared else WallClock()


_clock: Clock = _clock_of_this_process()


def now() -> datetime:
    """Return the present instant, UTC-aware, of the clock this process goes by."""
    return _clock.now()


def is_simulated() -> bool:
    """Say whether this process goes by a simulated clock."""
    return _clock.is_simulated


def go_by(clock: Clock) -> None:
    """Make this process go by `clock` from now on."""
    global _clock  # one clock a process is the point of this module
    _clock = clock
