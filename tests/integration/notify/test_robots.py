"""Robots in groups: their codes behind HTTP 200, what is said once, and what is never said there."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from services.notify.domain import Verdict
from tests.support.chat_accounts import ROBOTS, channel_of, reminder
from tests.support.sms_accounts import codes, sent
from tests.support.vendors import Vendor, vendor


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, Vendor]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(vendor(kind)) for kind in (*ROBOTS, "webhook")}


@pytest.mark.parametrize(
    ("kind", "code", "verdict", "after"),
    [
        ("dingtalk", 130101, "wait", 600),
        ("dingtalk", 410100, "wait", 600),
        ("dingtalk", 90018, "wait", 1),
        ("dingtalk", 310000, "stop", None),
        ("dingtalk", 400106, "stop", None),
        ("dingtalk", 430102, "permanent", None),
        ("dingtalk", 460101, "permanent", None),
        ("dingtalk", -1, "retry", None),
        ("feishu", 11232, "wait", 60),
        ("feishu", 19021, "stop", None),
        ("feishu", 19024, "stop", None),
        ("feishu", 9499, "permanent", None),
        ("wecom_robot", 45009, "wait", 60),
        ("wecom_robot", 93000, "stop", None),
        ("wecom_robot", 93004, "stop", None),
        ("wecom_robot", 40058, "permanent", None),
        ("wecom_robot", 123456, "retry", None),
    ],
)
def test_a_robot_that_answers_200_with_a_code_has_refused(
    vendors: dict[str, Vendor], kind: str, code: int, verdict: str, after: int | None
) -> None:
    vendors[kind].behave("code", for_="call", code=code)

    (outcome,) = sent(channel_of(kind, vendors), reminder(kind))

    assert (outcome.verdict.value, outcome.code) == (verdict, str(code))
    assert outcome.after == (timedelta(seconds=after) if after else None)


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_with_a_wrong_token_stops(vendors: dict[str, Vendor], kind: str) -> None:
    (outcome,) = sent(channel_of(kind, vendors, token="another"), reminder(kind))

    assert outcome.verdict is Verdict.STOP


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_robot_that_is_signed_wrongly_stops(vendors: dict[str, Vendor], kind: str) -> None:
    (outcome,) = sent(channel_of(kind, vendors, secret="another"), reminder(kind))

    assert outcome.verdict is Verdict.STOP


@pytest.mark.parametrize("kind", ROBOTS)
def test_what_twelve_in_a_group_are_to_be_told_is_said_there_once(
    vendors: dict[str, Vendor], kind: str
) -> None:
    outcomes = sent(
        channel_of(kind, vendors), *(reminder(kind) for _ in range(12)), reminder(kind, title="x")
    )

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(vendors[kind].accepted()) == 2


@pytest.mark.parametrize("kind", [*ROBOTS, "webhook"])
def test_a_secret_is_never_said_in_a_room(vendors: dict[str, Vendor], kind: str) -> None:
    outcomes = sent(channel_of(kind, vendors), reminder(kind, topic="sign_in_code"))

    assert codes(outcomes) == [("permanent", "secret_for_a_room")]
    assert vendors[kind].calls() == []


def test_a_long_message_is_cut_between_two_characters(vendors: dict[str, Vendor]) -> None:
    sent(channel_of("wecom_robot", vendors), reminder("wecom_robot", text="心" * 5000))

    (message,) = vendors["wecom_robot"].accepted()
    assert 2040 < len(message["words"].encode()) <= 2048
    assert message["words"].endswith("心…")


def test_no_word_of_a_resident_calls_everybody_in_feishu(vendors: dict[str, Vendor]) -> None:
    sent(channel_of("feishu", vendors), reminder("feishu", text='<at user_id="all">所有人</at>'))

    (message,) = vendors["feishu"].accepted()
    assert message["words"] == '题目\n＜at user_id="all"＞所有人＜/at＞'


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_the_longest_message_of_a_robot_fits_into_a_request_of_twenty_kilobytes(
    vendors: dict[str, Vendor], kind: str
) -> None:
    sent(channel_of(kind, vendors), reminder(kind, text="心" * 9000))

    (message,) = vendors[kind].accepted()
    (call,) = vendors[kind].calls()
    assert len(message["words"]) > 5900
    assert len(call["body"].encode()) <= 20_000


def test_a_network_address_that_dingtalk_banned_waits_until_the_ban_is_over(
    vendors: dict[str, Vendor],
) -> None:
    vendors["dingtalk"].behave("say", content={"status": 1111, "wait": 5, "source": "x5", "punish": "deny"})

    (outcome,) = sent(channel_of("dingtalk", vendors), reminder("dingtalk"))

    assert (outcome.verdict, outcome.after) == (Verdict.WAIT, timedelta(minutes=5))


@pytest.mark.parametrize(("code", "verdict"), [(0, "accepted"), (9499, "permanent"), (19001, "stop")])
def test_what_an_older_feishu_says_is_read(vendors: dict[str, Vendor], code: int, verdict: str) -> None:
    vendors["feishu"].behave("say", content={"Extra": None, "StatusCode": code, "StatusMessage": "m"})

    assert codes(sent(channel_of("feishu", vendors), reminder("feishu"))) == [(verdict, str(code))]


@pytest.mark.parametrize("kind", ["dingtalk", "wecom_robot"])
def test_a_robot_that_stands_alone_is_quiet_before_it_is_banned(
    vendors: dict[str, Vendor], kind: str
) -> None:
    parcels = [reminder(kind, title=f"第{number}条") for number in range(5)]

    *spoken, last = sent(channel_of(kind, vendors), *parcels)

    assert spoken[0].verdict is Verdict.ACCEPTED
    assert (last.verdict, last.code, bool(last.after)) == (Verdict.WAIT, "own_pace", True)
    assert len(vendors[kind].accepted()) < 5
