"""Run all tests, `python -m tests`: in two processes, for either often waits for servers it started.

Each starts servers of its own. What the second one says comes when the first one is done.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

HALVES = (
    ("tests/unit", "tests/contract", "tests/structure", "tests/integration"),
    ("tests/faults", "tests/e2e"),
)


def main(options: Sequence[str]) -> int:
    """Run both halves with these options of pytest; return 0 when both passed, else a code of pytest."""
    with tempfile.TemporaryFile() as told:
        second = subprocess.Popen(_pytest(HALVES[1], options), stdout=told, stderr=subprocess.STDOUT)
        first = subprocess.run(_pytest(HALVES[0], options), check=False)
        worse = max(first.returncode, second.wait())
        told.seek(0)
        sys.stdout.buffer.write(told.read())
        return worse


def _pytest(folders: Sequence[str], options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *folders, *options]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
