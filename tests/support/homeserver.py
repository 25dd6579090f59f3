"""A real Matrix homeserver on loopback (Synapse), with users and rooms as the tests need them."""

import json
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.rabbitmq import ENDS_WITH_US, free_ports

PYTHON = Path(__file__).parents[2] / ".venv" / "homeserver" / "bin" / "python"
BURST = 20
"""Messages that a user may write at once before the homeserver asks for patience."""

WITHIN = 120.0

CONFIGURATION = """
server_name: test.localhost
pid_file: {folder}/pid
listeners:
  - {{port: {port}, bind_addresses: [127.0.0.1], type: http, tls: false, resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/database}}}}
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: {secret}
macaroon_secret_key: {secret}
form_secret: {secret}
report_stats: false
trusted_key_servers: []
enable_registration: true
enable_registration_without_verification: true
rc_registration: {{per_second: 100, burst_count: 100}}
rc_message: {{per_second: 0.01, burst_count: {burst}}}
"""


class NotInstalled(Exception):
    """There is no homeserver in this checkout."""

    def __init__(self) -> None:
        """Say what to do about it."""
        super().__init__("These tests need a real Matrix homeserver: deploy/setup/homeserver.sh installs it.")


@dataclass(frozen=True)
class User:
    """Somebody who has an account, and the key to it."""

    id: str
    token: str


class Homeserver:
    """A running homeserver."""

    def __init__(self, port: int) -> None:
        """Take the port at which it listens."""
        self.url = f"http://127.0.0.1:{port}"

    def user(self, name: str) -> User:
        """Register a user."""
        said = {"username": name, "password": secrets.token_hex(8), "auth": {"type": "m.login.dummy"}}
        registered = self._ask("POST", "register", said)
        return User(registered["user_id"], registered["access_token"])

    def room(self, owner: User, *guests: User) -> str:
        """Open a room of `owner`, in which `guests` are as well."""
        said = {"preset": "private_chat", "invite": [guest.id for guest in guests]}
        room: str = self._ask("POST", "createRoom", said, owner)["room_id"]
        for guest in guests:
            self._ask("POST", f"join/{quote(room)}", {}, guest)
        return room

    def read(self, reader: User, room: str) -> list[tuple[str, str]]:
        """Return event id and text of every message that `reader` finds in a room, in order."""
        found = self._ask("GET", f"rooms/{quote(room)}/messages?dir=b&limit=100", None, reader)["chunk"]
        said = [event for event in found if event["type"] == "m.room.message"]
        return [(event["event_id"], event["content"]["body"]) for event in reversed(said)]

    def is_up(self) -> bool:
        """Say whether it answers."""
        try:
            self._ask("GET", "account/whoami")
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def _ask(self, method: str, place: str, said: Any = None, user: User | None = None) -> Any:
        headers = {"Authorization": f"Bearer {user.token}"} if user else {}
        body = None if said is None else json.dumps(said).encode()
        asked = urllib.request.Request(f"{self.url}/_matrix/client/v3/{place}", body, headers, method=method)
        with urllib.request.urlopen(asked, timeout=WITHIN) as answer:
            return json.load(answer)


@contextmanager
def homeserver(folder: Path) -> Iterator[Homeserver]:
    """Yield a homeserver that runs in `folder`; raise `NotInstalled` where there is none."""
    if not PYTHON.exists():
        raise NotInstalled
    (port,) = free_ports(1)
    described = CONFIGURATION.format(folder=folder, port=port, secret=secrets.token_hex(16), burst=BURST)
    (folder / "homeserver.yaml").write_text(described)
    program = [str(PYTHON), "-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"]
    subprocess.run([*program, "--generate-keys"], cwd=folder, check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*ENDS_WITH_US, *program], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    running = Homeserver(port)
    try:
        _await(running, process, folder)
        yield running
    finally:
        process.terminate()
        process.wait(WITHIN)


def _await(running: Homeserver, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    ends_at = time.monotonic() + WITHIN
    while not running.is_up():
        if process.poll() is not None or time.monotonic() > ends_at:
            said = (folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"the homeserver did not start:\n{said}")
        time.sleep(0.1)
