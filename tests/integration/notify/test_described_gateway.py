"""A gateway with a body, a clock and a signature of its own: described in the settings, and believed."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from services.notify.channels import Parcel, brought_channels
from services.notify.channels.sms_http.computing import Computed
from services.notify.channels.sms_http.telling import Telling
from services.notify.domain import Outcome, Verdict
from services.notify.settings import ComputedSettings, SmsSettings
from tests.support.loopback import LOOPBACK
from tests.support.peers import peer
from tests.support.sms_accounts import a_parcel, codes, sent
from tests.support.xml_gateway import ACCOUNT, PASSWORD, XmlGateway, xml_gateway

PHONE = "+8613800138000"
BODY = """<?xml version="1.0" encoding="{charset}"?>
<sms>
  <account>city</account><timestamp>{{ timestamp }}</timestamp><sign>{{ sign }}</sign>
  <mobile>{{ national }}</mobile><content>{{ text }}</content><extno>{{ id }}</extno>
</sms>
"""
HOSTILE = "</content><mobile>13900000000</mobile>&amp;]]>\"'<心愿>"


@pytest.fixture
def gateway() -> Iterator[XmlGateway]:
    with xml_gateway() as running:
        yield running


def section(gateway: XmlGateway, **changes: Any) -> dict[str, Any]:
    """Return what an operator writes into [services.notify.channels.city_sms]."""
    over = f"{ACCOUNT}{PASSWORD}{{{{ timestamp }}}}{{{{ national }}}}"
    charset = changes.get("charset", "utf-8")
    return {
        "kind": "sms_http",
        "url": gateway.url + "?nonce={{ nonce }}",
        "headers": {"X-Request": "{{ id }}"},
        "body": BODY.replace("{charset}", charset),
        "content_type": "text/xml",
        "signature": "【心愿树】",
        "code_pattern": "<code>(?P<code>[0-9]+)</code><sid>(?P<reference>[^<]*)</sid>",
        "stop": ["403"],
        "permanent": ["400"],
        "timeout": 60,
        "computed": {
            "timestamp": {"time": "%Y%m%d%H%M%S"},
            "sign": {"by": "md5", "over": over, "shown_as": "HEX"},
        },
    } | changes


def told(gateway: XmlGateway, *parcels: Parcel, **changes: Any) -> list[Outcome]:
    (channel,) = brought_channels({"city_sms": section(gateway, **changes)})
    return sent(channel, *parcels)


def an_sms(short: str) -> Parcel:
    return a_parcel(PHONE, "claim_due_soon", {}, short=short)


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030"])
def test_a_gateway_is_told_in_xml_that_no_word_breaks_and_signed_as_it_wants(
    gateway: XmlGateway, charset: str
) -> None:
    parcel = an_sms(HOSTILE)

    (outcome,) = told(gateway, parcel, charset=charset)

    assert outcome == Outcome(Verdict.ACCEPTED, "0", "ref-1")
    (taken,) = gateway.taken
    assert (taken["mobile"], taken["content"]) == ("13800138000", f"【心愿树】{HOSTILE}")
    assert taken["extno"] == taken["headers"]["X-Request"] == str(parcel.delivery_id)
    assert taken["headers"]["Content-Type"] == f"text/xml; charset={charset}"


def test_every_call_has_another_nonce_and_every_try_the_same_id(gateway: XmlGateway) -> None:
    parcel = an_sms("您好")

    outcomes = told(gateway, parcel, parcel)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED, Verdict.ACCEPTED]

    first, second = gateway.taken
    assert first["query"]["nonce"] != second["query"]["nonce"]
    assert first["extno"] == second["extno"]


def test_with_a_wrong_secret_the_account_stops(gateway: XmlGateway) -> None:
    wrong = {"timestamp": {"time": "seconds"}, "sign": {"by": "md5", "over": "guessed{{ timestamp }}"}}

    assert told(gateway, an_sms("您好"), computed=wrong) == [Outcome(Verdict.STOP, "403")]
    assert gateway.taken == []


@pytest.mark.parametrize(
    ("host", "is_trusted", "outcome"),
    [
        (LOOPBACK, True, Outcome(Verdict.ACCEPTED, "0", "sid-1")),
        (LOOPBACK, False, Outcome(Verdict.STOP, "tls")),
        ("localhost", True, Outcome(Verdict.STOP, "tls")),
    ],
)
def test_only_a_certificate_that_is_trusted_and_names_the_host_is_spoken_to(
    host: str, is_trusted: bool, outcome: Outcome
) -> None:
    fields = {"phone": "{{ phone }}", "content": "{{ text }}"}
    described = {"fields": fields, "code_at": "code", "reference_at": "data.sid", "timeout": 60}
    with peer("sms", "--security", "tls") as sealed:
        there = {"url": sealed.url.replace(LOOPBACK, host), "ca_file": sealed.ca_file if is_trusted else None}
        (channel,) = brought_channels({"sms_http": described | there})
        assert sent(channel, an_sms("您好")) == [outcome]
        assert len(sealed.received()) == (outcome.verdict is Verdict.ACCEPTED)


def test_a_gateway_that_the_system_trusts_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    described = {"fields": {"phone": "{{ phone }}", "content": "{{ text }}"}, "code_at": "code"}
    with peer("sms", "--security", "tls") as sealed:
        monkeypatch.setenv("SSL_CERT_FILE", str(sealed.ca_file))
        (channel,) = brought_channels({"sms_http": described | {"url": sealed.url}})

        assert codes(sent(channel, an_sms("您好"))) == [("accepted", "0")]


# -- what is put together, without a gateway


def request(*messages: dict[str, str], **described: Any) -> dict[str, Any]:
    settings = SmsSettings(url="https://sms.example.org/{{ national }}", **described)
    return Telling(settings).request(messages or ({**MESSAGE},))


MESSAGE = {"phone": PHONE, "national": "13800138000", "text": '"\\\n&<心愿> x=1', "id": "7"}


def test_a_json_body_stays_json_whatever_the_words_hold() -> None:
    body = '{"sms": [{"to": ["{{ phone }}"], "text": "{{ text }}"}]}'
    made = request(body=body, content_type="application/json")

    assert json.loads(made["data"]) == {"sms": [{"to": [PHONE], "text": MESSAGE["text"]}]}
    assert made["url"] == "https://sms.example.org/13800138000"


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_a_form_stays_a_form_whatever_the_words_hold(charset: str) -> None:
    kind = "application/x-www-form-urlencoded"
    body = "to={{ national }}&content={{ text }}"
    as_body = request(body=body, content_type=kind, charset=charset)
    fields = {"to": "{{ national }}", "content": "{{ text }}"}
    as_fields = request(fields=fields, encoding="form", charset=charset)

    for made in (as_body, as_fields):
        read = parse_qs(made["data"].decode("ascii"), encoding=charset)
        assert read == {"to": ["13800138000"], "content": [MESSAGE["text"]]}
        assert made["headers"]["Content-Type"] == kind


def test_fields_beside_a_body_and_blanks_in_an_address_are_escaped() -> None:
    made = request(
        body="{{ text }}",
        content_type="text/plain",
        fields={"to": "{{ phone }}", "sign": "{{ sign }}"},
        encoding="query",
        computed={"sign": ComputedSettings(by="base64", over="{{ text }}")},
    )
    signed = base64.b64encode(MESSAGE["text"].encode()).decode()

    assert made["data"].decode() == MESSAGE["text"]
    assert parse_qs(made["url"].partition("?")[2]) == {"to": [PHONE], "sign": [signed]}


def test_many_sms_share_what_is_computed_for_the_call_and_have_their_own_signatures() -> None:
    described: dict[str, Any] = {
        "fields": {"to": "{{ phone }}", "text": "{{ text }}", "sign": "{{ sign }}"},
        "shared": {"at": "{{ at }}", "nonce": "{{ nonce }}"},
        "headers": {"X-At": "{{ at }}", "X-Nonce": "{{ nonce }}"},
        "together": "messages",
        "results_at": "results",
        "code_at": "code",
        "batch": 2,
        "computed": {
            "at": ComputedSettings(time="milliseconds"),
            "sign": ComputedSettings(by="sha256", over="{{ phone }}{{ at }}"),
        },
    }
    settings = SmsSettings(url="https://sms.example.org/", **described)
    made = Telling(settings).request([MESSAGE, MESSAGE | {"phone": "+8613900000000"}])
    said, at = made["json"], made["headers"]["X-At"]

    assert (said["at"], said["nonce"]) == (at, made["headers"]["X-Nonce"])
    assert [one["sign"] for one in said["messages"]] == [
        hashlib.sha256(f"{phone}{at}".encode()).hexdigest() for phone in (PHONE, "+8613900000000")
    ]


@pytest.mark.parametrize(
    ("by", "key", "shown_as", "made"),
    [
        # RFC 1321, A.5; RFC 3174, 7.3; FIPS 180-2, B.1
        ("md5", None, "hex", "900150983cd24fb0d6963f7d28e17f72"),
        ("md5", None, "HEX", "900150983CD24FB0D6963F7D28E17F72"),
        ("sha1", None, "hex", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", None, "hex", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha256", None, "base64", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ("base64", None, "hex", "YWJj"),
    ],
)
def test_signatures_are_made_as_their_standards_have_it(
    by: Any, key: str | None, shown_as: Any, made: str
) -> None:
    described = {"sign": ComputedSettings(by=by, over="{{ text }}", key=key, shown_as=shown_as)}

    assert Computed(described, {"text"}, "utf-8").fill({"text": "abc"})["sign"] == made


@pytest.mark.parametrize(
    ("by", "made"),
    [  # RFC 2202, 2 and 3; RFC 4231, 4.3
        ("hmac-md5", "750c783e6ab0b503eaa86e310a5db738"),
        ("hmac-sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("hmac-sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ],
)
def test_keyed_signatures_too(by: Any, made: str) -> None:
    described = {"sign": ComputedSettings(by=by, over="what do ya want for {{ text }}?", key="Jefe")}

    assert Computed(described, {"text"}, "utf-8").fill({"text": "nothing"})["sign"] == made
