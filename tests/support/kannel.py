"""A real Kannel on loopback: bearerbox, smsbox and the SMS centre that comes with it and sends to nobody.

Numbers that begin with +86170 go to an SMS centre that takes nothing, so that their receipts say failed;
those with +86171 go nowhere, which the gateway says at once.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

import psutil

from services.notify.settings import ReceiptSettings, SmsSettings
from tests.support.rabbitmq import ENDS_WITH_US, free_ports

FAKE_CENTRE = Path("/usr/lib/kannel/test/fakesmsc")
USER, PASSWORD = "wishtree", "kannel-password"
TOKEN = "a-token-that-nobody-can-guess"
WITHIN = 60.0

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = {password}
admin-interface = 127.0.0.1
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {centre}
connect-allow-ip = 127.0.0.1
denied-prefix = "+86170;+86171"

group = smsc
smsc = http
smsc-id = refusing
system-type = kannel
port = {unused}
connect-allow-ip = 127.0.0.1
send-url = "http://127.0.0.1:{door}/cgi-bin/sendsms"
smsc-username = nobody
smsc-password = wrong
allowed-prefix = "+86170"

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {door}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = {password}
max-messages = 5
concatenation = true

group = sms-service
keyword = default
text = "no"
max-messages = 0
"""


class NotInstalled(Exception):
    """Kannel is not on this machine."""

    def __init__(self) -> None:
        """Say what to do about it."""
        super().__init__(
            "These tests need a real Kannel: install the system packages kannel and kannel-extras "
            "(make setup does, as root)."
        )


class Kannel:
    """A running gateway; its SMS centre writes down what it was given."""

    def __init__(self, folder: Path, door: int) -> None:
        """Take the folder in which it runs and the port at which SMS are taken."""
        self._folder, self._door = folder, door

    def settings(self, receipts_at: str) -> SmsSettings:
        """Return how an operator describes it (Kannel's guide: Using SMS push, Delivery reports).

        `%d` is what became of the SMS: 1 arrived, 2 did not, 16 was refused by the SMS centre; 19 asks for
        these three.
        """
        return SmsSettings(
            url=f"http://127.0.0.1:{self._door}/cgi-bin/sendsms",
            method="GET",
            encoding="query",
            fields={
                **{"username": USER, "password": PASSWORD, "from": "10690000", "to": "{{ phone }}"},
                **{"text": "{{ text }}", "coding": "2", "charset": "UTF-8", "dlr-mask": "19"},
                "dlr-url": f"{receipts_at}/{{{{ receipt_token }}}}?mark={{{{ id }}}}&code=%d&phone=%p",
            },
            signature="【心愿树】",
            code_pattern=r"^(?P<code>[03]:|Not routable)",
            accepted=("0:", "3:"),  # for delivery, or queued until the SMS centre is there
            permanent=("Not routable",),
            receipt_token=TOKEN,
            receipts=ReceiptSettings(
                mark="mark", phone="phone", code="code", arrived=("1",), failed=("2", "16")
            ),
        )

    def delivered(self) -> list[tuple[str, str]]:
        """Return number and text of every SMS that the centre was given whole."""
        log = (self._folder / "centre").read_text(errors="replace")
        said = re.findall(r"Got message \d+: <\S+ (\S+) ucs-2 (\S+)>", log)
        return [(to, unquote_to_bytes(text).decode("utf-16-be")) for to, text in said]


@contextmanager
def kannel(folder: Path) -> Iterator[Kannel]:
    """Yield a gateway that runs in `folder`; raise `NotInstalled` where there is none."""
    if shutil.which("bearerbox") is None or not FAKE_CENTRE.exists():
        raise NotInstalled
    names = ("admin", "boxes", "centre", "unused", "door")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    described = CONFIGURATION.format(user=USER, password=PASSWORD, **ports)
    (folder / "kannel.conf").write_text(described)
    centre = [str(FAKE_CENTRE), "-H", "127.0.0.1", "-r", str(ports["centre"]), "-m", "0", "1 2 text -"]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, command, port in (
            ("bearerbox", ["bearerbox", "kannel.conf"], ports["centre"]),
            ("smsbox", ["smsbox", "kannel.conf"], ports["door"]),
            ("centre", centre, 0),
        ):
            started.append(_spawn(folder, name, command))
            _await(folder, name, started[-1], port)
        yield Kannel(folder, ports["door"])
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(WITHIN)


def _spawn(folder: Path, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
    with (folder / name).open("wb") as log:
        return subprocess.Popen(
            [*ENDS_WITH_US, *command], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )


def _await(folder: Path, name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a program listens at `port`, or, where it does not listen, until it is connected."""
    ends_at = time.monotonic() + WITHIN
    while not (_listens(process.pid, port) if port else _is_connected(folder)):
        if process.poll() is not None or time.monotonic() > ends_at:
            raise RuntimeError(
                f"{name} did not start:\n{(folder / name).read_text(errors='replace')[-2000:]}"
            )
        time.sleep(0.05)


def _listens(pid: int, port: int) -> bool:
    """Say whether a process listens there, without knocking: the SMS centre's door takes one guest."""
    doors = psutil.Process(pid).net_connections("tcp4")
    return any(door.status == psutil.CONN_LISTEN and door.laddr.port == port for door in doors)


def _is_connected(folder: Path) -> bool:
    """Say whether bearerbox has its SMS centre."""
    return "Fakesmsc client connected" in (folder / "bearerbox").read_text(errors="replace")
