"""The HTTP server against slow, hostile and very many clients, and how it ends without dropping anybody."""

import json
import random
import resource
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any
from uuid import uuid4

import eventlet
import psutil
import pytest
import structlog

from services.directory import contracts as directory
from services.gateway.api.routes import ROUTES
from tests.support.gateway import Gateway, a_member, a_worker, gateway

CLAIM = {"wish_id": "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"}
HEAD = b"POST /api/v1/claims HTTP/1.1\r\nHost: x\r\n"
A_WHILE = 30.0
"""Seconds within which a slow client is cut off, however busy the machine; it would drip for two minutes."""


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    """One gateway for the tests here that need no other: impatient, and with small limits."""
    limits: dict[str, Any] = {
        "idle_seconds": 5.0,
        "header_seconds": 2.0,
        "body_seconds": 2.0,
        "largest_upload": 1_000_000,
    }
    with gateway(**limits) as opened:
        yield opened


@contextmanager
def line_to(door: Gateway) -> Iterator[socket.socket]:
    """Yield a bare connection."""
    with closing(socket.create_connection(("127.0.0.1", door.port), timeout=60)) as line:
        yield line


def rest_of(line: socket.socket) -> bytes:
    """Read until the other side closes."""
    received = b""
    while piece := line.recv(65536):
        received += piece
    return received


def exchange(door: Gateway, sent: bytes) -> bytes:
    """Send bytes and return everything that comes back until the connection is closed."""
    with line_to(door) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return rest_of(line)


