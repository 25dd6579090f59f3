"""Signing in over HTTP: by code and by password, kept as a token or a cookie, safe from other sites."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.chassis import clock
from services.chassis.contracts import Done
from services.claims import contracts as claims
from services.directory import contracts as directory
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from tests.support.gateway import Client, Gateway, Reply, Script, a_member, a_worker, gateway

CLAIM: dict[str, Any] = {"wish_id": "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"}
MEMBER = a_member()
PHONE, CODE = "13800000000", "123456"


def sign_in_with_code(request: directory.SignInWithCode) -> Any:
    """Let in whoever knows the code."""
    is_right = (request.phone, request.code) == (PHONE, CODE)
    return directory.SignedIn(actor=MEMBER, name="张三") if is_right else directory.WrongCode()


@pytest.fixture(scope="module")
def door() -> Iterator[Gateway]:
    """One gateway for all tests here, whose directory knows one member and one officer."""
    script = Script()
    script.answer(directory.RequestSignInCode, Done())
    script.answer(directory.SignInWithCode, sign_in_with_code)
    script.answer(directory.SignInWithPassword, directory.SignedIn(actor=a_worker(), name="李四"))
    script.answer(directory.WhoAmI, lambda query: directory.SignedIn(actor=query.by, name="张三"))
    script.answer(claims.ClaimWish, lambda _: claims.NoPlaceLeft())
    with gateway(script) as opened:
        yield opened


def sign_in(client: Client) -> Reply:
    """Sign in as the member."""
    return client.post("/api/v1/sign-in/with-code", {"phone": PHONE, "code": CODE})


def cookie_of(reply: Reply) -> str:
    """Return name and value of the cookie that a reply sets, as a browser would send it back."""
    return str(reply.headers["Set-Cookie"]).partition(";")[0]


def test_a_member_signs_in_with_phone_and_code_and_is_known_by_the_token(door: Gateway) -> None:
    client = door.client()
    assert client.post("/api/v1/sign-in/code", {"phone": PHONE}).status == 200
    reply = sign_in(client)
    assert reply.status == 200
    me = door.client(Authorization=f"Bearer {reply.json['token']}").get("/api/v1/me")
    assert me.json["actor"]["member_id"] == str(MEMBER.member_id)


def test_a_wrong_code_is_refused(door: Gateway) -> None:
    reply = door.client().post("/api/v1/sign-in/with-code", {"phone": PHONE, "code": "000000"})
    assert (reply.status, reply.code) == (401, "directory.wrong_code")
    assert "Set-Cookie" not in reply.headers


def test_a_sign_in_is_never_answered_from_a_receipt(door: Gateway) -> None:
    """A receipt would still let in whoever had the password before it was changed."""
    door.script.heard.clear()
    body = {"login": "li", "password": "secret secret"}
    door.client().post("/api/v1/sign-in/with-password", body, Idempotency_Key="again")
    assert door.script.heard[0].key is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "body", "lifetime"),
    [
        ("/api/v1/sign-in/with-code", {"phone": PHONE, "code": CODE}, timedelta(days=30)),
        ("/api/v1/sign-in/with-password", {"login": "li", "password": "x"}, timedelta(hours=12)),
    ],
)
def test_a_session_lasts_as_long_as_its_kind(
    door: Gateway, path: str, body: dict[str, str], lifetime: timedelta
) -> None:
    reply = door.client().post(path, body)
    session = door.sessions.read(reply.json["token"], clock.now())
    assert lifetime - timedelta(minutes=1) < session.expires_at - clock.now() <= lifetime
    assert f"Max-Age={int(lifetime.total_seconds())}" in reply.headers["Set-Cookie"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(door: Gateway) -> None:
    flags = sign_in(door.client()).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags.split("; "))
    assert "Secure" not in flags  # this one is served over http, on loopback


def test_a_browser_is_known_by_its_cookie(door: Gateway) -> None:
    cookie = cookie_of(sign_in(door.client()))
    me = door.client(Cookie=f"theme=large; {cookie}").get("/api/v1/me")
    assert me.json["actor"]["member_id"] == str(MEMBER.member_id)


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example", "X_Requested_With": "fetch"}, False),
        ({"Sec_Fetch_Site": "cross-site"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"X_Requested_With": "fetch"}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),  # the public address
        ({"Origin": "http://{host}"}, True),
    ],
)
def test_no_other_site_acts_with_the_cookie_of_a_visitor(
    door: Gateway, headers: dict[str, str], is_let_in: bool
) -> None:
    cookie = cookie_of(sign_in(door.client()))
    told = {name: value.format(host=f"127.0.0.1:{door.port}") for name, value in headers.items()}
    reply = door.client(Cookie=cookie, **told).post("/api/v1/claims", CLAIM)
    expected = (409, "claims.no_place_left") if is_let_in else (403, "gateway.foreign_origin")
    assert (reply.status, reply.code) == expected


def test_a_token_needs_no_origin_since_no_browser_sends_it_unasked(door: Gateway) -> None:
    client = door.signed_in(MEMBER, Origin="https://partner.example")
    assert client.post("/api/v1/claims", CLAIM).code == "claims.no_place_left"


def test_signing_out_takes_the_cookie_away_but_not_on_the_word_of_another_site(door: Gateway) -> None:
    cookie = cookie_of(sign_in(door.client()))
    assert door.client(Cookie=cookie, Origin="https://evil.example").post("/api/v1/sign-out").status == 403
    reply = door.client(Cookie=cookie, X_Requested_With="fetch").post("/api/v1/sign-out")
    assert (reply.status, "Max-Age=0" in reply.headers["Set-Cookie"]) == (200, True)


def spoilt(token: str) -> list[str]:
    """Return tokens that are not ours, or not any more what we signed."""
    payload, signature = token.split(".")
    return [
        "",
        ".",
        "x.y",
        payload,
        f"{payload}.",
        f".{signature}",
        f"{payload}A.{signature}",
        f"{payload}.{signature[:-2]}",
        f"{payload}.{signature}=",
        token + "é",
    ]


@pytest.mark.parametrize("number", range(10))
def test_a_token_that_we_did_not_sign_is_refused(door: Gateway, number: int) -> None:
    token = spoilt(door.token(MEMBER))[number]
    reply = door.client(Authorization=f"Bearer {token}".encode().decode("latin-1")).get("/api/v1/me")
    assert (reply.status, reply.code) == (401, "gateway.session_over")


def test_a_stale_cookie_is_nobody_in_particular_on_what_is_open_to_all(door: Gateway) -> None:
    door.script.answer(claims.ListOffers, claims.Board(items=[]))
    client = door.client(Cookie="wishtree=stale.token")
    assert client.get("/api/v1/offers").status == 200
    assert client.get("/api/v1/me").code == "gateway.session_over"


def test_a_session_runs_out(door: Gateway, simulated_clock: clock.SimulatedClock) -> None:
    client = door.signed_in(a_worker())
    assert client.get("/api/v1/me").status == 200
    simulated_clock.set(clock.now() + timedelta(hours=12, seconds=1))
    assert client.get("/api/v1/me").code == "gateway.session_over"


def test_a_token_signed_with_another_secret_of_the_house_is_refused(door: Gateway) -> None:
    token, _ = Sessions("another secret", GatewaySettings()).issue(a_member(account_id=uuid4()), clock.now())
    assert door.client(Authorization=f"Bearer {token}").get("/api/v1/me").code == "gateway.session_over"
