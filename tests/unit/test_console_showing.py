"""No secret of the settings is shown: not by `config show`, and in no complaint of `config check`."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect
from typer.testing import CliRunner

from services.chassis.settings import Settings
from services.chassis.showing import hidden, place_of, shown
from services.console.app import app
from services.console.place import SERVICES
from services.notify.channels import OURS, Described
from services.notify.settings import NotifySettings, SmsSettings, SmtpSettings
from tests.structure.test_channels import SHOWN
from tests.structure.test_deploy import settings_of
from tests.support.database import SECRETS

CANARY = "CanaryCanaryCanaryCanary"
"""A secret that is a token, a key and base64 all at once."""

URL = f"https://user:{CANARY}@sms.example.org:8443/{CANARY}?apikey={CANARY}#{CANARY}"
TEXTS = ("secret", "token", "password", "key_id", "key_secret", "corp_secret", "app_secret")

SMS: dict[str, Any] = {
    "url": URL,
    "headers": {"X-Auth": CANARY, "Cookie": CANARY, "kind": CANARY},
    "fields": {
        **{"pwd": CANARY, "passwd": CANARY, "sign": CANARY, "to": "{{ phone }}", "text": "{{ text }}"},
        "dlr-url": f"https://wishes.example.org/api/v1/receipts/http/{CANARY}",
        "deep": {"list": [{"pwd": CANARY}, CANARY, [CANARY]]},
    },
    "shared": {"pwd": CANARY},
    "body": f"<password>{CANARY}</password>",
    "computed": {"sign": {"by": "hmac-md5", "key": CANARY, "over": CANARY}},
    "signature": "【心愿树】",
    "receipt_token": CANARY,
}
THIRD_PARTY = {"url": URL, "kind": "pigeon", "harmless": CANARY, "lofts": [{"token": CANARY, "id": 7}]}


def factory_of(kind: str) -> Described[Any]:
    module, _, name = OURS[kind].partition(":")
    factory = getattr(import_module(module), name)
    assert isinstance(factory, Described)
    return factory


def account(kind: str) -> dict[str, Any]:
    """Return a section with a secret in every place that takes one."""
    secrets = dict.fromkeys(TEXTS, f"whsec_{CANARY}" if kind == "webhook" else CANARY)
    places = {"url": URL, "endpoint": URL, "receipt_token": CANARY}
    known = set(factory_of(kind).shape.__struct_fields__)
    return SHOWN[kind] | {name: value for name, value in (secrets | places).items() if name in known}


def house(**notify: Any) -> dict[str, Any]:
    """Return settings of a whole house, full of secrets."""
    accounts = {kind: account(kind) for kind in OURS if kind in SHOWN}
    smtp = {"host": "smtp.example.org", "sender": "w@example.org", "username": "w", "password": CANARY}
    sections = {"smtp": smtp, "sms": SMS, "channels": accounts | {"pigeon_north": THIRD_PARTY}}
    return {
        "database_url": f"postgresql://wishtree:{CANARY}@127.0.0.1:5432/wishtree?sslpassword={CANARY}",
        "broker_url": f"amqp://claims:{CANARY}@127.0.0.1:5672/wishtree",
        **SECRETS,
        "session_secret": CANARY * 4,
        "services": {"notify": sections | notify, "gateway": {"hotline": "12345"}},
    }


def said(folder: Path, settings: dict[str, Any], *command: str) -> str:
    """Return everything that a command says of settings."""
    file = folder / "settings.json"
    file.write_bytes(msgspec.json.encode(settings))
    ended = CliRunner().invoke(app, ["config", *command, "--config", str(file)])
    assert ended.exit_code == (0 if command[0] == "show" else 1)
    return ended.output


def is_quiet(text: str) -> bool:
    """Say whether none of the secrets stands in a text."""
    sealing = SECRETS["sealing"]
    assert isinstance(sealing, dict)
    secrets = [CANARY, sealing["index_key"], *sealing["keys"].values()]
    return not any(secret in text for secret in secrets)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_is_shown(form: list[str], tmp_path: Path) -> None:
    told = said(tmp_path, house(), "show", *form)

    assert is_quiet(told)
    assert json.loads(told)["services"]["notify"]["sms"]["url"] == "https://***@sms.example.org:8443/***?***"


@pytest.mark.parametrize(
    "wrong", [{"sms": SMS | {"no_such_setting": CANARY}}, {"burst_from": CANARY}, {"chanels": THIRD_PARTY}]
)
def test_not_even_of_settings_that_cannot_be_used(wrong: dict[str, Any], tmp_path: Path) -> None:
    assert is_quiet(said(tmp_path, house(**wrong), "show"))


def test_what_is_no_secret_is_shown_with_what_nobody_wrote(tmp_path: Path) -> None:
    told = json.loads(said(tmp_path, house(), "show"))
    notify = told["services"]["notify"]

    assert told["database_url"] == "postgresql://***@127.0.0.1:5432/wishtree?***"
    assert told["sealing"]["current"] == "k1"
    assert told["services"]["directory"]["code_minutes"] == 10
    assert notify["tries"] == 6
    assert notify["smtp"]["host"] == "smtp.example.org"
    assert notify["sms"]["signature"] == "【心愿树】"
    assert notify["sms"]["headers"] == {"X-Auth": "***", "Cookie": "***", "kind": "***"}
    assert notify["sms"]["fields"]["deep"] == {"list": [{"pwd": "***"}, "***", ["***"]]}
    assert notify["channels"]["aliyun"]["templates"][0]["id"] == "SMS_100000001"
    assert notify["channels"]["tencent"]["kind"] == "tencent"
    assert notify["channels"]["pigeon_north"] == {
        **{"kind": "pigeon", "url": "***", "harmless": "***"},
        "lofts": [{"token": "***", "id": "***"}],
    }


def misfits(kind: type[msgspec.Struct], section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the section with a secret where a number, a choice or a table belongs, each place in turn."""
    for field in msgspec.structs.fields(kind):
        yield section | {field.encode_name: [CANARY]}
        if field.name not in NO_SECRETS:
            yield section | {field.encode_name: CANARY}
    yield section | {"no_such_setting": CANARY}
    yield section | {"codes": {"E1": CANARY}}