def statuses_of(answer: bytes) -> list[int]:
    """Return the statuses of all answers in a stream."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


# ------------------------------------------------------------ health


def test_health_is_told_to_machines(door: Gateway) -> None:
    client = door.client()
    assert (client.get("/healthz").status, client.get("/readyz").status) == (200, 200)
    client.get("/api/v1/offers")
    figures = client.get("/metrics").text
    assert 'wishtree_http_seconds_count{route="/api/v1/offers",status="404"}' in figures


def test_figures_are_not_for_the_public(door: Gateway) -> None:
    assert door.client(X_Forwarded_For="203.0.113.9").get("/metrics").status == 404


def test_every_answer_carries_the_security_headers(door: Gateway) -> None:
    client = door.client()
    for path in ("/", "/healthz", "/api/v1/offers", "/api/openapi.json", "/static/wishtree.css", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Request-Id"]


def test_the_head_alone_may_be_asked_for(door: Gateway) -> None:
    client = door.client()
    for path in ("/healthz", "/api/v1/offers", "/api/openapi.json", "/nothing"):
        reply = client.ask("HEAD", path)
        assert (reply.body, int(reply.headers["Content-Length"]) > 0) == (b"", True)


# ------------------------------------------------------------ slow and large


def test_a_slow_body_is_cut_off_and_the_client_told(door: Gateway) -> None:
    token = door.token(a_member())
    with line_to(door) as line:
        line.sendall(HEAD + f"Authorization: Bearer {token}\r\nContent-Length: 600\r\n\r\n".encode())
        began = monotonic()
        drip = eventlet.spawn(trickle, line, b"x" * 599)
        answer = rest_of(line)
        drip.kill()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"gateway.too_slow" in answer
    assert monotonic() - began < A_WHILE


def trickle(line: socket.socket, content: bytes) -> None:
    """Send a byte every now and then, so that no single read ever times out."""
    for byte in content:
        eventlet.sleep(0.2)
        try:
            line.sendall(bytes([byte]))
        except OSError:
            return


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD, HEAD + b"X: " + b"y" * 100])
def test_a_head_that_never_ends_is_cut_off(door: Gateway, sent: bytes) -> None:
    with line_to(door) as line:
        line.sendall(sent)
        began = monotonic()
        drip = eventlet.spawn(trickle, line, b"z" * 600)
        rest_of(line)
        drip.kill()
    assert monotonic() - began < A_WHILE


def test_a_connection_without_requests_is_closed(door: Gateway) -> None:
    with line_to(door) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(line).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("actor", "path", "size"),
    [
        (None, "/api/v1/sign-in/code", 64 * 1024 + 1),
        (a_member(), "/api/v1/claims", 1024 * 1024 + 1),
        (a_worker(), f"/api/v1/areas/{uuid4()}/wishes/imports", 5 * 1024**3),
    ],
)
def test_a_body_beyond_the_limit_is_refused_unread(door: Gateway, actor: Any, path: str, size: int) -> None:
    before = psutil.Process().memory_info().rss
    token = f"Authorization: Bearer {door.token(actor)}\r\n" if actor else ""
    with line_to(door) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{token}Content-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
        flood = eventlet.spawn(pour, line, size)
        answer = rest_of(line)
        flood.kill()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"gateway.too_large" in answer
    assert psutil.Process().memory_info().rss - before < 50 * 1024**2


def test_a_file_beyond_the_limit_is_refused_however_it_is_wrapped(door: Gateway) -> None:
    client, path = door.signed_in(a_worker()), f"/api/v1/areas/{uuid4()}/wishes/imports"
    for size, status in ((1_000_000, 404), (1_000_001, 413)):  # an unscripted service finds nothing
        assert client.post(path, {"file_name": "a.xlsx", "content": b"x" * size}).status == status


def pour(line: socket.socket, size: int) -> None:
    """Send as much as the other side takes."""
    piece = b"x" * 65536
    try:
        for _ in range(size // len(piece) + 1):
            line.sendall(piece)
    except OSError:
        return


# ------------------------------------------------------------ malformed


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET / HTTP/0.9\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", b"400"),
        (b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rB: c\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 101 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 9000 + b"\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (HEAD + b"Content-Length: -1\r\n\r\n", b"400"),
        (HEAD + b"Content-Length: +5\r\n\r\nabcde", b"400"),
        (HEAD + b"Content-Length: 1_0\r\n\r\nabcde", b"400"),
        (HEAD + b"Content-Length: 5, 5\r\n\r\nabcde", b"400"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", b"400"),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"411"),
        (HEAD + b"Content-Length: 99\r\n\r\n{}", b"401"),
    ],
)
def test_what_http_does_not_allow_is_refused_and_the_connection_closed(
    door: Gateway, sent: bytes, status: bytes
) -> None:
    answer = exchange(door, sent + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.split(b" ")[1] == status
    assert b"alive" not in answer  # what came after is not taken for another request


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "gateway.address_too_long"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 101 + b"\r\n", "gateway.too_many_headers"),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", "gateway.head_unreadable"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "gateway.length_needed"),
    ],
)
def test_a_head_that_is_refused_is_answered_with_a_code_and_words(
    door: Gateway, sent: bytes, code: str
) -> None:
    head, _, body = exchange(door, sent).partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert (error["code"], bool(error["message"])) == (code, True)
    assert b"Content-Type: application/json" in head
    assert b"nosniff" in head


def test_requests_sent_together_are_answered_in_order(door: Gateway) -> None:
    get = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(door, get % b"/healthz" + get % b"/readyz" + get % b"/nothing")
    assert statuses_of(answer) == [200, 200, 404]


def test_two_slashes_do_not_lead_to_another_host(door: Gateway) -> None:
    reply = door.client().get("//evil.example/static")
    assert (reply.status, "Location" in reply.headers) == (404, False)


WORDS = [
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\u0000",
    b"\xff",
    b"null",
    b"1e999",
    b"%00",
    b"../",
    b"{{7*7}}",
    b"<script>",
]
WORDS += [
    b"wish_id",
    b"0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a",
    b":",
    b",",
    b"'; DROP TABLE wish;--",
    "王".encode(),
]


def malformed(numbers: random.Random, token: str) -> bytes:
    """Return a request that is wrong in one of many ways."""
    route = numbers.choice(ROUTES)
    rubbish = b"".join(numbers.choices(WORDS, k=numbers.randint(0, 12)))
    path = route.template.encode()
    while b"{" in path:
        before, _, after = path.partition(b"{")
        path = before + numbers.choice([b"x", b"%00", b"..", b"0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"])
        path += after.partition(b"}")[2]
    kind = numbers.choice([b"application/json", b"text/plain", b"multipart/form-data; boundary=x", b"\x80"])
    query = b"?" + rubbish.replace(b" ", b"+") if numbers.random() < 0.3 else b""
    lines = [
        route.method.encode() + b" " + path + query + b" HTTP/1.1",
        b"Host: x",
        b"Content-Type: " + kind,
        b"Content-Length: %d" % len(rubbish),
        b"Idempotency-Key: " + numbers.choice([b"", b"1", b"\xe9", b"k" * 300]),
        numbers.choice([f"Authorization: Bearer {token}".encode(), b"Authorization: Bearer x", b"X: y"]),
    ]
    if numbers.random() < 0.2:
        spoilt = numbers.randrange(len(lines))
        lines[spoilt] = bytes(numbers.choices(lines[spoilt] + b"\x00\r\n\xff \t:", k=len(lines[spoilt])))
    return b"\r\n".join(lines) + b"\r\n\r\n" + rubbish


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_malformed_requests_bring_no_fault_and_fill_no_memory(door: Gateway) -> None:
    numbers = random.Random(20261205)
    token = door.token(a_worker())
    before = psutil.Process().memory_info().rss
    statuses: list[int] = []

    def send_some(_: int) -> None:
        while len(statuses) < 10_000:
            requests = b"".join(malformed(numbers, token) for _ in range(10))
            statuses.extend(statuses_of(exchange(door, requests)))

    list(eventlet.GreenPool(20).imap(send_some, range(20)))
    seen = set(statuses)
    assert seen <= {400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 422, 431}
    assert {400, 401, 404} <= seen
    assert door.client().get("/healthz").status == 200
    assert psutil.Process().memory_info().rss - before < 100 * 1024**2


# ------------------------------------------------------------ many


def test_running_out_of_file_descriptors_ends_nothing(door: Gateway) -> None:
    """nameko's own server ends with its container when `accept` fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    client = door.client()
    assert client.get("/healthz").status == 200
    taken = psutil.Process().num_fds()
    line = socket.socket()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken + 1, hard))
        line.connect(("127.0.0.1", door.port))  # waits in the backlog: nobody can accept it
        eventlet.sleep(0.5)
        assert client.get("/healthz").status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert rest_of(line).startswith(b"HTTP/1.1 200 OK")
    line.close()


