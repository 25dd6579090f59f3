"""The JSON API over HTTP: what is asked of which service in whose name, and what comes back."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.refusals import (
    Faulted,
    IllegalMove,
    Malformed,
    NoAnswer,
    NotPermitted,
    Refusal,
    SignInNeeded,
    Unavailable,
)
from services.chassis.rights import ANYONE, Actor, Right, Role
from services.claims import contracts as claims
from services.directory import contracts as directory
from services.gateway.api.routes import GET, ROUTES, Route
from services.wishes import contracts as wishes
from tests.support.gateway import Gateway, a_member, a_worker

WISH = "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"
CLAIMED = claims.Claimed(
    claim_id=UUID(int=7), wish_id=UUID(WISH), due_on=clock.now().date(), undo_until=clock.now()
)


def test_a_claim_is_asked_in_the_name_of_who_signed_in(door: Gateway) -> None:
    member = a_member()
    door.script.answer(claims.ClaimWish, CLAIMED)
    reply = door.signed_in(member).post("/api/v1/claims", {"wish_id": WISH})
    assert (reply.status, reply.json["claim_id"]) == (200, str(CLAIMED.claim_id))
    (asked,) = door.script.heard
    assert isinstance(asked, claims.ClaimWish)
    assert (asked.by, asked.wish_id) == (member, UUID(WISH))
    assert asked.key


def test_the_same_idempotency_key_reaches_the_service_each_time(door: Gateway) -> None:
    door.script.answer(claims.ClaimWish, CLAIMED)
    client = door.signed_in(a_member())
    for _ in range(2):
        client.post("/api/v1/claims", {"wish_id": WISH}, Idempotency_Key="tap-1")
    client.post("/api/v1/claims", {"wish_id": WISH})
    first, second, third = (request.key for request in door.script.heard)  # type: ignore[attr-defined]
    assert first == second == "tap-1"
    assert third != first


def test_keys_of_visitors_who_have_not_signed_in_hold_for_the_same_request_only(door: Gateway) -> None:
    """Otherwise one resident could be answered with the receipt of another, who chose the same key."""
    door.script.answer(
        wishes.SubmitWish, wishes.WishReceipt(wish_id=uuid4(), code="c", confirmation_code="s")
    )
    client = door.client()
    bodies = [{"wish": {"title": title}, "resident": {"name": "王"}} for title in ("米", "米", "面")]
    for body in bodies:
        client.post(f"/api/v1/communities/{WISH}/wishes", body, Idempotency_Key="1")
    same, again, other = (request.key for request in door.script.heard)  # type: ignore[attr-defined]
    assert same == again != other
    assert "1" not in (same, other)


@pytest.mark.parametrize("key", ["", " ", "a b", "钥匙".encode().decode("latin-1"), "x" * 201])
def test_an_unusable_key_is_refused(door: Gateway, key: str) -> None:
    reply = door.signed_in(a_member()).post("/api/v1/claims", {"wish_id": WISH}, Idempotency_Key=key)
    assert (reply.status, reply.code) == (400, "gateway.key_unusable")
    assert not door.script.heard


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (claims.UnusableSatisfaction(), 422),
        (claims.UnknownOffer(), 404),
        (SignInNeeded(), 401),
        (NotPermitted(), 403),
        (claims.NoPlaceLeft(), 409),
        (IllegalMove(state="fulfilled"), 409),
        (claims.TooManyOpenClaims(limit=3), 429),
        (Unavailable(), 503),
        (NoAnswer(), 503),
        (Faulted(), 500),
        (Malformed(contract="ClaimWish", problem="x"), 400),
    ],
)
def test_each_refusal_has_its_status_and_a_sentence(door: Gateway, refusal: Refusal, status: int) -> None:
    door.script.answer(claims.ClaimWish, refusal)
    reply = door.signed_in(a_member()).post("/api/v1/claims", {"wish_id": WISH})
    error = reply.json["error"]
    assert (reply.status, error["code"], error["arguments"]) == (status, refusal.code, refusal.arguments)
    assert error["request_id"] == reply.headers["X-Request-Id"]
    assert error["message"]
    assert ("Retry-After" in reply.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)


def test_a_fault_of_a_service_tells_the_client_nothing_about_itself(door: Gateway) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("canary 王秀英 13800000000")

    door.script.answer(claims.ClaimWish, fail)
    reply = door.signed_in(a_member()).post("/api/v1/claims", {"wish_id": WISH})
    assert (reply.status, reply.code) == (500, "chassis.faulted")
    assert "canary" not in reply.text


def test_a_service_that_knows_when_to_come_back_is_quoted(door: Gateway) -> None:
    door.script.answer(directory.RequestSignInCode, directory.TooManyCodes(retry_after=1800))
    reply = door.client().post("/api/v1/sign-in/code", {"phone": "13800000000"})
    assert (reply.status, reply.headers["Retry-After"]) == (429, "1800")


@pytest.mark.parametrize(
    ("accepts", "session", "spoken"),
    [
        (None, "zh", "请先登录"),
        ("en-GB,en;q=0.9", "zh", "Please sign in"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "请先登录"),
        (None, "en", "Please sign in"),
        ("fr", "en", "Please sign in"),
        ("zh-CN", "en", "请先登录"),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_visitor(
    door: Gateway, accepts: str | None, session: str, spoken: str
) -> None:
    door.script.answer(claims.ClaimWish, SignInNeeded())
    headers = {"Accept_Language": accepts} if accepts else {}
    client = door.signed_in(a_member(language=session), **headers)
    reply = client.post("/api/v1/claims", {"wish_id": WISH})
    assert spoken in reply.json["error"]["message"]
    assert door.script.heard[0].by.language == ("en" if "sign" in spoken else "zh")


def test_who_has_not_signed_in_is_told_so_before_any_service_is_asked(door: Gateway) -> None:
    reply = door.client().post("/api/v1/claims", {"wish_id": WISH})
    assert (reply.status, reply.code) == (401, "chassis.sign_in_needed")
    assert not door.script.heard


def test_a_role_that_has_the_right_nowhere_is_refused_at_the_door(door: Gateway) -> None:
    reply = door.signed_in(a_member()).post(f"/api/v1/wishes/{WISH}/accept", {})
    assert (reply.status, reply.code) == (403, "chassis.not_permitted")
    assert not door.script.heard


@pytest.mark.parametrize("field", ["by", "key", "address"])
def test_no_client_says_in_whose_name_it_asks(door: Gateway, field: str) -> None:
    body = {"phone": "13800000000", field: "x"}
    reply = door.client().post("/api/v1/sign-in/code", body)
    assert (reply.status, reply.code, reply.json["error"]["arguments"]["field"]) == (
        400,
        "gateway.field_unknown",
        field,
    )


def test_the_address_of_the_asker_is_the_one_the_connection_comes_from(door: Gateway) -> None:
    door.script.answer(directory.RequestSignInCode, Done())
    body = {"phone": "13800000000"}
    assert door.client(X_Forwarded_For="203.0.113.9").post("/api/v1/sign-in/code", body).status == 200
    (asked,) = door.script.heard
    assert asked.address == "127.0.0.1"  # type: ignore[attr-defined]


def test_query_strings_fill_a_query(door: Gateway) -> None:
    door.script.answer(claims.ListOffers, claims.Board(items=[]))
    reply = door.client().get("/api/v1/offers?kind=service&limit=7&after=&below=/city/")
    assert reply.json == {"items": [], "next": None}
    (asked,) = door.script.heard
    assert asked == claims.ListOffers(kind=wishes.WishKind.SERVICE, limit=7, below="/city/")


def test_a_path_fills_its_fields(door: Gateway) -> None:
    area = uuid4()
    door.signed_in(a_worker()).get(f"/api/v1/areas/{area}/releases/2026-12")
    (asked,) = door.script.heard
    assert isinstance(asked, wishes.PreviewRelease)
    assert (asked.area_id, asked.period) == (area, "2026-12")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "gateway.no_such_address"),
        ("GET", "/api/", 404, "gateway.no_such_address"),
        ("GET", "/api/v1/wishes/not-an-id", 404, "gateway.no_such_address"),
        ("GET", "/api/v1/offers/%00", 404, "gateway.no_such_address"),
        ("GET", "/api/v1/offers/%ff", 404, "gateway.no_such_address"),
        ("GET", "/api/v1/areas/{area_id}/units", 404, "gateway.no_such_address"),
        ("DELETE", "/api/v1/offers", 405, "gateway.wrong_method"),
        ("GET", "/api/v1/sign-out", 405, "gateway.wrong_method"),
        ("GET", "/api/v1/offers?colour=red", 400, "gateway.field_unknown"),
        ("GET", "/api/v1/offers?kind=dream", 400, "gateway.field_unfit"),
        ("GET", "/api/v1/offers?limit=many", 400, "gateway.field_unfit"),
        ("GET", "/api/v1/offers?limit=99999999999", 400, "gateway.field_unfit"),
        ("GET", "/api/v1/offers?kind=goods&kind=service", 400, "gateway.field_repeated"),
        ("GET", "/api/v1/offers?skill=%ff", 400, "gateway.body_unreadable"),
        ("GET", "/api/v1/offers?skill=%00", 400, "gateway.text_unusable"),
        ("GET", "/api/v1/offers?after=%00", 400, "gateway.text_unusable"),
        ("GET", "/api/v1/offers?limit=0", 400, "gateway.field_unfit"),
        ("GET", "/api/v1/offers?limit=-1", 400, "gateway.field_unfit"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_wrong(
    door: Gateway, method: str, path: str, status: int, code: str
) -> None:
    reply = door.signed_in(a_worker()).ask(method, path)
    assert (reply.status, reply.code) == (status, code)
    assert not door.script.heard
    assert ("Allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "gateway.field_missing", "wish_id"),
        (b"{}", "gateway.field_missing", "wish_id"),
        (b"{", "gateway.body_unreadable", None),
        (b"\xff\xfe", "gateway.body_unreadable", None),
        (b"[]", "gateway.field_unfit", "body"),
        (b'{"wish_id": 5}', "gateway.field_unfit", "wish_id"),
        (b'{"wish_id": "x"}', "gateway.field_unfit", "wish_id"),
        (b'{"wish_id": "' + WISH.encode() + b'", "color": 1}', "gateway.field_unknown", "color"),
        (b'{"a": "\\u0000"}', "gateway.text_unusable", "a"),
        (b'{"a": "' + b"\\" * 2 + b'u0000"}', "gateway.field_unknown", "a"),  # those six signs, no NUL
    ],
)
def test_a_wrong_body_is_refused_with_the_field(
    door: Gateway, body: bytes, code: str, field: str | None
) -> None:
    reply = door.signed_in(a_member()).post("/api/v1/claims", body, Content_Type="application/json")
    assert (reply.status, reply.code) == (400, code)
    assert reply.json["error"]["arguments"].get("field") == field
    assert not door.script.heard


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "known"),
    [
        ("PUT", f"wishes/{WISH}", {"wish": {"title": "x", "summary": 1}}, "wish.summary", "title, details"),
        ("POST", "areas", {"areas": [{"colour": 1}]}, "areas[0].colour", "kind, name"),
    ],
)
def test_an_unknown_field_within_another_is_answered_with_those_that_there_are(
    door: Gateway, method: str, path: str, body: Any, field: str, known: str
) -> None:
    reply = door.signed_in(a_worker(Role.OPERATOR)).ask(method, f"/api/v1/{path}", body)
    arguments = reply.json["error"]["arguments"]
    assert (reply.code, arguments["field"]) == ("gateway.field_unknown", field)
    assert known in arguments["known"]


@pytest.mark.parametrize(
    "said", ["\u202e想要一台\u202c收音机", "想要一台\x1b收音机\x7f", "\u2067想要\u200f一台收音机\u2069"]
)
@pytest.mark.parametrize("is_escaped", [True, False])
def test_signs_that_nobody_sees_or_that_turn_a_line_around_are_left_out(
    door: Gateway, said: str, is_escaped: bool
) -> None:
    door.script.answer(
        wishes.SubmitWish, wishes.WishReceipt(wish_id=uuid4(), code="c", confirmation_code="s")
    )
    resident = {"name": "王秀英", "phone": "\u202d138 1234 5678\u202c"}
    body = json.dumps({"wish": {"title": said}, "resident": resident}, ensure_ascii=is_escaped).encode()
    reply = door.client().post(f"/api/v1/communities/{WISH}/wishes", body, Content_Type="application/json")
    assert reply.status == 200, reply.json
    (asked,) = door.script.heard
    assert isinstance(asked, wishes.SubmitWish)
    assert (asked.wish.title, asked.resident.phone) == ("想要一台收音机", "138 1234 5678")


def test_what_is_meant_to_be_seen_stays(door: Gateway) -> None:
    door.script.answer(
        wishes.SubmitWish, wishes.WishReceipt(wish_id=uuid4(), code="c", confirmation_code="s")
    )
    title = "全家福 👨‍👩‍👧 “合影” …\n第二行\t\\u202e"
    body = {"wish": {"title": title}, "resident": {"name": "王秀英", "phone": "13812345678"}}
    assert door.client().post(f"/api/v1/communities/{WISH}/wishes", body).status == 200
    assert door.script.heard[0].wish.title == title  # type: ignore[attr-defined]


@pytest.mark.parametrize("depth", [2, 100, 1000, 50_000])
def test_values_nested_deeper_than_a_service_could_read_are_refused(door: Gateway, depth: int) -> None:
    body = b'{"settings": {"a": ' + b"[" * depth + b"]" * depth + b"}}"
    reply = door.signed_in(a_worker()).ask(
        "PATCH", f"/api/v1/areas/{WISH}/settings", body, Content_Type="application/json"
    )
    assert (reply.status, reply.code) == (400, "gateway.field_unfit")
    assert not door.script.heard


def test_values_of_settings_are_passed_on_as_they_are(door: Gateway) -> None:
    settings = {
        "undo_minutes": 5,
        "reminder_days": [3, 0],
        "ranking": True,
        "area_code": None,
        "release_at": "8:30",
    }
    door.signed_in(a_worker()).ask("PATCH", f"/api/v1/areas/{WISH}/settings", {"settings": settings})
    (asked,) = door.script.heard
    assert asked.settings == settings  # type: ignore[attr-defined]


def test_a_field_misspelt_inside_another_is_not_dropped_in_silence(door: Gateway) -> None:
    body = {"wish": {"title": "米", "detials": "东北大米"}, "resident": {"name": "王"}}
    reply = door.client().post(f"/api/v1/communities/{WISH}/wishes", body)
    assert (reply.status, reply.json["error"]["arguments"]["field"]) == (400, "wish.detials")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_a_foreign_form_could_send_is_refused(door: Gateway, kind: str) -> None:
    reply = door.signed_in(a_member()).post("/api/v1/claims", b'{"wish_id": "x"}', Content_Type=kind)
    assert (reply.status, reply.code) == (415, "gateway.wrong_content_type")


def test_a_command_without_fields_needs_no_body(door: Gateway) -> None:
    door.script.answer(claims.UndoClaim, Done(id=UUID(WISH)))
    reply = door.signed_in(a_member()).post(f"/api/v1/claims/{WISH}/undo")
    assert (reply.status, reply.json) == (200, {"id": WISH})


def who_may(route: Route) -> Actor:
    """Return somebody who has the right that `route` takes, somewhere."""
    match route.contract.right:
        case Right.OPEN:
            return ANYONE
        case Right.SIGNED_IN | Right.CLAIM:
            return a_member()
        case Right.ANSWER_FEEDBACK:
            return a_worker(role=Role.UNIT_OFFICER)
        case _:
            return a_worker(role=Role.OPERATOR)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_reaches_its_service_or_says_which_field_is_missing(door: Gateway, route: Route) -> None:
    path = route.template.replace("{period}", "2026-12")
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", WISH)
    actor = who_may(route)
    client = door.signed_in(actor) if actor.is_signed_in else door.client()
    reply = client.get(path) if route.method is GET else client.ask(route.method, path, {})
    if any(field.required for field in route.fields):
        assert (reply.status, reply.code) == (400, "gateway.field_missing")
    else:
        assert (reply.status, reply.code) == (404, "chassis.not_found")  # what an unscripted service says
        assert [type(request) for request in door.script.heard] == [route.contract]
        assert door.script.heard[0].by == actor
