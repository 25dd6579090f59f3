"""What a gateway of its own settings does: few places, an end in good order, https, a proxy in front."""

import socket
from typing import Any
from uuid import uuid4

import eventlet

from services.chassis.contracts import Done
from services.claims import contracts as claims
from services.directory import contracts as directory
from tests.support.gateway import Script, a_member, a_worker, gateway

CLAIM = {"wish_id": "0192f0c1-7f3a-7b3a-8b3a-0192f0c17f3a"}


def test_a_file_beyond_what_fits_in_memory_waits_its_turn() -> None:
    script = Script()
    waiting = eventlet.event.Event()
    script.answer(directory.ImportPeople, lambda _: waiting.wait())
    with gateway(script, uploads_at_once=1) as door:
        path, body = f"/api/v1/areas/{uuid4()}/people/imports", {"file_name": "a.xlsx", "content": b"x"}
        first = eventlet.spawn(door.signed_in(a_worker()).post, path, body)
        while not script.heard:
            eventlet.sleep(0.01)
        second = door.signed_in(a_worker()).post(path, body)
        assert (second.status, second.code, "Retry-After" in second.headers) == (
            503,
            "gateway.too_many_uploads",
            True,
        )
        waiting.send(directory.ImportReport(form="units", batch=None, accepted=0, rejected=0, rows=[]))
        assert first.wait().status == 200
        assert door.signed_in(a_worker()).post(path, body).status == 200


def test_a_large_sheet_has_more_time_than_other_requests() -> None:
    script = Script()
    report = directory.ImportReport(form="units", batch=None, accepted=0, rejected=0, rows=[])
    script.answer(directory.ImportPeople, lambda _: eventlet.sleep(1.5) or report)
    script.answer(claims.ClaimWish, lambda _: eventlet.sleep(1.5) or Done())
    with gateway(script, {"deadline": 1.0}) as door:
        body = {"file_name": "a.xlsx", "content": b"x"}
        assert door.signed_in(a_worker()).post(f"/api/v1/areas/{uuid4()}/people/imports", body).status == 200
        refused = door.signed_in(a_member()).post("/api/v1/claims", CLAIM)
        assert (refused.status, refused.code, "Retry-After" in refused.headers) == (
            503,
            "chassis.no_answer",
            True,
        )


def test_when_every_place_is_taken_an_idle_connection_gives_way() -> None:
    with gateway(connections=10) as door:
        idle = [door.client() for _ in range(15)]
        assert [client.get("/healthz").status for client in idle] == [200] * 15
        assert door.web.http is not None
        assert len(door.web.http.conversations) <= 10


def test_when_all_are_at_work_a_newcomer_is_turned_away() -> None:
    script = Script()
    waiting = eventlet.event.Event()
    script.answer(claims.ClaimWish, lambda _: waiting.wait())
    with gateway(script, connections=10) as door:
        busy = [eventlet.spawn(door.signed_in(a_member()).post, "/api/v1/claims", CLAIM) for _ in range(10)]
        while len(script.heard) < 10:
            eventlet.sleep(0.01)
        newcomer = door.client().get("/healthz")
        assert (newcomer.status, newcomer.headers["Retry-After"]) == (503, "5")
        waiting.send(None)
        assert [each.wait().status for each in busy] == [200] * 10
        assert door.client().get("/healthz").status == 200


def test_requests_under_way_are_answered_when_the_gateway_stops() -> None:
    script = Script()
    started, finish = eventlet.event.Event(), eventlet.event.Event()

    def slow(_: Any) -> Done:
        started.send(None)
        finish.wait()
        return Done()

    script.answer(claims.UndoClaim, slow)
    with gateway(script, drain_notice_seconds=3.0) as door:
        port = door.port
        working, idle = door.signed_in(a_member()), door.client()
        assert idle.get("/readyz").status == 200
        under_way = eventlet.spawn(working.post, f"/api/v1/claims/{uuid4()}/undo")
        started.wait()
        stopping = eventlet.spawn(door.runner.service_map["gateway"].stop)
        while idle.get("/readyz").status == 200:
            eventlet.sleep(0.01)
        assert (idle.get("/readyz").status, idle.get("/healthz").status) == (503, 200)
        while is_open(port):
            eventlet.sleep(0.05)
        finish.send(None)
        reply = under_way.wait()
        assert (reply.status, reply.headers["Connection"]) == (200, "close")
        stopping.wait()


def is_open(port: int) -> bool:
    """Say whether anybody is let in at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_end_does_not_wait_for_ever() -> None:
    script, finish = Script(), eventlet.event.Event()
    script.answer(claims.UndoClaim, lambda _: finish.wait())
    with gateway(script, drain_seconds=0.5) as door:
        under_way = eventlet.spawn(
            _or_nothing, door.signed_in(a_member()).post, f"/api/v1/claims/{uuid4()}/undo"
        )
        while not script.heard:
            eventlet.sleep(0.01)
        door.runner.service_map["gateway"].stop()  # comes to an end, although what is under way does not
        finish.send(None)
        under_way.wait()


def _or_nothing(send: Any, path: str) -> None:
    try:
        send(path)
    except OSError:
        return


def test_over_https_cookie_and_answers_insist_on_it() -> None:
    script = Script()
    script.answer(directory.SignInWithPassword, directory.SignedIn(actor=a_worker(), name=""))
    with gateway(script, overrides={"public_url": "https://wishes.example"}) as door:
        reply = door.client().post("/api/v1/sign-in/with-password", {"login": "a", "password": "b"})
        assert reply.headers["Set-Cookie"].startswith("__Host-wishtree=")
        assert "Secure" in reply.headers["Set-Cookie"].split("; ")
        assert "max-age" in reply.headers["Strict-Transport-Security"]


def test_behind_a_proxy_of_ours_the_asker_is_whom_that_proxy_saw() -> None:
    script = Script()
    script.answer(directory.RequestSignInCode, Done())
    with gateway(script, proxies=1) as door:
        client = door.client(X_Forwarded_For="1.1.1.1, 203.0.113.9")
        client.post("/api/v1/sign-in/code", {"phone": "13800000000"})
    assert script.heard[0].address == "203.0.113.9"  # type: ignore[attr-defined]


def test_the_telephone_of_a_demo_shows_what_was_sent_and_takes_no_flood() -> None:
    with gateway(demo=True) as door:
        client = door.client()
        letter = {"phone": "13491000001", "text": "<b>验证码</b> 123456", "id": "1"}
        assert client.post("/demo/sms", letter).json == {"code": "OK"}
        assert client.post("/demo/sms", b"{").status == 400
        page = client.get("/demo/phone").text
        assert "&lt;b&gt;验证码&lt;/b&gt; 123456" in page
        flood = client.post("/demo/sms", letter | {"text": "x" * 100_000})
        assert (flood.status, "上传的内容太大了" in flood.text) == (413, True)


def test_a_house_that_is_no_demo_has_no_telephone() -> None:
    with gateway() as door:
        assert [door.client().get(path).status for path in ("/demo/phone", "/demo/sms")] == [404, 404]
