"""Answers that nobody documents: each costs a doubt about its own message, and neither time nor room."""

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

import eventlet
import pytest

from services.chassis.contracts import new_id
from services.notify.channels import Channel, brought_channels, connections
from services.notify.channels.asking import CanBeAsked, Known, Question
from services.notify.channels.web import LARGEST_ANSWER, LONGEST_WAIT, Answer, Web, WebSettings, wait_of
from services.notify.domain import Outcome, Verdict
from tests.support import chat_accounts, sms_accounts
from tests.support.raw_doors import RawDoor, Reaction, hang_up, in_order, raw, raw_door
from tests.support.sms_accounts import codes, sent

TAKEN = b'{"ok":true,"result":{"message_id":1},"errcode":0,"code":0}'
UNREADABLE = {
    "a list": b"[0]",
    "nothing": b"null",
    "no words": b"",
    "another charset": '{"ok":true,"errcode":0,"errmsg":"成功"}'.encode("gbk"),
    "utf-16": TAKEN.decode().encode("utf-16"),
    "half a sign": rb'{"ok":true,"errcode":0,"errmsg":"\ud800"}',
    "deep": b'{"ok":' + b"[" * 60_000,
    "a number beyond all": b'{"errcode":' + b"9" * 5000 + b"}",
    "too long": b'{"ok":true,"errmsg":"' + b"x" * LARGEST_ANSWER + b'"}',
}


def channel_of(kind: str, door: RawDoor, **changes: Any) -> Channel:
    """Return a channel of a kind that knocks at a door."""
    section = {"aliyun": sms_accounts.aliyun_section, "tencent": sms_accounts.tencent_section}.get(kind)
    played: Any = door
    described = section(played) if section else chat_accounts.section(kind, played)
    (channel,) = brought_channels({kind: described | changes})
    return channel


def called(door: RawDoor, times: int = 1, method: str = "POST", **settings: Any) -> list[Answer | Outcome]:
    """Return what so many calls of one client come to."""
    web = Web(WebSettings(**settings))
    try:
        return [web.call(method, f"{door.url}/", data=b"x") for _ in range(times)]
    finally:
        web.close()


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_a_doubt_about_its_own_message_alone(body: bytes) -> None:
    parcels = [chat_accounts.reminder("telegram", address=address) for address in ("5", "6", "7")]
    with raw_door(in_order(raw(TAKEN), raw(body), raw(TAKEN))) as door:
        outcomes = sent(channel_of("telegram", door), *parcels)

    yes = ("accepted", "ok")
    assert codes(outcomes) == [yes, ("ambiguous", "unreadable"), yes]


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("kind", ["aliyun", "tencent"])
def test_books_that_cannot_be_read_say_nothing(kind: str, body: bytes) -> None:
    question = Question(new_id(), "+8613900000000", "mark", datetime(2026, 11, 2, 4, tzinfo=UTC))
    with raw_door(raw(body)) as door:
        channel = channel_of(kind, door)
        assert isinstance(channel, CanBeAsked)
        words = channel.ask([question])
        channel.close()

    assert words[question.delivery_id].known is Known.UNSAID


@pytest.mark.parametrize("status", ["201 Created", "302 Found", "401 Unauthorized", "500 Server Error"])
@pytest.mark.parametrize("kind", [*chat_accounts.ROBOTS, "telegram"])
def test_a_yes_that_stands_under_a_no_of_http_is_a_doubt(kind: str, status: str) -> None:
    with raw_door(raw(TAKEN, status)) as door:
        outcomes = sent(channel_of(kind, door), chat_accounts.reminder(kind))

    assert codes(outcomes) == [("ambiguous", "unreadable")]


SMS = {"aliyun", "tencent"}
NO = {
    "aliyun": b'{"Code":"isv.OUT_OF_SERVICE"}',
    "tencent": b'{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound"}}}',
    "matrix": b'{"errcode":"M_FORBIDDEN"}',
    "telegram": b'{"ok":false,"error_code":502}',
} | dict.fromkeys(chat_accounts.ROBOTS, b'{"errcode":45009,"code":11232}')
YES = {"aliyun": b'{"Code":"OK","BizId":"1^0"}', "tencent": b'{"Response":{"SendStatusSet":[%s]}}'}
STATUS = b'{"PhoneNumber":"+8613900000000","Code":"Ok"}'


