"""The command line as an operator or a script uses it: a process for each command, its words, its exit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.rabbitmq import ENDS_WITH_US

NOTHING: Mapping[str, str] = {}
PYTHON = (*ENDS_WITH_US, sys.executable, "-W", "ignore", "-m")


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    output: str
    log: str


class Shell:
    """Runs commands at one data folder; English words unless another language is asked for."""

    def __init__(self, folder: Path, home: Path) -> None:
        """Start what forks off the commands; what they write goes through files in `folder`."""
        self._output, self._log = folder / "output", folder / "log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
        self.environment = inherited | {"WISHTREE_HOME": str(home)}
        command = [*PYTHON, "tests.support.command_host"]
        self._host = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, *command: object, language: str = "en", environment: Mapping[str, str] = NOTHING) -> Ended:
        """Run a command to its end."""
        assert self._host.stdin is not None
        assert self._host.stdout is not None
        self._output.write_text("")
        self._log.write_text("")
        line = {
            "command": list(map(str, command)),
            "environment": {**self.environment, "WISHTREE_LANGUAGE": language, **environment},
            "output": str(self._output),
            "log": str(self._log),
        }
        self._host.stdin.write(json.dumps(line) + "\n")
        self._host.stdin.flush()
        code = int(self._host.stdout.readline())
        return Ended(code, self._output.read_text(), self._log.read_text())

    def ask(self, *command: object, status: int = 0, **how: Any) -> Any:
        """Return the one JSON document that the command writes on standard output, and nothing beside it."""
        done = self.run(*command, "--json", **how)
        assert done.code == status, done
        assert done.output.count("\n") == 1, done
        return json.loads(done.output)

    def refused(self, *command: object, status: int = 1, **how: Any) -> tuple[str, str]:
        """Return code and sentence with which the command is refused."""
        error = self.ask(*command, status=status, **how)["error"]
        return error["code"], error["message"]

    def start(self, *command: object, environment: Mapping[str, str] = NOTHING) -> "subprocess.Popen[str]":
        """Start a command that runs until it is told to stop."""
        return subprocess.Popen(
            [*PYTHON, "services.console", *map(str, command)],
            env={**self.environment, "WISHTREE_LANGUAGE": "en", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End what forks off the commands."""
        self._host.communicate()


@contextmanager
def shell_at(folder: Path) -> Iterator[Shell]:
    """Yield a shell whose data folder is `home` in `folder`."""
    shell = Shell(folder, folder / "home")
    try:
        yield shell
    finally:
        shell.close()
