"""Tencent's SMS service at the size of a city: 200 numbers a call, answers after 50 ms, receipts pushed back.

In a process of its own (`python -m tests.support.burst_gateway URL`), like the other vendors; it keeps
numbers and counts instead of whole calls. Every hundredth number is refused. A fault may be switched on for
all calls: `{"status": 429, "headers": {…}, "times": 1}`.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any
from urllib.parse import urlsplit

from tests.support.loopback import LOOPBACK
from tests.support.peers import answer_with, body_of
from tests.support.vendor_sms import _is_tc3
from tests.support.vendors import Call

ANSWERS_AFTER = 0.05
MOST_REPORTS = 100
"""Receipts of one push, as Tencent documents it."""
PUSHERS = 8
GATHERS_FOR = 0.05
FIRST_AFTER = 1.0
"""Seconds after which the first receipts of a call are pushed; a phone is not reached in less."""
CODES = "1009"
"""The template of security codes, whose arrival is noted by number."""


class Desk(BaseHTTPRequestHandler):
    """Takes calls as Tencent's door does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    books: "Books"

    def do_POST(self) -> None:
        """Answer a call to send."""
        began = time.monotonic()
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call("POST", self.path, {}, headers, body_of(self))
        fault = self.books.fault()
        if fault is not None:
            answer_with(self, fault["status"], {}, fault.get("headers", {}))
            return
        if not _is_tc3(call):
            answer_with(self, 200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}})
            return
        if headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber":
            known = self.books.known(call.json()["PhoneNumber"])
            answer_with(self, 200, {"Response": {"PullSmsSendStatusSet": known, "RequestId": "r"}})
            return
        statuses = self.books.take(call.json())
        time.sleep(max(0.0, ANSWERS_AFTER - (time.monotonic() - began)))
        answer_with(self, 200, {"Response": {"SendStatusSet": statuses, "RequestId": "r"}})

    def handle(self) -> None:
        """Answer until whoever calls hangs up, or is killed meanwhile."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Books:
    """What was taken, and the receipts that are to be pushed."""

    def __init__(self, url: str) -> None:
        """Take the address for receipts; none are pushed without one."""
        self._lock, self._url = threading.Lock(), url
        self.taken: Counter[str] = Counter()
        self.codes: dict[str, float] = {}
        self.contexts: dict[str, str] = {}
        self.figures = {"calls": 0, "accepted": 0, "refused": 0, "doubled": 0, "pushed": 0, "turned_away": 0}
        self.by_second: Counter[int] = Counter()
        self.faults: list[dict[str, Any]] = []
        self.receipts: Queue[tuple[float, dict[str, Any]]] = Queue()
        for _ in range(PUSHERS if url else 0):
            threading.Thread(target=self._push, daemon=True).start()

    def fault(self) -> dict[str, Any] | None:
        """Return the fault to play now, if there is one."""
        with self._lock:
            self.figures["calls"] += 1
            return self.faults.pop() if self.faults else None

    def take(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        """Take the numbers of a call; return a status for each."""
        with self._lock:
            statuses = [self._take(number) for number in told["PhoneNumberSet"]]
            context = told.get("SessionContext", "")
            self.contexts |= {s["PhoneNumber"]: context for s in statuses if s["Code"] == "Ok"}
            self.by_second[int(time.time())] += len(statuses)
            if told["TemplateId"] == CODES:
                self.codes |= {number: time.time() for number in told["PhoneNumberSet"]}
        return statuses

    def _take(self, number: str) -> dict[str, Any]:
        said = {
            "SerialNo": "",
            "PhoneNumber": number,
            "Fee": 1,
            "SessionContext": "",
            "Message": "",
            "IsoCode": "CN",
        }
        if number.endswith("07"):
            self.figures["refused"] += 1
            return said | {"Code": "FailedOperation.PhoneNumberInBlacklist", "Fee": 0}
        self.taken[number] += 1
        self.figures["accepted"] += 1
        self.figures["doubled"] += self.taken[number] > 1
        serial = f"2640:{self.figures['accepted']}"
        if self._url:
            self.receipts.put(
                (
                    time.monotonic() + FIRST_AFTER,
                    {
                        "user_receive_time": "2026-11-02 12:00:01",
                        "nationcode": "86",
                        "mobile": number.removeprefix("+86"),
                        "report_status": "SUCCESS",
                        "errmsg": "DELIVRD",
                        "description": "用户短信送达成功",
                        "sid": serial,
                    },
                )
            )
        return said | {"Code": "Ok", "SerialNo": serial}

    def known(self, number: str) -> list[dict[str, Any]]:
        """Return what is known of the last SMS to a number."""
        told = {"ReportStatus": "SUCCESS", "Description": "DELIVRD", "PhoneNumber": number}
        with self._lock:
            return [told | {"SessionContext": self.contexts[number]}] if number in self.contexts else []

    def _push(self) -> None:
        """Push receipts for ever, up to a hundred at once; what is turned away is pushed again."""
        where = urlsplit(self._url)
        line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
        while True:
            reports = self._some()
            while not self._is_taken(line, where.path, json.dumps(reports).encode()):
                self.figures["turned_away"] += 1
                line.close()
                time.sleep(0.5)
            with self._lock:
                self.figures["pushed"] += len(reports)

    def _some(self) -> list[dict[str, Any]]:
        due_at, report = self.receipts.get()
        time.sleep(max(0.0, due_at - time.monotonic()) + GATHERS_FOR)
        reports = [report]
        while len(reports) < MOST_REPORTS:
            try:
                reports.append(self.receipts.get_nowait()[1])
            except Empty:
                break
        return reports

    def _is_taken(self, line: http.client.HTTPConnection, path: str, body: bytes) -> bool:
        try:
            line.request("POST", path, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200


class Control(BaseHTTPRequestHandler):
    """Answers the tests."""

    books: Books

    def do_GET(self) -> None:
        """Answer what was taken."""
        books = self.books
        pages: dict[str, Any] = {
            "/figures": books.figures,
            "/codes": books.codes,
            "/taken": books.taken,
            "/by_second": books.by_second,
        }
        answer_with(self, 200, pages[self.path])

    def do_POST(self) -> None:
        """Take a fault to play."""
        told = json.loads(body_of(self))
        self.books.faults += [told] * told.get("times", 1)
        answer_with(self, 200, {})

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class BurstGateway:
    """The gateway, in the hands of a test."""

    def __init__(self, described: dict[str, Any]) -> None:
        """Take what the process said of itself."""
        self.url, self._control = f"http://{LOOPBACK}:{described['port']}", described["control"]

    def read(self, page: str) -> dict[str, Any]:
        """Return `figures`, `codes` (by number: when), `taken` (by number: how often) or `by_second`."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self._control}/{page}", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def behave(self, **fault: Any) -> None:
        """Let it answer so many calls with a status."""
        body = json.dumps(fault).encode()
        urllib.request.urlopen(f"http://{LOOPBACK}:{self._control}/", data=body, timeout=60).close()


@contextmanager
def burst_gateway(receipts_to: str = "") -> Iterator[tuple[BurstGateway, int]]:
    """Yield a running gateway and the id of its process."""
    command = [sys.executable, "-m", "tests.support.burst_gateway", receipts_to]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield BurstGateway(json.loads(process.stdout.readline())), process.pid
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def main() -> None:
    """Play the gateway until standard input ends."""
    books = Books(sys.argv[1] if len(sys.argv) > 1 else "")
    ports = {}
    for name, desk in (("port", Desk), ("control", Control)):
        server = ThreadingHTTPServer((LOOPBACK, 0), type(f"This{name}", (desk,), {"books": books}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ports[name] = server.server_address[1]
    print(json.dumps(ports), flush=True)  # noqa: T201 - its address
    sys.stdin.read()


if __name__ == "__main__":
    main()
