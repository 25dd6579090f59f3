"""A provider that could not be reached, or not be told anything: named before anything is sent."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from services.chassis.settings import WrongSettings
from services.console.app import app
from services.notify.settings import NotifySettings, check
from tests.structure.test_channels import SHOWN
from tests.support.database import SECRETS

SECRET = "s3cret-of-the-house"

FIELDS = {"to": "{{ phone }}", "text": "{{ text }}"}
SMS: dict[str, Any] = {"url": "https://sms.example.org/send", "fields": FIELDS}
SMTP: dict[str, Any] = {"host": "smtp.example.org", "sender": "wishes@example.org"}

NO_ADDRESSES = [
    "",
    "sms",
    f"sms.example.org/send?key={SECRET}",
    f"htp://sms.example.org/{SECRET}",
    "file:///etc/passwd",
    "http://",
    "https:///send",
    f"http://[bad/{SECRET}",
    f"http://sms.example.org:port/{SECRET}",
    "http://sms.example.org:99999/",
    f"http://sms example.org/{SECRET}",
    f"http://sms.example.org/\n{SECRET}",
    f"http://{'a' * 64}.example.org/",
    "http://sms..example.org/",
]

TOKEN = "a-token-that-nobody-can-guess"
ENDS = {"code": "status", "arrived": ["DELIVRD"]}
BODY: dict[str, Any] = {"fields": {}, "body": "<sms to='{{ phone }}'>{{ text }}</sms>"}
WRONG_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"method": "GET"}, "a GET has no body"),
    ({"content_type": "application/pdf"}, "content_type is one of application/xml"),
    ({"body": f"<a>{SECRET}{{{{ phone }}}}{{{{ text }}}}"}, "body, filled in, is no application/xml"),
    ({"body": "<a to={{ phone }}>{{ text }}</a>"}, "body, filled in, is no application/xml"),
    (
        {"content_type": "application/json", "body": '{"to": {{ phone }}, "text": "{{ text }}",}'},
        "body, filled in, is no application/json",
    ),
    ({"body": "<a>{{ phone }}{{ text }}{{ name }}</a>"}, "body: there is no name to fill in here"),
    ({"body": "<a>{{ phone }}{% for x in text %}{{ x }}{% endfor %}</a>"}, "For is not for templates"),
    ({"body": f"<a>{{{{ phone }}}}{{{{ text {SECRET}</a>"}, "line 1 is no template of Jinja"),
    ({"together": "messages", "batch": 9}, "and no body"),
]
WRONG_COMPUTED: list[tuple[dict[str, Any], str]] = [
    ({}, "computed.sign is a `time`"),
    ({"time": "%H", "by": "md5", "over": SECRET}, "computed.sign is a `time`"),
    ({"by": "md5"}, "computed.sign needs `over`"),
    ({"by": "hmac-sha256", "over": SECRET}, "an hmac has a `key`"),
    ({"by": "md5", "over": "x", "key": SECRET}, "an hmac has a `key`"),
    ({"by": "rot13", "over": SECRET}, "`$.sms.computed[...].by`"),
    ({"by": "md5", "over": f"{SECRET}{{{{ name }}}}"}, "computed.sign.over: there is no name"),
    ({"time": "%H", "zone": "Mars/Olympus"}, "computed.sign: there is no such time or zone"),
]
WRONG_SMS: list[tuple[dict[str, Any], str]] = [
    *[({"url": url}, "url is no web address") for url in NO_ADDRESSES],
    ({"headers": {"X-Auth": f"{SECRET}\nX-Other: 1"}}, "the value of X-Auth cannot be sent"),
    ({"headers": {"X-Auth": f"{SECRET} 密"}}, "the value of X-Auth cannot be sent"),
    ({"headers": {"X-Auth": f" {SECRET}"}}, "the value of X-Auth cannot be sent"),
    ({"headers": {"X Auth": SECRET}}, "'X Auth' is no name of a header"),
    ({"headers": {"": SECRET}}, "'' is no name of a header"),
    ({"ca_file": "/nowhere/ca.pem"}, "ca_file /nowhere/ca.pem cannot be read"),
    ({"ca_file": __file__}, "holds no certificates"),
    ({"fields": {}}, "neither fields nor a body"),
    ({"fields": {"text": "{{ text }}"}}, "nothing says to whom"),
    ({"fields": {"to": "{{ phone }}"}}, "nothing says what"),
    ({"fields": FIELDS | {"x": "{{ name }}"}}, "fields.x: there is no name to fill in here"),
    ({"fields": FIELDS | {"x": ["{{ phone", SECRET]}}, "fields.x cannot be filled in: line 1"),
    ({"fields": FIELDS | {"x": "{phone}"}}, "fields.x: write {{ phone }}, with two braces"),
    ({"fields": FIELDS | {"deep": {"x": "{{ phone.__class__ }}"}}}, "fields.deep.x cannot be filled in"),
    ({"fields": FIELDS | {"x": "{{ receipt_token }}"}}, "a text asks for {{ receipt_token }}"),
    ({"url": "https://sms.example.org:{{ phone }}/"}, "url is no web address"),
    ({"url": f"https://sms.example.org/{SECRET}{{{{ name }}}}"}, "url: there is no name"),
    ({"headers": {"X-Text": "{{ text }}"}}, "headers.X-Text: there is no text to fill in here"),
    ({"headers": {"X-At": f"{SECRET}\n{{{{ phone }}}}"}}, "the value of X-At cannot be sent"),
    ({"batch": 100}, "say with `together` or `joined` how"),
    ({"together": "messages", "batch": 9}, "together needs encoding json, `results_at` and `code_at`"),
    ({"code_pattern": "("}, "code_pattern is no expression"),
    ({"code_pattern": "[0-9]+"}, "code_pattern needs a group named code"),
    ({"code_pattern": "(?P<code>1)", "code_at": "code"}, "leave one of them out"),
    ({"code_at": "code", "stop": ["OK"]}, "the code OK stands in two lists"),
    ({"code_at": "code", "stop": ["9"], "wait": ["9"]}, "the code 9 stands in two lists"),
    ({"stop": ["9"]}, "say with code_at or code_pattern where they stand"),
    ({"body": "{{ phone }}{{ text }}"}, "beside a body fields stand in the query"),
    *[(BODY | wrong, said) for wrong, said in WRONG_BODIES],
    *[({"computed": {"sign": wrong}}, said) for wrong, said in WRONG_COMPUTED],
    ({"computed": {"phone": {"time": "seconds"}}}, "computed.phone: choose another name"),
    ({"computed": {"a b": {"time": "seconds"}}}, "computed.a b: choose another name"),
    ({"computed": {"a": {"by": "md5", "over": "{{ b }}"}, "b": {"time": "%H"}}}, "there is no b to fill in"),
    ({"receipt_token": TOKEN, "receipts": {"mark": "id"} | ENDS}, "the {{ id }} that comes back"),
    (
        {"receipt_token": TOKEN, "receipts": {"reference": "sid", "phone": "to"} | ENDS},
        "say with reference_at",
    ),
    ({"receipts": {"mark": "id"} | ENDS}, "an address that ends in receipt_token"),
    ({"method": SECRET}, "`$.sms.method`"),
    ({"encoding": SECRET}, "`$.sms.encoding`"),
    ({"batch": SECRET}, "`$.sms.batch`"),
    ({"receipt_token": "short"}, "`$.sms.receipt_token`"),
]

WRONG_SMTP: list[tuple[dict[str, Any], str]] = [
    ({"host": ""}, "host is no host"),
    ({"host": "smtp://smtp.example.org"}, "host is no host"),
    ({"host": "smtp.example.org:25"}, "host is no host"),
    ({"ca_file": "/nowhere/ca.pem"}, "ca_file /nowhere/ca.pem cannot be read"),
    ({"sender": "心愿树 <wishes@example.org>"}, "sender is no address"),
    ({"username": "wishes"}, "username and password belong together"),
    ({"password": SECRET}, "username and password belong together"),
    ({"security": SECRET}, "`$.smtp.security`"),
    ({"bounces": "bounce@example.org"}, "[services.notify.smtp] bounces and receipt_token lead nowhere"),
    ({"bounces": "Li@a.org", "receipt_token": TOKEN}, "[services.notify.smtp] bounces: Li@a.org is no plain"),
]

AT_AN_ADDRESS = {kind: "url" if kind == "webhook" else "endpoint" for kind in SHOWN if kind != "example"}
"""The kinds of channels that speak HTTP, with the setting that says where to."""


def refusal_of(**sections: Any) -> str:
    """Return why these settings of notify are refused."""
    settings = msgspec.convert(sections, type=NotifySettings)
    with pytest.raises(WrongSettings) as refused:
        check(settings)
    return str(refused.value)


def checked(folder: Path, **sections: Any) -> str:
    """Return what `wishtree config check` says of a file with these settings of notify, as it ends with 1."""
    file = folder / "settings.json"
    house = {"database_url": "postgresql://wishtree@127.0.0.1/wishtree", **SECRETS}
    file.write_text(json.dumps(house | {"services": {"notify": sections}}))
    ended = CliRunner().invoke(app, ["config", "check", "--config", str(file)])
    assert ended.exit_code == 1
    return ended.output


@pytest.mark.parametrize(("wrong", "said"), WRONG_SMS)
def test_a_gateway_described_wrongly_is_refused_by_the_check(
    wrong: dict[str, Any], said: str, tmp_path: Path
) -> None:
    told = checked(tmp_path, sms=SMS | wrong)

    assert said in told
    assert "[services.notify" in told
    assert SECRET not in told


@pytest.mark.parametrize(("wrong", "said"), WRONG_SMTP)
def test_a_mail_server_described_wrongly_is_refused_by_the_check(
    wrong: dict[str, Any], said: str, tmp_path: Path
) -> None:
    told = checked(tmp_path, smtp=SMTP | wrong)

    assert said in told
    assert told.count("[services.notify") == 1
    assert SECRET not in told


def test_a_second_mail_account_is_named_where_it_stands() -> None:
    told = refusal_of(channels={"city": SMTP | {"kind": "smtp", "bounces": "bounce@example.org"}})

    assert told.startswith("[services.notify.channels.city] bounces and receipt_token lead nowhere")


@pytest.mark.parametrize(
    ("described", "name", "account"),
    [("smtp", "smtp", SMTP), ("sms", "http", SMS | {"kind": "sms_http"})],
)
def test_no_account_takes_the_place_of_another_without_a_word(
    described: str, name: str, account: dict[str, Any]
) -> None:
    told = refusal_of(**{described: SMTP if described == "smtp" else SMS}, channels={name: account})

    assert f"[services.notify.channels.{name}] has the name of the account that [services.notify" in told


@pytest.mark.parametrize("behind", ["/api", "/?x=1", "/#x"])
@pytest.mark.parametrize("kind", ["aliyun", "tencent"])
def test_where_calls_are_signed_for_a_host_nothing_stands_behind_it(kind: str, behind: str) -> None:
    told = refusal_of(channels={kind: SHOWN[kind] | {"endpoint": f"https://{SECRET}.example.org{behind}"}})

    assert f"[services.notify.channels.{kind}] endpoint has more than a host" in told
    assert SECRET not in told


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("kind", AT_AN_ADDRESS)
def test_every_channel_that_speaks_http_looks_at_its_address(kind: str, address: str) -> None:
    setting = AT_AN_ADDRESS[kind]
    told = refusal_of(channels={kind: SHOWN[kind] | {setting: address}})

    assert f"[services.notify.channels.{kind}] {setting} is no web address" in told
    assert SECRET not in told


@pytest.mark.parametrize("kind", AT_AN_ADDRESS)
def test_every_channel_that_speaks_http_looks_at_its_certificates(kind: str) -> None:
    told = refusal_of(channels={kind: SHOWN[kind] | {"ca_file": "/nowhere/ca.pem"}})

    assert f"[services.notify.channels.{kind}] ca_file /nowhere/ca.pem cannot be read" in told


@pytest.mark.parametrize("wrong", ["", "two words", "a\nline", "密钥"])
@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (kind, setting)
        for kind in AT_AN_ADDRESS
        for setting in ("token", "key_id", "key_secret", "corp_secret", "app_secret")
        if setting in SHOWN[kind]
    ],
)
def test_no_key_is_taken_that_could_not_be_sent(kind: str, setting: str, wrong: str) -> None:
    told = refusal_of(channels={kind: SHOWN[kind] | {setting: wrong}})

    assert f"`$.{setting}`" in told


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"url": "http://127.0.0.1:13013/cgi-bin/sendsms"},
        {"url": f"https://user:{SECRET}@[::1]:8443/"},
        {"url": "https://短信.example.cn/send"},
        {"headers": {"X-Auth": SECRET, "Accept": "text/plain; q=0.5"}},
    ],
)
def test_a_gateway_described_rightly_is_taken(right: dict[str, Any]) -> None:
    check(msgspec.convert({"sms": SMS | right}, type=NotifySettings))


def test_a_section_of_a_service_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    house = {"database_url": "postgresql://wishtree@127.0.0.1/wishtree", **SECRETS}
    file.write_text(json.dumps(house | {"services": {"notfy": {"sms": SMS}}}))

    ended = CliRunner().invoke(app, ["config", "check", "--config", str(file)])

    assert (ended.exit_code, "[services.notfy] is no service" in ended.output) == (1, True)
