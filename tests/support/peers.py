"""Real servers that play the outside world on loopback: a mail server and an SMS gateway, with their faults.

They run in processes of their own (`python -m tests.support.peers smtp`), since the tests are green and they
are not. Each says on its first line where it listens, keeps what it received, and ends when its standard
input does.

The mail server obeys the address: `550.li@…` and `451.li@…` are answered so at RCPT, `552.li@…` after the
mail; `silent.li@…` is never answered at RCPT, `mute.li@…` is taken and never answered, `cut.li@…` is taken
and the line cut, `garbled.li@…` answered without a code; `once451.li@…` passes the second time, `slow.li@…`
after a while. `not_ours.li@…` and `denied.li@…` are refused at RCPT for what the server thinks of us.
`failed.5.1.1.li@…` is taken and comes back with that status, `delayed.4.4.1.li@…` is only late: the reports
lie among the `bounces`. The gateway does what it was last told for a number, or for all.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import LOOPBACK, certificate
from tests.support.mail_peer import HANGS_FOR, serve_smtp

# -- what the tests hold in their hands


class Peer:
    """A peer in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", described: dict[str, Any]) -> None:
        """Take the process and what it said of itself."""
        self._process, self._control = process, described["control"]
        self.port: int = described["port"]
        self.ca_file: str | None = described.get("ca_file")

    @property
    def url(self) -> str:
        """Return where the gateway takes SMS."""
        return f"{'https' if self.ca_file else 'http'}://{LOOPBACK}:{self.port}/send"

    def received(self) -> list[dict[str, Any]]:
        """Return everything that the peer took in, in order."""
        with urllib.request.urlopen(self._address("received"), timeout=60) as answer:
            taken: list[dict[str, Any]] = json.load(answer)
        return taken

    def bounces(self) -> list[str]:
        """Return the reports that the mail server wrote to those whose mails it could not deliver."""
        with urllib.request.urlopen(self._address("bounces"), timeout=60) as answer:
            written: list[str] = json.load(answer)
        return written

    def asked(self) -> int:
        """Return how often the peer was asked for something, whatever it answered."""
        with urllib.request.urlopen(self._address("asked"), timeout=60) as answer:
            return int(json.load(answer))

    def behave(self, manner: str, *, phone: str = "", times: int = 1_000_000, **details: Any) -> None:
        """Switch a fault on, for one number or for all, so many times; `ok` ends it.

        What was switched on for all holds for a number when its own fault has been played so often.
        """
        body = json.dumps({"manner": manner, "phone": phone, "times": times, **details}).encode()
        urllib.request.urlopen(self._address("behave"), data=body, timeout=60).close()

    def reset(self) -> None:
        """Forget what was received and every fault."""
        urllib.request.urlopen(self._address("reset"), data=b"", timeout=60).close()

    def _address(self, page: str) -> str:
        return f"http://{LOOPBACK}:{self._control}/{page}"


