"""The providers of messages as they document themselves, on loopback, their faults switched from outside.

Like the peers they run in a process of their own (`python -m tests.support.vendors aliyun`), say on their
first line where they listen, and end when their standard input does. A vendor checks the signature of every
call; it answers what it was last told for a recipient (`for_`), or for every call.
"""

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep, time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.loopback import LOOPBACK
from tests.support.peers import answer_with, body_of

HANGS_FOR = 20.0
"""Seconds for which a muted vendor says nothing; longer than any client of the tests waits."""


class Vendor:
    """A vendor in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", described: dict[str, Any]) -> None:
        """Take the process and what it said of itself."""
        self._process, self._control = process, described["control"]
        self.port: int = described["port"]

    @property
    def host(self) -> str:
        """Return where the vendor listens, as a Host header names it."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """Return the root of the vendor's interface."""
        return f"http://{self.host}"

    def accepted(self) -> list[dict[str, Any]]:
        """Return every message that the vendor took, in order."""
        return self._read("accepted")

    def calls(self) -> list[dict[str, Any]]:
        """Return every call, whatever was answered."""
        return self._read("calls")

    def behave(self, manner: str, *, for_: str = "", times: int = 1_000_000, **details: Any) -> None:
        """Switch a fault on, for one recipient or for every call, so many times."""
        body = json.dumps({"manner": manner, "for": for_, "times": times, **details}).encode()
        urllib.request.urlopen(self._address("behave"), data=body, timeout=10).close()

    def reset(self) -> None:
        """Forget every call and every fault."""
        urllib.request.urlopen(self._address("reset"), data=b"", timeout=10).close()

    def _read(self, page: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(self._address(page), timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def _address(self, page: str) -> str:
        return f"http://{LOOPBACK}:{self._control}/{page}"


@contextmanager
def vendor(kind: str) -> Iterator[Vendor]:
    """Yield a running vendor of a kind that `vendor_kinds` knows."""
    command = [sys.executable, "-m", "tests.support.vendors", kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Vendor(process, json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


# -- what the processes do


@dataclass
class Call:
    """A request as a vendor reads it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # by lower-case name
    body: str

    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.body)


@dataclass
class Reply:
    """What a vendor answers."""

    content: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Ledger:
    """What a vendor took and how it is to behave."""

    def __init__(self) -> None:
        """Begin with nothing and no fault."""
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.accepted: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.notes: dict[str, Any] = {}  # whatever a vendor has to remember between calls
        self._faults: dict[str, dict[str, Any]] = {}

    def behave(self, told: dict[str, Any]) -> None:
        """Note a fault to play."""
        with self._lock:
            self._faults[told["for"]] = told

    def fault(self, recipient: str = "") -> dict[str, Any]:
        """Return how to behave this time towards a recipient, or (without one) in this call."""
        with self._lock:
            told = self._faults.get(recipient)
            if told is None or told["times"] <= 0:
                return {"manner": "ok"}
            told["times"] -= 1
            return told

    def take(self, message: dict[str, Any]) -> int:
        """Accept a message; return the how many-th it is."""
        with self._lock:
            self.accepted.append(message)
            return len(self.accepted)


Behaviour = Callable[[Call, Ledger], Reply]


class VendorDesk(BaseHTTPRequestHandler):
    """Answers clients as one vendor does."""

    protocol_version = "HTTP/1.1"
    ledger: Ledger
    behaviour: Behaviour

    def do_GET(self) -> None:
        """Answer a call without a body."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer a call."""
        self._answer("POST")

    def do_PUT(self) -> None:
        """Answer a call."""
        self._answer("PUT")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        address = urlsplit(self.requestline.split()[1])  # `path` hides that it begins with two slashes
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        call = Call(method, address.path, query, headers, body_of(self))
        seen = {"method": method, "path": address.path, "query": query, "headers": headers, "at": time()}
        authorization = headers.get("authorization", "")
        self.ledger.calls.append(seen | {"body": call.body, "authorization": authorization})
        self._play(self.ledger.fault(), call)

    def _play(self, fault: dict[str, Any], call: Call) -> None:
        """Answer as told: a status or words instead of the vendor's, or silence after it took the message."""
        if fault["manner"] == "status":
            answer_with(self, fault["status"], fault.get("content", {}), fault.get("headers", {}))
            return
        if fault["manner"] == "say":
            sleep(fault.get("seconds", 0))
            answer_with(self, 200, fault["content"])
            return
        if fault["manner"] == "lost":  # on its way here
            self.close_connection = True
            return
        reply = type(self).behaviour(call, self.ledger)
        if fault["manner"] in {"mute", "cut"}:
            sleep(fault.get("seconds", HANGS_FOR) if fault["manner"] == "mute" else 0)
            self.close_connection = True
            return
        answer_with(self, reply.status, reply.content, reply.headers)


class ControlDesk(BaseHTTPRequestHandler):
    """Answers the tests: what was taken, and how to behave from now on."""

    ledger: Ledger

    def do_GET(self) -> None:
        """Answer `accepted` or `calls`."""
        answer_with(self, 200, getattr(self.ledger, self.path.removeprefix("/")))

    def do_POST(self) -> None:
        """Take a fault to play, or forget all."""
        if self.path == "/reset":
            self.ledger.forget()
        else:
            self.ledger.behave(json.loads(body_of(self)))
        answer_with(self, 200, {})

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _serve(desk: type[BaseHTTPRequestHandler]) -> int:
    server = ThreadingHTTPServer((LOOPBACK, 0), desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main() -> None:
    """Play one vendor until standard input ends."""
    from tests.support.vendor_kinds import KINDS

    ledger = Ledger()
    desk = type("ThisDesk", (VendorDesk,), {"ledger": ledger, "behaviour": staticmethod(KINDS[sys.argv[1]])})
    control = type("ThisControl", (ControlDesk,), {"ledger": ledger})
    print(json.dumps({"port": _serve(desk), "control": _serve(control)}), flush=True)  # noqa: T201 - its address
    sys.stdin.read()


if __name__ == "__main__":
    main()
