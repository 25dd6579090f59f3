#!/usr/bin/env python3
"""Writes the broker's definitions with the hashes of passwords that it takes from the environment.

WISHTREE_BROKER_PASSWORD_CLAIMS is the password of the user `claims`, and so on, one for every user in
definitions.json. Needs nothing but Python; run it where the broker's configuration is put together.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEFINITIONS = Path(__file__).with_name("definitions.json")
SHORTEST = 16


def variable_of(user: str) -> str:
    """Return the environment variable in which the password of `user` is expected."""
    return f"WISHTREE_BROKER_PASSWORD_{user.upper()}"


def password_hash(password: str) -> str:
    """Return the salted hash under which RabbitMQ keeps `password` (rabbit_password_hashing_sha256)."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def users_of(definitions: dict[str, Any]) -> list[str]:
    """Return the names of the broker's users."""
    return [user["name"] for user in definitions["users"]]


def filled(definitions: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return `definitions` with a hash for every user; raise `ValueError` naming unfit variables."""
    passwords = {name: environment.get(variable_of(name), "") for name in users_of(definitions)}
    unfit = [variable_of(name) for name, password in passwords.items() if len(password) < SHORTEST]
    if unfit:
        raise ValueError(f"set to at least {SHORTEST} characters: {', '.join(unfit)}")
    users = [
        user | {"password_hash": password_hash(passwords[user["name"]])} for user in definitions["users"]
    ]
    return definitions | {"users": users}


def write_private(file: Path, content: str) -> None:
    """Write `content` to `file`, which only its owner and group may read."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(content)


def main() -> None:
    """Write the filled definitions to the file named, or to standard output."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, help="the file to write; standard output when left out")
    wanted = parser.parse_args()
    try:
        content = json.dumps(filled(json.loads(DEFINITIONS.read_text()), os.environ), indent=2)
    except ValueError as problem:
        sys.exit(f"fill_passwords: {problem}")
    if wanted.to:
        write_private(wanted.to, content)
    else:
        print(content)


if __name__ == "__main__":
    main()
