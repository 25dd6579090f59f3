"""Run all tests, `python -m tests`: in two processes, for either often waits for servers it started.

Each starts servers of its own. What the second one says comes when the first one is done.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

QUICK = ["tests/unit", "tests/contract", "tests/structure", "tests/integration"]
SLOW = ["tests/faults", "tests/e2e"]
NOTIFY = Path("tests/integration/notify")
MOVED = sorted(str(path) for path in NOTIFY.glob("test_*.py") if path.name > "test_q")
"""Go with the slow ones, so that both processes take about as long."""


def main(options: Sequence[str]) -> int:
    """Run both halves with these options of pytest; return 0 when both passed, else a code of pytest."""
    spared = [f"--ignore={path}" for path in MOVED]
    with tempfile.TemporaryFile() as told:
        second = subprocess.Popen(_pytest([*SLOW, *MOVED, *options]), stdout=told, stderr=subprocess.STDOUT)
        first = subprocess.run(_pytest([*QUICK, *spared, *options]), check=False)
        worse = max(first.returncode, second.wait())
        told.seek(0)
        sys.stdout.buffer.write(told.read())
        return worse


def _pytest(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
