"""Who may push: whoever knows the address, stands in the networks of the provider, and signs as agreed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from prometheus_client import REGISTRY

from services.chassis.hosting import House as Place
from services.chassis.settings import WrongSettings
from services.gateway.service import GatewayService
from services.notify.channels import brought_channels
from services.notify.channels.pushes import Door, is_from_provider
from services.notify.contracts import PushedAs, TakeReceipts
from services.notify.service import NotifyService
from services.notify.settings import PushSignatureSettings
from tests.structure.test_channels import SHOWN
from tests.support.database import settings_for
from tests.support.gateway import Client
from tests.support.journal import journal
from tests.support.rabbitmq import free_ports

TOKEN = "a-token-that-nobody-can-guess"
KEY = "a-key-of-both"
LOOPBACK_ONLY = ["127.0.0.0/8"]


def a_push(address: str = "203.0.113.7", token: str = TOKEN, **changes: Any) -> TakeReceipts:
    return TakeReceipts(provider="http", token=token, reports=[], address=address, **changes)


@pytest.mark.parametrize(
    ("sources", "address", "is_open"),
    [
        ([], "203.0.113.7", True),
        ([], "", True),
        (["203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.114.7", False),
        (["203.0.113.7"], "203.0.113.7", True),
        (["203.0.113.9/24"], "203.0.113.7", True),
        (["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24"], "::ffff:203.0.113.7", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "203.0.113.7", False),
        (["203.0.113.0/24"], "", False),
        (["203.0.113.0/24"], "203.0.113.7, 198.51.100.1", False),
    ],
)
def test_a_push_comes_from_the_networks_of_its_provider(
    sources: list[str], address: str, is_open: bool
) -> None:
    door = Door(TOKEN, sources)

    assert door.is_open_to(a_push(address)) is is_open
    assert not door.is_open_to(a_push(address, token="guessed"))


def test_without_a_token_no_door_is_open() -> None:
    assert not Door(None).is_open_to(a_push(token=""))
    assert not Door(None).is_open_to(a_push())
    assert not is_from_provider(None, a_push())


def test_a_channel_of_somebody_else_needs_a_token_and_nothing_more() -> None:
    class Pigeon:
        receipt_token: str | None = TOKEN

    assert is_from_provider(Pigeon(), a_push())
    assert not is_from_provider(Pigeon(), a_push(token="guessed"))


@pytest.mark.parametrize("kind", ["aliyun", "tencent"])
def test_accounts_have_networks_too(kind: str) -> None:
    section = SHOWN[kind] | {"receipt_token": TOKEN, "receipt_sources": ["203.0.113.0/24"]}
    (channel,) = brought_channels({kind: section})

    assert is_from_provider(channel, a_push())  # type: ignore[arg-type]
    assert not is_from_provider(channel, a_push("198.51.100.1"))  # type: ignore[arg-type]
    channel.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"receipt_sources": ["everywhere"]}, "everywhere is no network"),
        ({"receipt_sources": ["203.0.113.0/33"]}, "203.0.113.0/33 is no network"),
        (
            {"receipt_token": None, "receipt_sources": ["203.0.113.7"]},
            "guard the address with the receipt_token",
        ),
        ({"receipt_signature": {"header": "X-Sign", "by": "hmac-sha256"}}, "an hmac has a `key`"),
        ({"receipt_signature": {"header": "X-Sign", "by": "md5", "key": KEY}}, "an hmac has a `key`"),
        ({"receipt_signature": {"header": "X-Sign", "key": KEY, "over": "{{ name }}"}}, "there is no name"),
        (
            {"receipt_signature": {"header": "X-Sign", "key": KEY, "over": "nothing"}},
            "is made over {{ body }}",
        ),
        ({"receipt_signature": {"header": "X-Other", "key": KEY}}, "`$.receipt_signature.header`"),
        (
            {"receipt_signature": {"header": "X-Sign", "key": KEY, "headers": ["Host"]}},
            "`$.receipt_signature",
        ),
    ],
)
def test_a_door_described_wrongly_keeps_the_service_from_starting(wrong: dict[str, Any], said: str) -> None:
    fields = {"to": "{{ phone }}", "text": "{{ text }}"}
    section = {
        "kind": "sms_http",
        "url": "https://sms.example.org/",
        "fields": fields,
        "receipt_token": TOKEN,
    }

    with pytest.raises(WrongSettings) as refused:
        brought_channels({"city_sms": section | wrong})

    assert said in str(refused.value)
    assert KEY not in str(refused.value)


# -- signatures

BODY = '[{"mark": "\u6811", "code": 1}]'.encode() + b"\xff"


def signed(algorithm: str = "sha256", over: bytes = BODY) -> bytes:
    return hmac.digest(KEY.encode(), over, algorithm)


@pytest.mark.parametrize(
    ("described", "headers"),
    [
        ({}, {"x-sign": signed().hex()}),
        ({"shown_as": "HEX"}, {"x-sign": signed().hex().upper()}),
        ({"shown_as": "base64"}, {"x-sign": base64.b64encode(signed()).decode()}),
        ({"prefix": "sha256="}, {"x-sign": "sha256=" + signed().hex()}),
        ({"by": "hmac-sha1"}, {"x-sign": signed("sha1").hex()}),
        (
            {"by": "md5", "key": None, "over": "{{ body }}&key=" + KEY},
            {"x-sign": hashlib.md5(BODY + b"&key=" + KEY.encode(), usedforsecurity=False).hexdigest()},
        ),
        (
            {"over": "{{ x_timestamp }}.{{ body }}", "headers": ["X-Timestamp"]},
            {"x-sign": signed(over=b"1793000000." + BODY).hex(), "x-timestamp": "1793000000"},
        ),
    ],
)
def test_a_push_bears_the_signature_that_was_agreed(
    described: dict[str, Any], headers: dict[str, str]
) -> None:
    told = {"header": "X-Sign", "key": KEY} | described
    door = Door(TOKEN, signature=msgspec.convert(told, type=PushSignatureSettings))

    assert door.is_open_to(a_push(signed=PushedAs(body=BODY, headers=headers)))
    for forged in (
        None,
        PushedAs(body=BODY + b" ", headers=headers),
        PushedAs(body=BODY, headers={}),
        PushedAs(body=BODY, headers=headers | {"x-sign": "", "x-timestamp": "1"}),
        PushedAs(body=BODY, headers=headers | {"x-sign": headers["x-sign"][:-1] + "é"}),
        PushedAs(body=BODY, headers=headers | {"x-sign": "sha1=" + headers["x-sign"]}),
    ):
        assert not door.is_open_to(a_push(signed=forged))


# -- over HTTP, at the door of a house


def house(database_url: str, **changes: Any) -> tuple[Place, int]:
    """Return a house that takes the pushes of a described gateway, and the port of its web."""
    (port,) = free_ports(1)
    sms = {
        "url": "http://127.0.0.1:1/",
        "fields": {"to": "{{ phone }}", "text": "{{ text }}", "id": "{{ id }}"},
        "receipt_token": TOKEN,
        "receipts": {"mark": "mark", "code": "code", "arrived": ["1"]},
    } | changes
    gateway = {"proxies": 1}
    services = {"notify": {"sms": sms}, "gateway": gateway}
    settings = settings_for(database_url, address=f"127.0.0.1:{port}", services=services)
    return Place(settings, [NotifyService, GatewayService]), port


@pytest.fixture
def guarded(database_url: str) -> Iterator[int]:
    """The web of a house whose provider pushes from one network and signs."""
    signature = {"header": "X-Signature", "key": KEY, "headers": ["X-Timestamp"]}
    signature["over"] = "{{ x_timestamp }}{{ body }}"
    place, port = house(database_url, receipt_sources=["203.0.113.0/24"], receipt_signature=signature)
    place.start()
    try:
        yield port
    finally:
        place.stop()


def pushed(
    port: int,
    door: str,
    body: bytes,
    came_from: str = "203.0.113.7",
    sign: str | None = None,
    token: str = TOKEN,
) -> tuple[int, str]:
    """Push at a door; return the status and the code of the refusal, if any."""
    right = hmac.digest(KEY.encode(), b"1793000000" + body, "sha256").hex()
    client = Client(port)
    answered = client.ask(
        "POST",
        f"/api/v1/{door}/http/{token}",
        body,
        Content_Type="application/json",
        X_Forwarded_For=f"198.51.100.9, {came_from}",
        X_Signature=sign or right,
        X_Timestamp="1793000000",
    )
    client.close()
    return answered.status, "" if answered.status == 200 else answered.code


def taken(result: str) -> float:
    labels = {"provider": "http", "result": result}
    return REGISTRY.get_sample_value("wishtree_receipts_total", labels) or 0.0


def test_whoever_is_turned_away_is_answered_as_if_there_was_no_door(guarded: int) -> None:
    receipt, reply = b'[{"mark": "x", "code": 1}]', b'[{"phone": "13800138000", "text": "TD"}]'
    unknown = (404, "notify.unknown_receiver")
    before = taken("taken"), taken("refused")

    for door, body in (("receipts", receipt), ("replies", reply)):
        assert pushed(guarded, door, body) == (200, "")
        assert pushed(guarded, door, body, came_from="198.51.100.9") == unknown
        assert pushed(guarded, door, body, sign="0" * 64) == unknown
        assert pushed(guarded, door, body, token="guessed") == unknown

    assert (taken("taken"), taken("refused")) == (before[0] + 1, before[1] + 3)


def test_nobody_makes_figures_grow_by_naming_providers(guarded: int) -> None:
    client = Client(guarded)
    for number in range(3):
        made_up = f"/api/v1/receipts/pigeon-{number}/{TOKEN}"
        assert client.post(made_up, [{"mark": "x", "code": 1}]).status == 404
    client.close()

    providers = {
        sample.labels["provider"]
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "wishtree_receipts_total"
    }
    assert not {name for name in providers if name.startswith("pigeon")}


def test_no_log_of_ours_names_the_end_of_an_address(guarded: int, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "Canary0123456789Canary0123456789"
    with journal():
        pushed(guarded, "receipts", b'[{"mark": "x", "code": 1}]', came_from="198.51.100.9")
        for path in (f"receipts/http/{secret}", f"replies/http/{secret}", f"unsubscribe/{secret}"):
            client = Client(guarded)
            client.post(f"/api/v1/{path}", [])
            client.get(f"/{path}")
            client.post(f"/{path}")
            client.close()

    told = capfd.readouterr().err
    assert '"came_from": "198.51.100.0/24"' in told
    assert '"lacks": "source"' in told
    assert TOKEN not in told
    assert secret not in told
    assert "198.51.100.9" not in told


# -- how much may be pushed at once


def aliyun_receipt(number: int) -> dict[str, Any]:
    """Return a receipt as Aliyun documents it (SmsReport), as long as they get."""
    return {
        "phone_number": f"138{number:08}",
        "send_time": "2026-11-02 12:00:00",
        "report_time": "2026-11-02 12:00:08",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功" * 4,
        "sms_size": "1",
        "biz_id": "932702304080415357^0",
        "out_id": "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a",
    }


def tencent_receipt(number: int) -> dict[str, Any]:
    """Return a receipt as Tencent documents it (SMS delivery status), as long as they get."""
    return {
        "user_receive_time": "2026-11-02 12:00:08",
        "nationcode": "86",
        "mobile": f"138{number:08}",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功" * 4,
        "sid": "8:xhIHkhbJXNzPVqrTZfLF20150331aAbBcC",
        "ext": "session-context-of-the-call" * 3,
    }


@pytest.mark.parametrize("receipt", [aliyun_receipt, tencent_receipt])
def test_the_largest_pushes_of_the_vendors_fit(database_url: str, receipt: Any) -> None:
    place, port = house(database_url)
    place.start()
    try:
        client = Client(port)
        escaped = json.dumps([receipt(number) for number in range(100)]).encode()  # \uXXXX: the long way
        answered = client.ask(
            "POST", f"/api/v1/receipts/http/{TOKEN}", escaped, Content_Type="application/json"
        )
        assert (answered.status, len(escaped) > 40_000) == (200, True)

        too_much = json.dumps([{"mark": quote("x" * 200), "code": 1}] * 1500).encode()
        client = Client(port)
        refused = client.ask(
            "POST", f"/api/v1/receipts/http/{TOKEN}", too_much, Content_Type="application/json"
        )
        assert (refused.status, refused.code) == (413, "gateway.too_large")
        assert "262144" in refused.text or "256" in refused.text
    finally:
        place.stop()
