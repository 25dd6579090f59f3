"""`wishtree notify …` as operators run it: in a process of its own, on the database of a test."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from services.chassis.settings import IN_PROCESS_BROKER
from tests.support.database import SECRETS

Wishtree = Callable[..., "subprocess.CompletedProcess[str]"]


def wishtree_notify(database_url: str, folder: Path) -> Wishtree:
    """Return what runs `wishtree notify …` with settings of notify, on a database."""

    def run(notify: Any, *arguments: str) -> "subprocess.CompletedProcess[str]":
        house = {"database_url": database_url, "broker_url": IN_PROCESS_BROKER, **SECRETS}
        described = msgspec.to_builtins(house | {"services": {"notify": notify}})
        config = folder / "wishtree.toml"
        config.write_text("\n".join(f"{name} = {toml(inner)}" for name, inner in described.items()))
        command = [sys.executable, "-W", "ignore", "-m", "services.console", "notify", *arguments]
        place = ["--config", str(config), "--home", str(folder / "home")]
        surroundings = {**os.environ, "WISHTREE_LANGUAGE": "en"}
        return subprocess.run(
            [*command, *place], capture_output=True, text=True, check=False, env=surroundings, timeout=300
        )

    return run


def toml(described: Any) -> str:
    """Return a value as TOML writes it on one line; what is None is left out."""
    if isinstance(described, dict):
        said = {name: inner for name, inner in described.items() if inner is not None}
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(inner)}" for name, inner in said.items()) + "}"
    if isinstance(described, list | tuple):
        return "[" + ", ".join(map(toml, described)) + "]"
    return json.dumps(described, ensure_ascii=False)
