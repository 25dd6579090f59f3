"""The embedded house: seconds to the first page, memory, what it does when nobody asks; the rehearsal."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.support.city import free_port

IDLE_SECONDS = 20.0
CONSOLE = (sys.executable, "-W", "ignore", "-m", "services.console")


def measure() -> dict[str, Any]:
    """Return seconds to the first page of a house that was set up, memory, idle CPU; and the rehearsal."""
    with tempfile.TemporaryDirectory(prefix="wishtree-bench-") as home:
        _run_house(Path(home), 0.0)  # the first start makes the database
        house = _run_house(Path(home), IDLE_SECONDS)
    return {**house, "rehearsal": _rehearse()}


def _run_house(home: Path, idle: float) -> dict[str, Any]:
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [*CONSOLE, "up", "--home", str(home), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        first_page = _until_page(f"http://127.0.0.1:{port}/", began)
        time.sleep(3)
        family = _family(process.pid, home)
        before = sum(_cpu(one) for one in family)
        time.sleep(idle)
        used = sum(_cpu(one) for one in family) - before
        memory = sum(one.memory_full_info().pss for one in family) / 1e6
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {
        "first_page_s": round(first_page, 2),
        "memory_mb": round(memory),
        "idle_cpu_percent": round(100 * used / idle, 2) if idle else None,
    }


def _until_page(url: str, began: float) -> float:
    while time.monotonic() - began < 120:
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return time.monotonic() - began
        except requests.RequestException:
            time.sleep(0.02)
    raise TimeoutError(url)


def _family(pid: int, home: Path) -> list[psutil.Process]:
    """Return the process and those of its database."""
    server = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    found = [psutil.Process(pid), psutil.Process(server)]
    return found + [child for one in list(found) for child in one.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


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
