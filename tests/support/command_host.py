"""Runs commands of the console as processes: `python -m tests.support.command_host`.

It reads one JSON line for each command, forks, and lets the child be the command; so that the second command
need not import everything again. It answers with the exit code of each, one line each.
"""

import sys

from services.console import __main__ as wishtree  # first of all: it makes everything green

import os  # isort: skip
from typing import NoReturn  # isort: skip

import msgspec  # isort: skip

from services.console import app  # noqa: F401 - so that no command has to import it  # isort: skip
from services.console.place import SERVICES, classes  # isort: skip


class Line(msgspec.Struct):
    """A command line, its surroundings, and the files that take what it writes."""

    command: list[str]
    environment: dict[str, str]
    output: str
    log: str


def main() -> None:
    """Run as many commands as are asked for, one after the other."""
    classes(SERVICES)
    for asked in sys.stdin:
        child = os.fork()
        if not child:
            _become(msgspec.json.decode(asked, type=Line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(line: Line) -> NoReturn:
    os.environ.clear()
    os.environ.update(line.environment)
    for descriptor, path in ((0, os.devnull), (1, line.output), (2, line.log)):
        os.dup2(os.open(path, os.O_RDWR), descriptor)
    sys.argv = ["wishtree", *line.command]
    code = 1
    try:
        wishtree.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
