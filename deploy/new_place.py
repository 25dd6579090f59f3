#!/usr/bin/env python3
"""Writes the settings of a new city into a folder: fresh keys, passwords, an environment for each process.

    python3 deploy/new_place.py /etc/wishtree

makes wishtree.toml (settings and keys), passwords.env (users of broker and database) and, for every service
and the console, SERVICE.env (its addresses on the broker and in the database, where it tells its metrics).
Run as root, it lets the group of the processes read wishtree.toml; all else systemd reads for them, as root.
Writes nothing over what exists. Needs nothing but Python.
"""

import argparse
import base64
import grp
import json
import os
import re
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
FIRST_METRICS_PORT = 9101

GROUP = "wishtree"
"""The group of the processes, as the units of systemd have it."""

OWNER = "wishtree"
"""Who owns the tables and brings them forward: the console. Each service has a user for its own schema."""

WITHOUT_TABLES = ("gateway", "operator")
"""Users of the broker who have no business in the database."""


@dataclass(frozen=True)
class Place:
    """Where things will be, and the passwords made up for them."""

    broker: str
    database: str
    metrics: str | None
    users: tuple[str, ...]
    broker_passwords: dict[str, str] = field(default_factory=dict)
    database_passwords: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make up a password for each user of the broker, and for those who have one in the database."""
        self.broker_passwords.update({user: secrets.token_hex(16) for user in self.users})
        storing = [user for user in self.users if user not in WITHOUT_TABLES]
        self.database_passwords.update({user: secrets.token_hex(16) for user in storing})

    def files(self) -> dict[str, str]:
        """Return the files of the place by name."""
        processes = [user for user in self.users if user != "operator"]
        return {
            "wishtree.toml": self._settings(),
            "passwords.env": self._passwords(),
            **{f"{user}.env": self._environment(user, number) for number, user in enumerate(processes)},
        }

    def _settings(self) -> str:
        text = (HERE / "wishtree.toml").read_text(encoding="utf-8")
        for name, value in {
            "database_url": f"postgresql://{self.database}/wishtree",
            "session_secret": secrets.token_urlsafe(32),
            "index_key": random_key(),
            "k1": f"aes256gcm:{random_key()}",
        }.items():
            text = re.sub(rf"(?m)^{name} = .*$", f'{name} = "{value}"', text)
        return text

    def _passwords(self) -> str:
        kinds = {"DATABASE": self.database_passwords, "BROKER": self.broker_passwords}
        lines = [
            f"WISHTREE_{kind}_PASSWORD_{user.upper()}={word}"
            for kind, words in kinds.items()
            for user, word in words.items()
        ]
        return "\n".join(lines) + "\n"

    def _environment(self, user: str, number: int) -> str:
        address = f"amqp://{user}:{self.broker_passwords[user]}@{self.broker}/wishtree"
        metrics = self.metrics or f"127.0.0.1:{FIRST_METRICS_PORT + number}"
        lines = [f"WISHTREE_BROKER_URL={address}"]
        if password := self.database_passwords.get(user):
            name = OWNER if user == "console" else f"wishtree_{user}"
            lines.append(f"WISHTREE_DATABASE_URL=postgresql://{name}:{password}@{self.database}/wishtree")
        if user != "console":
            lines.append(f"WISHTREE_METRICS_ADDRESS={metrics}")
        return "\n".join(lines) + "\n"


def random_key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def broker_users() -> tuple[str, ...]:
    """Return the users that the broker's definitions know."""
    definitions = json.loads((HERE / "rabbitmq" / "definitions.json").read_text())
    return tuple(user["name"] for user in definitions["users"])


def write_new(file: Path, content: str) -> None:
    """Write `content` to a file that must not exist, for its owner's eyes only."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(content)


def group_of_the_processes(name: str | None) -> int | None:
    """Return the number of the group that reads the settings; None where none was named and there is none.

    A group can be let in by root only.
    """
    if name is None and os.geteuid() != 0:
        return None
    known = {group.gr_name: group.gr_gid for group in grp.getgrall()}
    if name and name not in known:
        sys.exit(f"new_place: there is no group {name}; nothing was written")
    return known.get(name or GROUP)


def let_in(folder: Path, group: int) -> None:
    """Let `group` read the settings of the place, and nothing beside them."""
    for path, mode in ((folder, 0o750), (folder / "wishtree.toml", 0o640)):
        os.chown(path, -1, group)
        path.chmod(mode)


def write_place(folder: Path, files: dict[str, str], owner: int | None, group: int | None) -> None:
    """Write the files of a place for their owner, and for the group that reads the settings, if any."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_new(folder / name, content)
        if owner is not None:
            os.chown(folder / name, owner, owner)
    if owner is None and group is not None:
        let_in(folder, group)


def main() -> None:
    """Write the place that the arguments describe; end with a sentence when part of it exists already."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--broker", default="127.0.0.1:5672", help="host:port of RabbitMQ")
    parser.add_argument("--database", default="127.0.0.1:5432", help="host:port of PostgreSQL")
    parser.add_argument("--metrics", help="host:port of the metrics, the same in every container")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--owner", type=int, help="number of the user whom the files belong to (needs root)")
    whom.add_argument("--group", help=f"group of the processes (needs root); {GROUP} when there is one")
    wanted = parser.parse_args()
    group = group_of_the_processes(wanted.group)
    place = Place(wanted.broker, wanted.database, wanted.metrics, broker_users())
    files = place.files()
    existing = [name for name in files if (wanted.folder / name).exists()]
    if existing:
        sys.exit(f"new_place: {wanted.folder} already has {', '.join(existing)}; nothing was written")
    write_place(wanted.folder, files, wanted.owner, group)
    print(f"wrote {', '.join(files)} to {wanted.folder}")


if __name__ == "__main__":
    main()
