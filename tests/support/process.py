"""A process of services that tests start, kill as kill -9 does, and start again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from services.chassis.crashing import CRASH_VARIABLE, PERMISSION_VARIABLE
from services.chassis.settings import Settings
from tests.support.rabbitmq import ENDS_WITH_US
from tests.support.sample_host import Life

LOOK_EVERY = 0.02


class Host:
    """Lives of services, one after the other, each in a process of its own."""

    def __init__(self, folder: Path, module: str) -> None:
        """Start the module that will fork off the lives; its words and logs go to `folder`."""
        self._output, self._log = folder / "output", folder / "log"
        self._output.touch()
        command = [*ENDS_WITH_US, sys.executable, "-W", "ignore", "-m", module]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
        with self._log.open("ab") as log:
            self._parent = subprocess.Popen(
                [*command, str(self._output)], stdin=subprocess.PIPE, stderr=log, env=inherited
            )
        self._seen = 0
        self._pid: int | None = None

    @property
    def log(self) -> str:
        """Return all that the lives wrote to standard error."""
        return self._log.read_text(errors="replace")

    def live(self, life: msgspec.Struct) -> None:
        """Begin a life of the shape that the module knows."""
        if self._parent.stdin is None:
            raise RuntimeError("the host was closed")
        self._parent.stdin.write(msgspec.json.encode(life) + b"\n")
        self._parent.stdin.flush()

    def await_word(self, word: str, within: float = 90.0) -> Any:
        """Wait until the life says `word`; return what it says with it, or raise `TimeoutError`."""
        ends_at = time.monotonic() + within
        while time.monotonic() < ends_at:
            for said in self._news():
                if "ready" in said:
                    self._pid = said["ready"]
                if word in said:
                    return said[word]
                if "failed" in said:
                    raise RuntimeError(f"the life failed with {said['failed']}:\n{self.log[-3000:]}")
            time.sleep(LOOK_EVERY)
        raise TimeoutError(f"not {word} within {within} s:\n{self.log[-3000:]}")

    def kill(self) -> None:
        """End the life as kill -9 does."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            self._pid = None
            self.await_word("ended")

    def finish(self) -> None:
        """Let the life end in good order before its time."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGTERM)
            self._pid = None
            self.await_word("ended")

    def close(self) -> None:
        """End everything."""
        if self._pid is not None:
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                self._pid = None
        if self._parent.stdin is not None:
            self._parent.stdin.close()
        try:
            self._parent.wait(30)
        except subprocess.TimeoutExpired:
            self._parent.kill()
            self._parent.wait(5)

    def _news(self) -> Iterator[dict[str, Any]]:
        lines = self._output.read_bytes().splitlines()
        while self._seen < len(lines):
            self._seen += 1
            yield msgspec.json.decode(lines[self._seen - 1])


def surroundings_killed_at(crash_at: str) -> dict[str, str]:
    """Return the surroundings in which a life ends at this crash point, or at none."""
    return {CRASH_VARIABLE: crash_at, PERMISSION_VARIABLE: "permitted"} if crash_at else {}


class SampleHost(Host):
    """Lives of the two sample services."""

    def __init__(self, folder: Path) -> None:
        """Start what will fork off the lives."""
        super().__init__(folder, "tests.support.sample_host")

    def begin(self, settings: Settings, strikes: int, crash_at: str = "", lasts: float = 0.0) -> None:
        """Begin a life on `settings` that strikes so many times and lasts at least so many seconds.

        It is killed at the crash point `crash_at` if one is named. Then it strikes in waves, each of which is
        published before the next, so that every point is passed as often as there are waves.
        """
        self.live(Life(settings, surroundings_killed_at(crash_at), strikes, lasts, bool(crash_at)))


@contextmanager
def sample_host(folder: Path) -> Iterator[SampleHost]:
    """Yield a host of lives; all processes have ended afterwards."""
    host = SampleHost(folder)
    try:
        yield host
    finally:
        host.close()
