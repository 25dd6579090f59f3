"""The one place that reads the time, so that a rehearsal can play half a year in a minute."""

import mmap
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

SHARED_CLOCK_VARIABLE = "WISHTREE_CLOCK"
"""Environment variable naming the file of a simulated clock shared by several processes."""


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
        """Open the clock in the file `path`; create or set it when `at` is given."""
        if at is not None:
            path.write_bytes(struct.pack("<d", at.timestamp()))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        self.path = path

    def now(self) -> datetime:
        """Return the simulated instant in UTC."""
        (seconds,) = struct.unpack("<d", self._memory[:8])
        return datetime.fromtimestamp(seconds, UTC)

    def set(self, at: datetime) -> None:
        """Move the hands to `at`, in every process that shares the file."""
        self._memory[:8] = struct.pack("<d", at.timestamp())


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
