"""Runs the benchmarks and prints what they measured: `python -m tests.bench [NAME …]`."""

import eventlet

eventlet.monkey_patch()

import argparse  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402

NAMES = ("claims", "rush", "growth", "release", "embedded", "burst", "kills", "mail")


def main() -> None:
    """Run the benchmarks named, or all; one JSON line each on standard output."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help=f"some of {', '.join(NAMES)}")
    wanted = parser.parse_args().names or NAMES
    print(json.dumps({"machine": platform.platform(), "python": platform.python_version()}))
    for name in wanted:
        figures = import_module(f"tests.bench.bench_{name}").measure()
        print(json.dumps({name: figures}, ensure_ascii=False), flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