def outcome_of(kind: str, door: RawDoor) -> Outcome:
    """Return what came of a message to somebody who can be reached so."""
    parcel = sms_accounts.reminder() if kind in SMS else chat_accounts.reminder(kind)
    (outcome,) = sent(channel_of(kind, door), parcel)
    return outcome


@pytest.mark.parametrize("status", ["502 Bad Gateway", "504 Gateway Timeout"])
@pytest.mark.parametrize("kind", NO)
def test_whatever_a_proxy_says_that_lost_its_line_is_a_doubt(kind: str, status: str) -> None:
    with raw_door(raw(NO[kind], status)) as door:
        assert outcome_of(kind, door).verdict is Verdict.AMBIGUOUS


@pytest.mark.parametrize("kind", YES)
def test_a_yes_of_an_sms_account_under_a_fault_of_its_server_is_no_yes(kind: str) -> None:
    body = YES[kind].replace(b"%s", STATUS)
    with raw_door(in_order(raw(body, "500 Server Error"), raw(body))) as door:
        outcomes = [outcome_of(kind, door).verdict for _ in range(2)]

    assert outcomes[0] is not Verdict.ACCEPTED
    assert outcomes[1] is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", chat_accounts.ROBOTS)
@pytest.mark.parametrize(
    ("status", "header", "verdict", "seconds"),
    [
        ("429 Too Many", "Retry-After: 7", Verdict.WAIT, 7),
        ("429 Too Many", "X: y", Verdict.WAIT, 60),
        ("200 OK", "Retry-After: 7", Verdict.RETRY, 7),
    ],
)
def test_a_robot_that_asks_for_patience_gets_it_whatever_its_code(
    kind: str, status: str, header: str, verdict: Verdict, seconds: int
) -> None:
    with raw_door(raw(b'{"errcode":-1,"code":-1}', status, header)) as door:
        outcome = outcome_of(kind, door)

    assert (outcome.verdict, outcome.code) == (verdict, "-1")
    assert outcome.after == timedelta(seconds=seconds)


PROSE = rb"no, 13900000000\u0000"
IN_PROSE = {
    "aliyun": b'{"Code":"%s"}',
    "tencent": b'{"Response":{"Error":{"Code":"%s"}}}',
    "matrix": b'{"errcode":"%s"}',
} | dict.fromkeys(chat_accounts.ROBOTS, b'{"errcode":"%s","code":"%s"}')


@pytest.mark.parametrize("kind", IN_PROSE)
def test_no_prose_is_kept_for_a_code(kind: str) -> None:
    with raw_door(raw(IN_PROSE[kind].replace(b"%s", PROSE))) as door:
        assert outcome_of(kind, door).code == "other"


TOKEN = raw(b'{"access_token":"t","expires_in":7200}')
TOLD_AGAIN: dict[str, list[Reaction]] = {"matrix": [hang_up], "wechat": [TOKEN, hang_up]}


@pytest.mark.parametrize(
    "second",
    [
        raw(b"{}", "503 Service Unavailable"),
        raw(b'{"errcode":"M_LIMIT_EXCEEDED"}', "429 Too Many", "Retry-After: 9"),
        raw(b'{"errcode":"M_UNKNOWN_TOKEN"}', "401 Unauthorized"),
        raw(b'{"errcode":45009}'),
        raw(b'{"errcode":-1}'),
    ],
    ids=["503", "429", "401", "quota", "busy"],
)
@pytest.mark.parametrize("kind", TOLD_AGAIN)
def test_a_repetition_that_nobody_looked_at_leaves_the_doubt(kind: str, second: Any) -> None:
    with raw_door(in_order(*TOLD_AGAIN[kind], second)) as door:
        assert outcome_of(kind, door).verdict is Verdict.AMBIGUOUS


