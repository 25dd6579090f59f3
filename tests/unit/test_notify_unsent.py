"""What provably never left the house is no doubt: it is tried again, or somebody has to look."""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import eventlet
import pytest
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from services.notify.channels.web import Web, WebSettings
from services.notify.domain import Outcome, Verdict
from tests.support.loopback import LOOPBACK
from tests.support.rabbitmq import free_ports

BREAKS_OFF = "break off"
SAYS_NOTHING = "say nothing"
SPEAKS_PLAINLY = "speak plainly"


@contextmanager
def door(manner: str) -> Iterator[int]:
    """Yield the port of a door on loopback that takes everybody in and then breaks off, or says nothing."""
    listener = eventlet.listen((LOOPBACK, 0))
    taken: list[Any] = []

    def stand_there() -> None:
        while True:
            connection, _ = listener.accept()
            taken.append(connection)
            if manner == BREAKS_OFF:
                connection.close()
            if manner == SPEAKS_PLAINLY:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    standing = eventlet.spawn(stand_there)
    try:
        yield listener.getsockname()[1]
    finally:
        standing.kill()
        for connection in [*taken, listener]:
            connection.close()


def called(url: str, settings: WebSettings | None = None, **said: Any) -> Outcome:
    """Return what a call comes to that is not answered."""
    web = Web(settings or WebSettings(timeout=60, connect_timeout=60))
    try:
        outcome = web.call("POST", url, **({"data": b"x"} | said))
    finally:
        web.close()
    assert isinstance(outcome, Outcome)
    return outcome


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("htp://x/send", {}),
        ("sms.example.org/send", {}),
        ("http://", {}),
        ("http://[bad/", {}),
        ("", {}),
        (f"http://{LOOPBACK}:1/", {"headers": {"X": "a\nb"}}),
        (f"http://{'a' * 64}.example.org/", {}),
    ],
)
def test_with_what_can_never_be_sent_the_account_stops(url: str, said: dict[str, Any]) -> None:
    assert called(url, **said) == Outcome(Verdict.STOP, "unsendable")


def test_a_header_that_no_connection_takes_stops_the_account_too() -> None:
    with door(SAYS_NOTHING) as port:
        outcome = called(f"http://{LOOPBACK}:{port}/", headers={"X": "密"})

    assert outcome == Outcome(Verdict.STOP, "unsendable")


def test_certificates_that_went_away_stop_the_account(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    shutil.copy(DEFAULT_CA_BUNDLE_PATH, file)
    web = Web(WebSettings(ca_file=str(file)))
    file.unlink()

    assert web.call("POST", f"https://{LOOPBACK}:1/") == Outcome(Verdict.STOP, "unsendable")


def test_a_door_that_is_closed_is_tried_again() -> None:
    (port,) = free_ports(1)

    assert called(f"http://{LOOPBACK}:{port}/") == Outcome(Verdict.RETRY, "unreachable")


def test_a_name_that_nobody_knows_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(*asked: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)

    assert called("http://sms.example.org/") == Outcome(Verdict.RETRY, "unreachable")


@pytest.mark.parametrize(
    ("manner", "seconds", "verdict", "code"),
    [
        (BREAKS_OFF, 60.0, Verdict.RETRY, "unreachable"),
        (SAYS_NOTHING, 0.2, Verdict.RETRY, "connect_timeout"),
        (SPEAKS_PLAINLY, 60.0, Verdict.STOP, "tls"),
    ],
)
def test_before_the_handshake_is_over_nothing_has_left(
    manner: str, seconds: float, verdict: Verdict, code: str
) -> None:
    with door(manner) as port:
        patience = WebSettings(timeout=seconds, connect_timeout=seconds)
        outcome = called(f"https://{LOOPBACK}:{port}/", patience)

    assert outcome == Outcome(verdict, code)


@pytest.mark.parametrize(
    ("manner", "seconds", "code"), [(BREAKS_OFF, 60.0, "disconnected"), (SAYS_NOTHING, 0.2, "timeout")]
)
def test_once_a_request_has_left_silence_is_a_doubt(manner: str, seconds: float, code: str) -> None:
    with door(manner) as port:
        outcome = called(f"http://{LOOPBACK}:{port}/", WebSettings(timeout=seconds, connect_timeout=60))

    assert outcome == Outcome(Verdict.AMBIGUOUS, code)


def test_each_green_thread_notes_its_own_requests() -> None:
    calls: list[Callable[[], Outcome]] = []
    with door(SAYS_NOTHING) as port:
        patience = WebSettings(timeout=0.3, connect_timeout=60)
        calls.append(lambda: called(f"http://{LOOPBACK}:{port}/", patience))
        calls.append(lambda: called(f"http://{LOOPBACK}:1/"))
        under_way = [eventlet.spawn(call) for call in calls]
        outcomes = [one.wait() for one in under_way]

    assert [outcome.verdict for outcome in outcomes] == [Verdict.AMBIGUOUS, Verdict.RETRY]
