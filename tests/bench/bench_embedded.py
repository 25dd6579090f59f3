"""The embedded house: seconds to the first page, memory, what it does when nobody asks; the rehearsal."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.support.city import free_port

IDLE_SECONDS = 20.0
CONSOLE = (sys.executable, "-W", "ignore", "-m", "services.console")


DEMO_SECONDS = 40.0
"""After so long the demo city of a first start is laid out and told to everybody."""

SIGN_INS = 40


def measure() -> dict[str, Any]:
    """Return seconds to the first page of a house that was set up, memory, idle CPU; and the rehearsal.

    Memory also of the very first start, which makes the database and lays out the demo, and after many signed
    in at once.
    """
    with tempfile.TemporaryDirectory(prefix="wishtree-bench-") as home:
        with _house(Path(home), "--demo") as new:
            time.sleep(DEMO_SECONDS)
            first = {"first_demo_mb": new.memory()}
            _sign_in_at_once(new)
            first["after_sign_ins_mb"] = new.memory()
        with _house(Path(home)) as house:
            time.sleep(3)
            busy = house.cpu()
            time.sleep(IDLE_SECONDS)
            idle = round(100 * (house.cpu() - busy) / IDLE_SECONDS, 2)
            again = {"first_page_s": house.first_page, "memory_mb": house.memory(), "idle_cpu_percent": idle}
    return {**again, **first, "rehearsal": _rehearse()}


@dataclass(frozen=True)
class _Running:
    """A house that runs, and how many seconds it took to its first page."""

    home: Path
    url: str
    pid: int
    first_page: float

    def family(self) -> list[psutil.Process]:
        """Return the process and those of its database."""
        server = int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        found = [psutil.Process(self.pid), psutil.Process(server)]
        return found + [child for one in list(found) for child in one.children(recursive=True)]

    def memory(self) -> int:
        """Return the megabytes that all of them take, what they share counted once."""
        return round(sum(one.memory_full_info().pss for one in self.family()) / 1e6)

    def cpu(self) -> float:
        """Return the seconds of processor that they used."""
        return sum(one.cpu_times().user + one.cpu_times().system for one in self.family())


@contextmanager
def _house(home: Path, *options: str) -> Iterator[_Running]:
    port = free_port()
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    process = subprocess.Popen(
        [*CONSOLE, "up", "--home", str(home), "--port", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _Running(home, url, process.pid, round(_until_page(url, began), 2))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _sign_in_at_once(house: _Running) -> None:
    """Try a password many times at the same moment; whether it is right makes no difference to the work."""
    said = [{"login": f"nobody-{number}", "password": "wrong"} for number in range(SIGN_INS)]
    with ThreadPoolExecutor(SIGN_INS) as callers:
        tries = callers.map(
            lambda one: requests.post(f"{house.url}/api/v1/sign-in/with-password", json=one), said
        )
        assert {answer.status_code for answer in tries} <= {401, 403, 409, 422, 429}


def _until_page(url: str, began: float) -> float:
    while time.monotonic() - began < 120:
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return time.monotonic() - began
        except requests.RequestException:
            time.sleep(0.02)
    raise TimeoutError(url)


def _rehearse() -> dict[str, Any]:
    done = subprocess.run([*CONSOLE, "rehearse", "--json"], capture_output=True, text=True, env=os.environ)
    report = json.loads(done.stdout)
    if done.returncode:
        return {"exit": done.returncode, "report": report}
    return {
        "elapsed_s": report["elapsed_s"],
        "wishes": sum(month["submitted"] for month in report["months"]),
        "fulfilled": sum(month["fulfilled"] for month in report["months"]),
        "claims": report["claims"],
        "messages": report["messages"],
        "invariants_ok": set(report["invariants"].values()) == {"ok"},
    }