@pytest.mark.parametrize(
    ("kind", "said", "verdict"),
    [
        ("matrix", b'{"errcode":"M_FORBIDDEN"}', Verdict.PERMANENT),
        ("wechat", b'{"errcode":43004}', Verdict.OPTED_OUT),
    ],
)
def test_who_refuses_the_repetition_of_a_message_would_not_have_taken_it(
    kind: str, said: bytes, verdict: Verdict
) -> None:
    with raw_door(in_order(*TOLD_AGAIN[kind], raw(said))) as door:
        assert outcome_of(kind, door).verdict is verdict


def drip(pieces: Any) -> Any:
    """Return an answer that comes in pieces and would end in the end."""

    def answer(connection: Any, _: RawDoor) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for piece in pieces:
            connection.sendall(piece)
            eventlet.sleep(0.05)
        return False

    return answer


@pytest.mark.parametrize(
    "pieces",
    [
        [b"X-Patience: x\r\n"] * 60 + [b"Content-Length: 0\r\n\r\n"],
        [b"Content-Length: 60\r\n\r\n", *repeat(b"x", 60)],
        [b"Transfer-Encoding: chunked\r\n\r\n", *repeat(b"1\r\nx\r\n", 60), b"0\r\n\r\n"],
    ],
    ids=["head", "body", "chunks"],
)
def test_whoever_answers_without_end_is_cut_off_in_the_time_for_the_whole_call(pieces: list[bytes]) -> None:
    with raw_door(drip(pieces)) as door:
        outcomes = called(door, timeout=0.3, connect_timeout=0.3)

    assert outcomes == [Outcome(Verdict.AMBIGUOUS, "timeout")]


def test_an_answer_that_swells_is_read_as_far_as_one_of_a_decent_size() -> None:
    swelling = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join(map(swelling.compress, repeat(bytes(1 << 20), 64))) + swelling.flush()
    for body, how in ((once, "gzip"), (gzip.compress(once), "gzip, gzip")):
        with raw_door(raw(body, "200 OK", f"Content-Encoding: {how}")) as door:
            (answer,) = called(door)
        assert isinstance(answer, Answer)
        assert len(answer.body) == LARGEST_ANSWER


def test_an_answer_about_many_may_be_longer() -> None:
    with raw_door(raw(b"x" * LARGEST_ANSWER * 3)) as door:
        web = Web(WebSettings())
        answers = [web.call("POST", f"{door.url}/", about) for about in (1, 2, 200)]
        web.close()

    lengths = [len(answer.body) for answer in answers if isinstance(answer, Answer)]
    assert lengths == [LARGEST_ANSWER, 2 * LARGEST_ANSWER, 3 * LARGEST_ANSWER]


def test_no_cookie_is_kept_or_sent_back() -> None:
    with raw_door(raw(b"{}", "200 OK", "Set-Cookie: whoever=you; Path=/")) as door:
        called(door, times=2)

    assert [b"cookie" in asked.lower() for asked in door.heard] == [False, False]


def test_no_proxy_of_the_environment_hears_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_door(raw(b"{}")) as proxy, raw_door(raw(b"{}")) as door:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        called(door)

    assert (proxy.visits, door.visits) == (0, 1)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_what_has_left_is_not_said_again_by_the_library(method: str) -> None:
    with raw_door(hang_up) as door:
        outcomes = called(door, method=method)

    assert outcomes == [Outcome(Verdict.AMBIGUOUS, "disconnected")]
    assert len(door.heard) == 1


def test_a_connection_that_is_used_all_the_time_is_kept() -> None:
    with raw_door(raw(b"{}")) as door:
        called(door, times=3)

    assert (door.visits, len(door.heard)) == (1, 3)


def test_a_connection_that_lay_idle_is_not_trusted_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "KEPT_FOR", 0.0)
    with raw_door(in_order(raw(b"{}"), raw(b"{}"))) as door:
        answers = called(door, times=2)

    assert [isinstance(answer, Answer) for answer in answers] == [True, True]
    assert door.visits == 2


@pytest.mark.parametrize("said", ["\xb2", "-5", "soon", "1, 2", "Mon, 99 Foo 99999"])
def test_a_wait_that_is_none_is_left_out(said: str) -> None:
    assert wait_of(said) is None


def test_nobody_is_given_patience_for_years() -> None:
    assert wait_of("Mon, 30 Nov 2093 08:00:00 GMT") == wait_of("999999999999999999999") == LONGEST_WAIT