# ------------------------------------------------------------ one request beside the next


def test_nothing_that_one_request_binds_is_seen_by_the_next_on_its_connection(door: Gateway) -> None:
    seen: list[dict[str, Any]] = []
    assert door.web.http is not None
    front = door.web.http.app
    api = front._api

    class Binding:
        def answer(self, environ: Any, request_id: str) -> Any:
            seen.append(dict(structlog.contextvars.get_contextvars()))
            structlog.contextvars.bind_contextvars(member="canary")
            return api.answer(environ, request_id)

    front._api = Binding()
    try:
        client = door.client()
        for _ in range(3):
            client.get("/api/v1/offers")
    finally:
        front._api = api
    assert seen == [{}, {}, {}]


def test_a_connection_serves_visitor_after_visitor_each_by_their_own_token(door: Gateway) -> None:
    """A proxy sends the requests of many over one connection."""
    door.script.answer(directory.WhoAmI, lambda query: directory.SignedIn(actor=query.by, name=""))
    client = door.client()
    for actor in (a_member(), a_worker(), a_member()):
        me = client.get("/api/v1/me", Authorization=f"Bearer {door.token(actor)}").json["actor"]
        assert me["member_id"] == (str(actor.member_id) if actor.member_id else None)
    assert client.get("/api/v1/me").status == 401
