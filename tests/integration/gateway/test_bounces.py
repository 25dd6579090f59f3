"""The door for mails that come back: posted as they are, also by what a mail server runs for each."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventlet import tpool

from services.notify import contracts as notify
from tests.support import bounces
from tests.support.bounces import handed_in
from tests.support.gateway import Gateway, Script, gateway

TOKEN = "a-token-that-nobody-can-guess"
DOOR = f"/api/v1/receipts/smtp/{TOKEN}"
HAND_IN = Path(__file__).parents[3] / "deploy" / "mail" / "hand-in-bounce.sh"
MAIL = handed_in(bounces.NETEASE, "bounce+abc@example.org").replace(
    "系统退信".encode(), "系统退信".encode("gbk")
)
"""A mail in an encoding of its own; no byte of it may be lost."""


@pytest.fixture
def door() -> Iterator[Gateway]:
    script = Script()
    script.answer(notify.TakeReceipts, notify.ReceiptsTaken())
    with gateway(script) as standing:
        yield standing


def handed(door: Gateway) -> bytes:
    """Return the only mail that came in."""
    (asked,) = door.script.heard
    assert isinstance(asked, notify.TakeReceipts)
    assert (asked.provider, asked.token) == ("smtp", TOKEN)
    (report,) = asked.reports
    mail: str = report["mail"]
    return mail.encode("latin-1")


def test_a_mail_is_taken_byte_for_byte(door: Gateway) -> None:
    answer = door.client().post(DOOR, MAIL, Content_Type="message/rfc822")

    assert answer.status == 200
    assert handed(door) == MAIL


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/octet-stream", "multipart/form-data; boundary=x"]
)
def test_a_mail_that_is_sent_as_something_else_is_refused_with_what_would_do(
    door: Gateway, kind: str
) -> None:
    answer = door.client().post(DOOR, MAIL, Content_Type=kind)

    assert (answer.status, answer.code) == (415, "gateway.wrong_content_type")
    assert "message/rfc822" in answer.text
    assert door.script.heard == []


def test_mails_are_taken_where_receipts_are_and_nowhere_else(door: Gateway) -> None:
    answer = door.client().post(f"/api/v1/replies/smtp/{TOKEN}", MAIL, Content_Type="message/rfc822")

    assert (answer.status, answer.code) == (415, "gateway.wrong_content_type")
    assert "message/rfc822" not in answer.text


def test_what_is_no_bounce_is_answered_in_plain_words(door: Gateway) -> None:
    door.script.answer(notify.TakeReceipts, notify.UnreadableBounce())

    answer = door.client(Accept_Language="en").post(DOOR, MAIL, Content_Type="message/rfc822")

    assert (answer.status, answer.code) == (422, "notify.unreadable_bounce")
    assert "RFC 3464" in answer.text


# -- what postfix runs


def run_by_postfix(url: str, mail: bytes, where: Path) -> int:
    """Return how the script ends that is given a mail on its standard input."""
    where.write_text(f'url = "{url}"\n')
    ran = tpool.execute(subprocess.run, [HAND_IN, where], input=mail, capture_output=True, timeout=120)
    assert ran.stderr == b""
    return int(ran.returncode)


def test_what_postfix_runs_hands_a_mail_in(door: Gateway, tmp_path: Path) -> None:
    assert run_by_postfix(f"http://127.0.0.1:{door.port}{DOOR}", MAIL, tmp_path / "door") == 0

    assert handed(door) == MAIL


def test_of_a_long_mail_as_much_is_handed_in_as_the_door_takes(door: Gateway, tmp_path: Path) -> None:
    mail = MAIL + b"x" * 2_000_000

    assert run_by_postfix(f"http://127.0.0.1:{door.port}{DOOR}", mail, tmp_path / "door") == 0

    assert handed(door) == mail[:60_000]


def test_what_nobody_can_use_is_not_handed_in_again(door: Gateway, tmp_path: Path) -> None:
    door.script.answer(notify.TakeReceipts, notify.UnreadableBounce())

    assert run_by_postfix(f"http://127.0.0.1:{door.port}{DOOR}", MAIL, tmp_path / "door") == 0


def test_a_door_that_is_shut_or_wrong_is_tried_again(door: Gateway, tmp_path: Path) -> None:
    door.script.answer(notify.TakeReceipts, notify.UnknownReceiver())

    assert run_by_postfix(f"http://127.0.0.1:{door.port}{DOOR}", MAIL, tmp_path / "door") == 75
    assert run_by_postfix("http://127.0.0.1:1/", MAIL, tmp_path / "door") == 75
