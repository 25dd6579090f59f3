"""Tokens, addresses and complaints, without a server."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.contracts import Request
from services.chassis.refusals import Unavailable
from services.chassis.rights import Actor, Grant, Role
from services.chassis.settings import fresh_secrets, read_settings
from services.chassis.words import say_refusal
from services.directory.contracts import ImportPeople
from services.gateway.api.complaints import complaint_about
from services.gateway.api.routes import ROUTES
from services.gateway.api.shapes import body_of, strict
from services.gateway.contracts import SessionOver
from services.gateway.conversation import Headers, Unacceptable
from services.gateway.endings import Endings
from services.gateway.sessions import Sessions, until
from services.gateway.settings import GatewaySettings
from services.gateway.visitors import Visitors

NOW = datetime(2026, 12, 5, 1, tzinfo=UTC)
SESSIONS = Sessions("a secret of the house", GatewaySettings())


def nobody_answers(request: Request, within: float | None) -> NoReturn:
    """Refuse as a broker that is away."""
    raise Unavailable()


ACTORS = st.builds(
    Actor,
    account_id=st.none() | st.uuids(),
    member_id=st.none() | st.uuids(),
    unit_id=st.none() | st.uuids(),
    grants=st.lists(st.builds(Grant, st.sampled_from(Role), st.text(max_size=40)), max_size=4).map(tuple),
    language=st.sampled_from(["zh", "en"]),
)


@given(ACTORS)
def test_a_token_brings_back_who_it_was_issued_to(actor: Actor) -> None:
    token, expires_at = SESSIONS.issue(actor, NOW, 3)
    session = SESSIONS.read(token, expires_at - timedelta(seconds=1))
    assert (session.actor, session.expires_at, session.sessions_ended) == (actor, expires_at, 3)
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()
    with pytest.raises(SessionOver):
        SESSIONS.read(token, expires_at)


@given(ACTORS, st.data())
def test_a_token_with_any_character_changed_is_refused(actor: Actor, data: st.DataObject) -> None:
    token, _ = SESSIONS.issue(actor, NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=0x2FF).filter(lambda character: character != token[at]))
    with pytest.raises(SessionOver):
        SESSIONS.read(token[:at] + other + token[at + 1 :], NOW)


@given(st.text(max_size=60))
def test_rubbish_is_no_token(rubbish: str) -> None:
    with pytest.raises(SessionOver):
        SESSIONS.read(rubbish, NOW)


def test_a_token_of_a_time_that_knew_other_roles_is_over() -> None:
    mayor = {"grants": [{"role": "mayor", "scope": "/"}]}
    payload = msgspec.json.encode({"actor": mayor, "issued_at": NOW, "expires_at": NOW + timedelta(days=1)})
    signed = urlsafe_b64encode(payload).rstrip(b"=")
    with pytest.raises(SessionOver):
        SESSIONS.read((signed + b"." + SESSIONS._signature(signed)).decode(), NOW)


def test_a_cookie_holds_for_whole_seconds() -> None:
    assert until(NOW + timedelta(seconds=90.9), NOW) == 90
    assert until(NOW - timedelta(seconds=1), NOW) == 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_proxies_of_ours_are_believed(proxies: int, forwarded: str | None, address: str) -> None:
    house = read_settings(None, database_url="postgresql://nobody@127.0.0.1/none", **fresh_secrets())
    visitors = Visitors(house, GatewaySettings(proxies=proxies), Endings(nobody_answers, GatewaySettings()))
    environ = {"REMOTE_ADDR": "192.0.2.1"} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    assert visitors.address_of(environ) == address


class Inner(msgspec.Struct):
    """Something inside something."""

    number: int = 0


class Outer(msgspec.Struct):
    """Something to be sent."""

    id: UUID
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("body", "code", "arguments"),
    [
        ("{", "gateway.body_unreadable", {}),
        ("[1]", "gateway.field_unfit", {"field": "body"}),
        ("{}", "gateway.field_missing", {"field": "id"}),
        ('{"id": "王秀英"}', "gateway.field_unfit", {"field": "id", "expected": "uuid"}),
        ('{"x": 1}', "gateway.field_unknown", {"field": "x", "known": "id, inner, many"}),
        ('{"inner": {"x": 1}}', "gateway.field_unknown", {"field": "inner.x", "known": "number"}),
        ('{"many": [{"number": "x"}]}', "gateway.field_unfit", {"field": "many[0].number"}),
        ('{"inner": {"number": 3000000000}}', "gateway.field_unfit", {"field": "inner.number"}),
        ('{"inner": {"number": 1e400}}', "gateway.field_unfit", {"field": "inner.number"}),
        (f'{{"{"y" * 500}": 1}}', "gateway.field_unknown", {"field": "y" * 60}),
    ],
)
def test_a_complaint_names_the_field_and_never_its_value(
    body: str, code: str, arguments: dict[str, str]
) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)) as problem:
        msgspec.json.decode(body, type=strict(Outer))
    refusal = complaint_about(problem.value, strict(Outer))
    assert refusal.code == code
    assert {name: refusal.arguments[name] for name in arguments} == arguments
    assert "王秀英" not in str(refusal.arguments)


def test_what_is_strict_is_still_what_the_contract_takes() -> None:
    sent = msgspec.json.decode(
        '{"id": "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a", "inner": {}}', type=strict(Outer)
    )
    assert isinstance(sent, Outer)
    assert isinstance(sent.inner, Inner)


def test_a_body_has_the_fields_that_are_not_in_the_path_and_not_ours() -> None:
    route = next(route for route in ROUTES if route.contract is ImportPeople)
    assert body_of(route).__struct_fields__ == ("file_name", "content", "form", "commit")


@pytest.mark.parametrize("name", ["Content-Length", "host", "AUTHORIZATION", "Transfer-Encoding"])
def test_a_header_behind_which_another_could_hide_comes_once(name: str) -> None:
    lines = [f"{name}: 1\r\n", "X: a\r\n", "X: b\r\n"]
    headers = Headers(lines)
    assert (headers.get(name.upper()), headers.get("x")) == ("1", "a")
    with pytest.raises(Unacceptable):
        Headers([*lines, f"{name.lower()}:1\r\n"])


@pytest.mark.parametrize(
    "values", [{"proxies": -1}, {"hotlin": "1"}, {"idle_seconds": 0}, {"staff_session_hours": 48}]
)
def test_settings_that_cannot_be_meant_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, type=GatewaySettings)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"id": "x"}', "应为编号(UUID)"),
        ('{"inner": {"number": "x"}}', "应为整数"),
        ('{"many": 1}', "应为列表"),
    ],
)
def test_a_complaint_is_said_in_one_language(body: str, said: str) -> None:
    with pytest.raises(msgspec.MsgspecError) as problem:
        msgspec.json.decode(body, type=strict(Outer))
    refusal = complaint_about(problem.value, Outer)
    assert said in say_refusal(refusal, "zh")
    assert "Invalid" not in say_refusal(refusal, "zh")
    assert "{" not in say_refusal(refusal, "en")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("Expected `int` >= 1", {"expected": "range", "limit": ">= 1"}),
        ("Expected `str` of length <= 60", {"expected": "length", "limit": "<= 60"}),
        ("Expected `uuid | null`, got `int`", {"expected": "uuid"}),
        ("Expected `decimal`, got `null`", {"expected": "decimal"}),
        ("Expected `datetime` with a timezone component", {"expected": "datetime"}),
        ("Invalid enum value '王秀英'", {"expected": "choice"}),
        ("Expected something new", {"expected": "other"}),
    ],
)
def test_what_was_expected_is_one_word_and_its_limit(text: str, arguments: dict[str, str]) -> None:
    refusal = complaint_about(ValueError(f"{text} - at `$.field`"), Outer)
    assert refusal.arguments == {"field": "field"} | arguments
    assert "{" not in say_refusal(refusal, "zh")
    assert arguments["expected"] not in say_refusal(refusal, "zh")
