"""A city on loopback: each service a process of its own, on a real broker and a database server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import requests

from services.chassis import clock
from services.chassis.hosting import nameko_config
from services.chassis.messaging.caller import Caller
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.directory.contracts import ListAreas
from tests.support.rabbitmq import free_ports

ALL = ("directory", "wishes", "claims", "points", "notify", "scheduler", "gateway")


def free_port() -> int:
    """Return a port of loopback on which nobody listens at present."""
    return free_ports(1)[0]


class City:
    """The processes of a city; each can be killed and started again."""

    def __init__(self, settings: Settings, folder: Path, clock_file: Path | None = None) -> None:
        """Write the settings into `folder`; nothing runs yet."""
        self.settings, self.folder = settings, folder
        self._config = folder / "wishtree.json"
        self._config.touch(mode=0o600)
        self._config.write_bytes(msgspec.json.encode(settings))
        self._clock_file = clock_file
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Return the address of the gateway."""
        return f"http://{self.settings.address}"

    def start(self, service: str, **environment: str) -> None:
        """Start one service as a process."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
        inherited |= {"WISHTREE_CONFIG": str(self._config)} | environment
        if self._clock_file:
            inherited[clock.SHARED_CLOCK_VARIABLE] = str(self._clock_file)
        command = (sys.executable, "-W", "ignore", "-m", "services.console", "serve", service)
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(command, env=inherited, stdout=log, stderr=log)

    def kill(self, service: str) -> None:
        """End a service as kill -9 does."""
        process = self.processes.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """Stop every process, waiting for each."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.processes.clear()

    def caller(self) -> Caller:
        """Return a started caller on the broker of the city."""
        caller = Caller(nameko_config(self.settings), "tests")
        caller.start()
        return caller

    def await_web(self, within: float = 180.0) -> None:
        """Wait until the gateway is ready."""
        await_true(lambda: requests.get(f"{self.url}/readyz", timeout=2).status_code == 200, within)

    def log_of(self, service: str) -> str:
        """Return what a service wrote."""
        return (self.folder / f"{service}.log").read_text(errors="replace")


@contextmanager
def city(settings: Settings, folder: Path, services: Sequence[str] = ALL) -> Iterator[City]:
    """Yield a running city; wait until its services answer."""
    running = City(settings, folder)
    try:
        for service in services:
            running.start(service)
        if "gateway" in services:
            running.await_web()
        if "directory" in services:
            caller = running.caller()
            await_true(lambda: caller.ask(ListAreas(limit=1), within=2) is not None, 180)
            caller.stop()
        yield running
    finally:
        running.stop()


def await_true(question: Any, within: float) -> None:
    """Wait until `question()` is true; raise `TimeoutError` when that takes too long."""
    ends_at = time.monotonic() + within
    while time.monotonic() < ends_at:
        try:
            if question():
                return
        except (Refusal, requests.RequestException):
            pass
        time.sleep(0.1)
    raise TimeoutError(f"not so within {within} s")
