"""Chats and webhooks on the wire: HTTP 200 with a code is no yes, and every no has its class."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from services.chassis.settings import WrongSettings
from services.notify.channels import brought_channels
from services.notify.domain import Verdict
from tests.support.chat_accounts import ADDRESSES, KINDS, ROBOTS, channel_of, reminder
from tests.support.sms_accounts import codes, patience, sent
from tests.support.vendor_chats import SECRET, TOKEN, WEBHOOK_SECRET
from tests.support.vendors import Vendor, vendor


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, Vendor]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(vendor(kind)) for kind in KINDS}


# -- every kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_arrives_signed_and_in_its_words(vendors: dict[str, Vendor], kind: str) -> None:
    (outcome,) = sent(channel_of(kind, vendors), reminder(kind, title="快到期了", text="请在12月19日前完成"))

    assert outcome.verdict is Verdict.ACCEPTED
    (message,) = vendors[kind].accepted()
    assert "12月19日" in repr(message)


@pytest.mark.parametrize(
    ("manner", "verdict"),
    [
        ({"manner": "mute"}, "ambiguous"),
        ({"manner": "cut"}, "ambiguous"),
        ({"manner": "status", "status": 503}, "retry"),
        ({"manner": "status", "status": 502}, "ambiguous"),
        ({"manner": "status", "status": 504}, "ambiguous"),
        ({"manner": "status", "status": 429, "headers": {"Retry-After": "9"}}, "wait"),
        ({"manner": "status", "status": 403}, "stop"),
        ({"manner": "status", "status": 307, "headers": {"Location": "/"}}, "stop"),
    ],
)
@pytest.mark.parametrize("kind", [*ROBOTS, "telegram", "matrix", "webhook"])
def test_an_answer_that_speaks_for_itself_means_the_same_everywhere(
    vendors: dict[str, Vendor], kind: str, manner: dict[str, Any], verdict: str
) -> None:
    vendors[kind].behave(**manner)

    (outcome,) = sent(channel_of(kind, vendors, **patience(manner)), reminder(kind))

    assert outcome.verdict.value == verdict
    if verdict == "wait":
        assert outcome.after == timedelta(seconds=9)
    if kind != "matrix":  # which is told again in doubt, and knows it
        assert len(vendors[kind].calls()) == 1


@pytest.mark.parametrize("content", [[], {}, "ok", {"errcode": None}, {"errcode": True}, {"ok": "yes"}])
@pytest.mark.parametrize("kind", [*ROBOTS, "telegram", "matrix"])
def test_an_answer_that_nobody_described_is_a_doubt(
    vendors: dict[str, Vendor], kind: str, content: Any
) -> None:
    vendors[kind].behave("say", content=content)

    assert codes(sent(channel_of(kind, vendors), reminder(kind))) == [("ambiguous", "unreadable")]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "webhook"])
def test_a_slash_at_the_end_of_an_endpoint_changes_nothing(vendors: dict[str, Vendor], kind: str) -> None:
    parcel, endpoint = reminder(kind), f"{vendors[kind].url}/"

    for changes in ({}, {"endpoint": endpoint}):
        assert codes(sent(channel_of(kind, vendors, **changes), parcel))[0][0] == "accepted"

    without, with_slash = (call["path"] for call in vendors[kind].calls()[-2:])
    assert "//" not in with_slash
    assert kind in {"wecom", "wechat"} or without == with_slash


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_shown(vendors: dict[str, Vendor], kind: str) -> None:
    channel = channel_of(kind, vendors)

    shown = repr({name: value for name, value in vars(channel).items() if name != "_address"})

    assert TOKEN not in shown
    assert SECRET not in shown
    assert WEBHOOK_SECRET not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_that_lacks_something_is_named(vendors: dict[str, Vendor], kind: str) -> None:
    with pytest.raises(WrongSettings, match=rf"channels\.{kind}\]"):
        brought_channels({kind: {"timeout": 3}})


# -- WeCom and WeChat


def test_members_whom_wecom_does_not_know_are_refused_although_it_says_ok(vendors: dict[str, Vendor]) -> None:
    vendors["wecom"].behave("unknown", for_="Gone")
    parcels = [reminder("wecom", address=address) for address in ("Wang", "Gone", "Li")]

    outcomes = sent(channel_of("wecom", vendors), *parcels)

    assert codes(outcomes) == [("accepted", "0"), ("permanent", "invaliduser"), ("accepted", "0")]
    assert [message["to"] for message in vendors["wecom"].accepted()] == ["Li", "Wang"]
    assert len(vendors["wecom"].calls()) == 2  # the token, and one message to all three


def test_members_to_whom_the_application_is_not_open_are_not_told_either(vendors: dict[str, Vendor]) -> None:
    vendors["wecom"].behave("unlicensed", for_="Li")

    outcomes = sent(channel_of("wecom", vendors), *(reminder("wecom", address=one) for one in ("Wang", "Li")))

    assert codes(outcomes) == [("accepted", "0"), ("permanent", "invaliduser")]


def test_what_wecom_may_have_said_is_not_said_again(vendors: dict[str, Vendor]) -> None:
    channel = channel_of("wecom", vendors)
    channel.send([reminder("wecom")])
    vendors["wecom"].behave("cut")

    assert codes(sent(channel, reminder("wecom"))) == [("ambiguous", "disconnected")]
    assert len(vendors["wecom"].accepted()) == 2


def test_no_word_of_anybody_is_a_link_in_wecom(vendors: dict[str, Vendor]) -> None:
    sent(channel_of("wecom", vendors), reminder("wecom", text='<a href="http://example.org">领奖</a>'))

    (message,) = vendors["wecom"].accepted()
    assert message["words"] == '题目\n＜a href="http://example.org"＞领奖＜/a＞'


def test_a_member_who_was_told_enough_waits_without_blame_and_nobody_else_does(
    vendors: dict[str, Vendor],
) -> None:
    parcels = [reminder("wecom", title=f"第{number}条") for number in range(32)]
    other = reminder("wecom", address="Li")

    *outcomes, others = sent(channel_of("wecom", vendors), *parcels, other)

    waiting = [outcome for outcome in outcomes if outcome.code == "own_pace"]
    assert 1 <= len(waiting) <= 17
    assert {(outcome.verdict, bool(outcome.after), outcome.is_of_one) for outcome in waiting} == {
        (Verdict.WAIT, True, True)
    }
    assert others.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", ["wecom", "wechat"])
def test_a_token_is_asked_for_once_and_again_when_it_is_stale(vendors: dict[str, Vendor], kind: str) -> None:
    channel = channel_of(kind, vendors)
    for _ in range(2):
        (outcome,) = channel.send([reminder(kind)]).values()
        assert outcome.verdict is Verdict.ACCEPTED
    assert len(vendors[kind].calls()) == 3
    vendors[kind].behave("stale", for_="token", times=1)

    (outcome,) = sent(channel, reminder(kind))

    assert outcome.verdict is Verdict.ACCEPTED
    assert len(vendors[kind].accepted()) == 3
    assert len(vendors[kind].calls()) == 6


@pytest.mark.parametrize("kind", ["wecom", "wechat"])
@pytest.mark.parametrize(
    ("manner", "verdict"), [({"manner": "mute"}, "retry"), ({"manner": "status", "status": 500}, "retry")]
)
def test_without_a_token_nothing_went_out(
    vendors: dict[str, Vendor], kind: str, manner: dict[str, Any], verdict: str
) -> None:
    vendors[kind].behave(**manner)

    (outcome,) = sent(channel_of(kind, vendors, **patience(manner)), reminder(kind))

    assert outcome.verdict.value == verdict


@pytest.mark.parametrize("kind", ["wecom", "wechat"])
def test_a_wrong_secret_stops_the_account(vendors: dict[str, Vendor], kind: str) -> None:
    name = "corp_secret" if kind == "wecom" else "app_secret"

    (outcome,) = sent(channel_of(kind, vendors, **{name: "another"}), reminder(kind))

    assert outcome.verdict is Verdict.STOP
    assert vendors[kind].accepted() == []


def test_an_answer_that_wechat_does_not_give_after_it_took_the_message_is_a_doubt(
    vendors: dict[str, Vendor],
) -> None:
    channel = channel_of("wechat", vendors)
    channel.send([reminder("wechat")])
    vendors["wechat"].behave("cut")

    assert codes(sent(channel, reminder("wechat"))) == [("ambiguous", "disconnected")]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (43004, "opted_out"),
        (43101, "opted_out"),
        (40003, "permanent"),
        (40037, "elsewhere"),
        (45009, "wait"),
        (48001, "stop"),
    ],
)
def test_what_wechat_says_of_a_follower_has_its_class(
    vendors: dict[str, Vendor], code: int, verdict: str
) -> None:
    vendors["wechat"].behave("code", for_=ADDRESSES["wechat"], code=code)

    assert codes(sent(channel_of("wechat", vendors), reminder("wechat"))) == [(verdict, str(code))]


def test_wechat_is_told_in_its_template_and_recognises_a_repetition(vendors: dict[str, Vendor]) -> None:
    parcel = reminder("wechat")
    sent(channel_of("wechat", vendors), parcel)

    (message,) = vendors["wechat"].accepted()
    assert message["words"] == {"thing1": "一床厚棉被", "date2": "12月19日"}
    assert message["id"] == parcel.delivery_id.hex


# -- Telegram and Matrix


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (403, "opted_out"),
        (400, "permanent"),
        (401, "stop"),
        (500, "retry"),
        (502, "ambiguous"),
        (504, "ambiguous"),
    ],
)
def test_what_telegram_says_of_a_chat_has_its_class(
    vendors: dict[str, Vendor], code: int, verdict: str
) -> None:
    vendors["telegram"].behave("code", for_=ADDRESSES["telegram"], code=code)

    assert codes(sent(channel_of("telegram", vendors), reminder("telegram"))) == [(verdict, str(code))]


def test_telegram_gets_the_patience_it_asks_for_from_everybody(
    vendors: dict[str, Vendor],
) -> None:
    vendors["telegram"].behave("code", for_="7", code=429, retry_after=33)
    parcels = [reminder("telegram", address=address) for address in ("5", "7", "8")]

    outcomes = sent(channel_of("telegram", vendors), *parcels)

    assert codes(outcomes) == [("accepted", "ok"), ("wait", "429"), ("wait", "429")]
    assert outcomes[1].after == timedelta(seconds=33)
    assert len(vendors["telegram"].calls()) == 2


def test_matrix_is_asked_again_under_the_same_id_and_tells_once(vendors: dict[str, Vendor]) -> None:
    vendors["matrix"].behave("cut", times=1)
    parcel = reminder("matrix")

    (outcome,) = sent(channel_of("matrix", vendors), parcel)

    assert (outcome.verdict, outcome.reference) == (Verdict.ACCEPTED, "$event1")
    assert len(vendors["matrix"].accepted()) == 1
    assert [call["path"].rpartition("/")[2] for call in vendors["matrix"].calls()] == [
        str(parcel.delivery_id)
    ] * 2


@pytest.mark.parametrize(
    ("said", "verdict", "after"),
    [
        ({"code": "M_LIMIT_EXCEEDED", "status": 429, "besides": {"retry_after_ms": 2500}}, "wait", 2.5),
        ({"code": "M_LIMIT_EXCEEDED", "status": 429}, "wait", 5),
        ({"code": "M_FORBIDDEN", "status": 403}, "permanent", None),
        ({"code": "M_TOO_LARGE", "status": 413}, "permanent", None),
        ({"code": "M_UNKNOWN", "status": 500}, "retry", None),
        ({"code": "M_UNRECOGNIZED", "status": 404}, "stop", None),
    ],
)
def test_what_a_homeserver_says_has_its_class(
    vendors: dict[str, Vendor], said: dict[str, Any], verdict: str, after: float | None
) -> None:
    vendors["matrix"].behave("code", for_="%21room%3Aexample.org", **said)

    (outcome,) = sent(channel_of("matrix", vendors), reminder("matrix"))

    assert (outcome.verdict.value, outcome.code) == (verdict, said["code"])
    assert outcome.after == (timedelta(seconds=after) if after else None)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("telegram", "@somebody"),
        ("telegram", "12&chat_id=3"),
        ("matrix", "#alias:example.org"),
        ("matrix", "!a/../b"),
        ("wecom", "Wang|Li"),
        ("wecom", "@all\n"),
        ("wecom", "@all"),
        ("wecom", "@ALL"),
        ("wecom", "-Wang"),
        ("wechat", "o ABC"),
        ("wechat", "@all"),
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(
    vendors: dict[str, Vendor], kind: str, address: str
) -> None:
    outcomes = sent(channel_of(kind, vendors), reminder(kind, address=address))

    assert codes(outcomes) == [("permanent", "unusable_address")]
    assert vendors[kind].calls() == []


# -- webhooks


@pytest.mark.parametrize(("status", "verdict"), [(400, "permanent"), (410, "stop"), (422, "permanent")])
def test_a_webhook_that_refuses_has_refused(vendors: dict[str, Vendor], status: int, verdict: str) -> None:
    vendors["webhook"].behave("status", status=status)

    assert codes(sent(channel_of("webhook", vendors), reminder("webhook"))) == [(verdict, str(status))]


def test_a_webhook_names_the_delivery_and_the_address_it_was_allowed(vendors: dict[str, Vendor]) -> None:
    parcel = reminder("webhook", address="+8613900000000")
    (outcome,) = sent(channel_of("webhook", vendors, names="phone"), parcel)

    (message,) = vendors["webhook"].accepted()
    assert (message["id"], message["to"]) == (str(parcel.delivery_id), "+8613900000000")
    assert message["type"] == "claim_due_soon.member"
    assert outcome.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("secret", ["not base64!", "密钥", "…", "whsec_", "", "whsec_c2hvcnQ="])
def test_a_webhook_with_a_secret_that_is_none_is_refused(vendors: dict[str, Vendor], secret: str) -> None:
    with pytest.raises(WrongSettings, match=r"channels\.webhook\] secret is whsec_ and 24 or more"):
        channel_of("webhook", vendors, secret=secret)