@contextmanager
def peer(kind: str, *options: str) -> Iterator[Peer]:
    """Yield a running peer: `smtp` or `sms`.

    Both take `--security`; a mail server also `--password`, `--notifies` (DSN), `--all-alphabets` (SMTPUTF8).
    """
    command = [sys.executable, "-m", "tests.support.peers", kind, *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Peer(process, json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


# -- what the processes do


class Memory:
    """What a peer received and how it is to behave."""

    def __init__(self) -> None:
        """Begin with nothing and no fault."""
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.received: list[dict[str, Any]] = []
        self.bounces: list[str] = []
        self.asked = 0
        self.seen: set[str] = set()
        self._manners: dict[str, dict[str, Any]] = {}

    def behave(self, told: dict[str, Any]) -> None:
        """Note a fault to play."""
        with self._lock:
            self._manners[told["phone"]] = told

    def manner(self, phone: str) -> dict[str, Any]:
        """Return what to do this time."""
        with self._lock:
            self.asked += 1
            for told in (self._manners.get(phone), self._manners.get("")):
                if told is not None and told["times"] > 0:
                    told["times"] -= 1
                    return told
            return {"manner": "ok"}


class ControlDesk(BaseHTTPRequestHandler):
    """Answers the tests: what was received, and how to behave from now on."""

    memory: Memory

    def do_GET(self) -> None:
        """Answer `received`, `bounces` or `asked`."""
        memory = self.memory
        told = {"/received": memory.received, "/bounces": memory.bounces, "/asked": memory.asked}
        answer_with(self, 200, told[self.path])

    def do_POST(self) -> None:
        """Take a fault to play, or forget all."""
        if self.path == "/reset":
            self.memory.forget()
        else:
            self.memory.behave(json.loads(body_of(self)))
        answer_with(self, 200, {})

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Gateway(ControlDesk):
    """An SMS gateway over HTTP: JSON, form or query; `code` 0 means accepted."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Take an SMS from the query."""
        self._take({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

    def do_POST(self) -> None:
        """Take an SMS from the body."""
        body = body_of(self)
        is_json = "json" in self.headers.get("Content-Type", "")
        self._take(json.loads(body) if is_json else {key: found[0] for key, found in parse_qs(body).items()})

    def _take(self, told: dict[str, Any]) -> None:
        if "messages" in told:
            self._take_together(told)
            return
        manner = self.memory.manner(told.get("phone", ""))
        kind = manner["manner"]
        if kind in {"ok", "slow", "mute", "cut", "gateway_timeout", "prose"}:
            self.memory.received.append({**told, "headers": dict(self.headers), "manner": kind})
        getattr(self, f"_{kind}")(manner)

    def _take_together(self, told: dict[str, Any]) -> None:
        """Take many SMS of one call; each has its result, unless told to be `forgetful` of the last."""
        results: list[dict[str, Any]] = []
        for message in told["messages"]:
            manner = self.memory.manner(message["phone"])
            if manner["manner"] == "ok":
                self.memory.received.append({**message, "account": told["account"]})
            results.append({"code": manner.get("code", 0), "data": {"sid": f"sid-{len(results)}"}})
        is_forgetful = self.memory.manner("all")["manner"] == "forgetful"
        answer_with(self, 200, {"results": results[: len(results) - is_forgetful]})

    def _ok(self, manner: dict[str, Any]) -> None:
        answer_with(self, 200, {"code": 0, "data": {"sid": f"sid-{len(self.memory.received)}"}})

    def _slow(self, manner: dict[str, Any]) -> None:
        time.sleep(manner["seconds"])
        self._ok(manner)

    def _mute(self, manner: dict[str, Any]) -> None:
        time.sleep(manner.get("seconds", HANGS_FOR))
        self.close_connection = True

    def _cut(self, manner: dict[str, Any]) -> None:
        self.close_connection = True

    def _prose(self, manner: dict[str, Any]) -> None:
        answer_with(self, 200, "thank you")

    def _status(self, manner: dict[str, Any]) -> None:
        answer_with(self, manner["status"], {}, manner.get("headers", {}))

    def _gateway_timeout(self, manner: dict[str, Any]) -> None:
        answer_with(self, 504, {})

    def _code(self, manner: dict[str, Any]) -> None:
        answer_with(self, 200, {"code": manner["code"]})


def body_of(request: BaseHTTPRequestHandler) -> str:
    """Return the body of a request."""
    return request.rfile.read(int(request.headers.get("Content-Length", 0))).decode()


def answer_with(
    request: BaseHTTPRequestHandler, status: int, content: Any, headers: dict[str, str] | None = None
) -> None:
    """Answer with JSON."""
    body = json.dumps(content).encode()
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def serve_sms(memory: Memory, options: argparse.Namespace) -> dict[str, Any]:
    """Start the gateway; return how to reach it."""
    gateway = type("ThisGateway", (Gateway,), {"memory": memory})
    if options.security == "none":
        return {"port": _serve(gateway)}
    context, ca_file = certificate()
    return {"port": _serve(gateway, context), "ca_file": ca_file}


def _serve(desk: type[BaseHTTPRequestHandler], context: Any = None) -> int:
    server = ThreadingHTTPServer((LOOPBACK, 0), desk)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main() -> None:
    """Play one peer until standard input ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("kind", choices=("smtp", "sms"))
    parser.add_argument("--security", choices=("none", "starttls", "tls"), default="none")
    parser.add_argument("--password", default="")
    parser.add_argument("--notifies", action="store_true")
    parser.add_argument("--all-alphabets", action="store_true")
    options = parser.parse_args()
    memory = Memory()
    described = {"smtp": serve_smtp, "sms": serve_sms}[options.kind](memory, options)
    control = _serve(type("ThisDesk", (ControlDesk,), {"memory": memory}))
    print(json.dumps(described | {"control": control}), flush=True)  # noqa: T201 - this is how it says where it is
    sys.stdin.read()


if __name__ == "__main__":
    main()