def quiet_or_right(folder: Path, settings: dict[str, Any]) -> bool:
    """Say whether `config check` keeps the secrets to itself."""
    file = folder / "settings.json"
    file.write_bytes(msgspec.json.encode(settings))
    told = CliRunner().invoke(app, ["config", "check", "--config", str(file)]).output
    return is_quiet(told)


@pytest.mark.parametrize("service", [name for name in SERVICES if settings_of(name)])
def test_no_complaint_about_a_service_quotes_a_secret(service: str, tmp_path: Path) -> None:
    shape = settings_of(service)
    assert shape is not None
    for section in misfits(shape, {}):
        settings = house() | {"services": {service: section}}
        assert quiet_or_right(tmp_path, settings), section


def test_no_complaint_about_the_house_quotes_a_secret(tmp_path: Path) -> None:
    for settings in misfits(Settings, house()):
        assert quiet_or_right(tmp_path, settings | {"services": {}}), settings


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind in SHOWN])
def test_no_complaint_about_a_channel_quotes_a_secret(kind: str, tmp_path: Path) -> None:
    for section in misfits(factory_of(kind).shape, account(kind)):
        assert quiet_or_right(tmp_path, house(channels={kind: section})), section


@pytest.mark.parametrize(
    ("name", "shape", "section"),
    [("sms", SmsSettings, SMS), ("smtp", SmtpSettings, {"host": "h", "sender": "w@example.org"})],
)
def test_no_complaint_about_a_gateway_quotes_a_secret(
    name: str, shape: type[msgspec.Struct], section: dict[str, Any], tmp_path: Path
) -> None:
    for wrong in misfits(shape, section):
        assert quiet_or_right(tmp_path, house(channels={}) | {"services": {"notify": {name: wrong}}}), wrong


# -- what structs let be seen


def texts_shown(kind: inspect.Type, path: str, how: object = None) -> Iterator[str]:
    """Yield the places of a struct at which a whole text is shown."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            yield from texts_shown(inner, path, (extra or {}).get("shows", how))
        case inspect.UnionType(types=types):
            for one in types:
                yield from texts_shown(one, path, how)
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from texts_shown(field.type, f"{path}.{field.name}")
        case inspect.DictType(value_type=inner):
            yield from texts_shown(inner, f"{path}.*", how)
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
            yield from texts_shown(inner, f"{path}.#", how)
        case inspect.StrType() if how == "whole":
            yield path


NO_SECRETS = frozenset(
    {
        *("address", "ca_file", "current", "hotline", "host", "language", "log_level", "metrics_address"),
        *("sender", "sender_name", "time_zone", "username", "signature", "name", "told", "text", "id"),
        *("quiet_from", "quiet_to", "invitations_from", "invitations_to", "digest_at", "per_part"),
        *("accepted", "permanent", "wait", "stop", "arrived", "failed", "code", "mark", "reference"),
        *(
            "phone",
            "together",
            "joined",
            "results_at",
            "result_phone_at",
            "code_at",
            "code_pattern",
            "reference_at",
            "plans",
        ),
        *("providers", "reply_phone", "reply_text", "variables", "when", "app_id", "corp_id", "region"),
        *("time", "zone", "content_type", "opted_out", "bounces"),
        *("receipt_sources", "header", "headers", "prefix"),
    }
)
"""Settings whose texts somebody has looked at and found fit to be shown."""


@pytest.mark.parametrize(
    "shape",
    [Settings, *filter(None, map(settings_of, SERVICES)), *(factory_of(kind).shape for kind in OURS)],
)
def test_only_texts_that_somebody_looked_at_are_shown(shape: type[msgspec.Struct]) -> None:
    names = {
        [step for step in path.split(".") if step not in "*#"][-1]
        for path in texts_shown(inspect.type_info(shape), shape.__name__)
    }

    assert names <= NO_SECRETS


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://sms.example.org", "https://sms.example.org"),
        ("https://[::1]:8443/", "https://[::1]:8443/"),
        (URL, "https://***@sms.example.org:8443/***?***"),
        (f"https://user:1/{CANARY}@sms.example.org/", "***"),
        (f"https://user:{CANARY}/@sms.example.org/", "***"),
        (f"sms.example.org/{CANARY}", "***"),
        (CANARY, "***"),
        ("memory://", "memory://"),
    ],
)
def test_of_an_address_the_place_is_shown(address: str, seen: str) -> None:
    assert place_of(address) == seen


def test_what_nobody_wrote_is_seen_to_be_empty() -> None:
    assert hidden({"a": "", "b": None, "c": []}) == {"a": "", "b": None, "c": []}
    assert shown(NotifySettings())["sms"] is None
