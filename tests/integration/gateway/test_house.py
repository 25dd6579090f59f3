"""A whole house behind the gateway, in memory on a real database: one wish from the counter to the claim."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import eventlet
import pytest
from sqlalchemy import select

from services.chassis.database import engine_for
from services.chassis.hosting import House
from services.chassis.mailbox import mailbox_for
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.claims.service import ClaimsService
from services.directory.contracts import (
    AddAccount,
    AddAreas,
    AddMembers,
    AreaKind,
    NewArea,
    NewMember,
    SignInCodeIssued,
)
from services.directory.service import DirectoryService
from services.gateway.service import GatewayService, Web
from services.wishes.service import WishesService
from tests.support.database import settings_for
from tests.support.gateway import Client

PASSWORD = "a-long-test-password"
DOER, OTHER = "13800138001", "13800138002"
PATH = "/city/district/street/community/"


@dataclass
class Town:
    """A house with one community, a worker and two members."""

    house: House
    port: int
    community: str

    def client(self, token: str = "") -> Client:
        """Return a connection, of nobody or of whoever holds `token`."""
        return Client(self.port, **({"Authorization": f"Bearer {token}"} if token else {}))

    def worker(self) -> Client:
        """Return a connection of the worker, signed in with the password."""
        return self._staff("worker")

    def operator(self) -> Client:
        """Return a connection of who runs the machines."""
        return self._staff("operator")

    def _staff(self, login: str) -> Client:
        body = {"login": login, "password": PASSWORD}
        return self.client(self.client().post("/api/v1/sign-in/with-password", body).json["token"])

    def member(self, phone: str) -> Client:
        """Return a connection of a member, signed in with the code that would have come by SMS."""
        assert self.client().post("/api/v1/sign-in/code", {"phone": phone}).status == 200
        outbox = mailbox_for(DirectoryService.tables).outbox
        codes = (
            select(outbox.c.body).where(outbox.c.name == SignInCodeIssued.name).order_by(outbox.c.id.desc())
        )
        with engine_for(self.house.settings.database_url).connect() as connection:
            issued = SignInCodeIssued.from_wire(connection.execute(codes).scalars().first())
        body = {"phone": phone, "code": self.house.settings.sealing.seals().open(issued.code)}
        return self.client(self.client().post("/api/v1/sign-in/with-code", body).json["token"])


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    """A running town."""
    settings = settings_for(
        database_url, address="127.0.0.1:0", services={"gateway": {"board_fresh_seconds": 0.0}}
    )
    house = House(settings, [DirectoryService, WishesService, ClaimsService, GatewayService])
    house.start()
    caller = house.caller("tests")
    caller.start()
    steps = [("city", None), ("district", "/city/"), ("street", "/city/district/"), ("community", PATH[:-10])]
    areas = [NewArea(kind=AreaKind(code), name=code, code=code, parent_path=above) for code, above in steps]
    ids = {area.code: area.id for area in caller.ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=areas)).items}
    worker = {"login": "worker", "password": PASSWORD, "name": "李四", "role": Role.COMMUNITY_WORKER}
    caller.ask(AddAccount(by=OPERATOR_AT_THE_CONSOLE, area_path=PATH, **worker))  # type: ignore[arg-type]
    operator = {"login": "operator", "password": PASSWORD, "name": "王五", "role": Role.OPERATOR}
    caller.ask(AddAccount(by=OPERATOR_AT_THE_CONSOLE, area_path="/", **operator))  # type: ignore[arg-type]
    members = [NewMember(name="张三", phone=phone, community_name="community") for phone in (DOER, OTHER)]
    caller.ask(AddMembers(by=OPERATOR_AT_THE_CONSOLE, area_id=ids["community"], members=members))
    assert house.settle(60)
    web = next(each for each in house._runner.service_map["gateway"].extensions if isinstance(each, Web))
    assert web.http is not None
    try:
        yield Town(house, web.http.port, str(ids["community"]))
    finally:
        caller.stop()
        house.stop()


def submit(town: Town, **changes: Any) -> dict[str, Any]:
    """Submit a wish as a resident does, without an account; return the receipt."""
    resident = {"name": "王秀英", "phone": "13800138009", "address": "幸福路 1 号"}
    body = {"wish": {"title": "想要一根拐杖", "value": 80} | changes, "resident": resident}
    reply = town.client().post(f"/api/v1/communities/{town.community}/wishes", body)
    assert reply.status == 200, reply.text
    receipt: dict[str, Any] = reply.json
    return receipt


def test_a_wish_goes_from_the_resident_to_the_member_who_claims_it(town: Town) -> None:
    receipt, worker = submit(town), town.worker()
    queue = worker.get(f"/api/v1/areas/{town.community}/wishes?state=submitted").json["items"]
    assert [wish["code"] for wish in queue] == [receipt["code"]]
    wish = queue[0]["id"]
    accepted = {"category": "poverty_relief", "urgency": "urgent"}
    assert worker.post(f"/api/v1/wishes/{wish}/accept", accepted).status == 200
    assert town.house.settle(60)
    page = town.client().get("/").text
    assert "想要一根拐杖" in page
    assert "王秀英" not in page

    doer, other = town.member(DOER), town.member(OTHER)
    claims = [doer.post("/api/v1/claims", {"wish_id": wish}, Idempotency_Key="tap") for _ in range(2)]
    assert [claim.status for claim in claims] == [200, 200]
    assert claims[0].json == claims[1].json
    late = other.post("/api/v1/claims", {"wish_id": wish})
    assert (late.status, late.code) == (409, "claims.no_place_left")
    contact = doer.post(f"/api/v1/claims/{claims[0].json['claim_id']}/contact").json
    assert (contact["name"], contact["address"]) == ("王秀英", "幸福路 1 号")
    assert other.post(f"/api/v1/claims/{claims[0].json['claim_id']}/contact").status in (403, 404)
    assert town.house.settle(60)
    track = town.client().post("/api/v1/wishes/track", {"code": receipt["code"], "phone_ending": "8009"})
    assert track.json["state"] == "claimed"


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def seen_in_a_browser(url: str, folder: Path) -> str:
    """Return the page as a real browser has it after it was rendered."""
    page = folder / "page.html"
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'browser'}", "--dump-dom", url]
    with page.open("wb") as written:
        browser = subprocess.Popen(command, stdout=written, stderr=subprocess.DEVNULL)
        try:
            with eventlet.Timeout(150):
                while browser.poll() is None:
                    eventlet.sleep(0.05)
        finally:
            browser.kill()
            browser.wait()
    return page.read_text()


def test_the_board_shows_an_open_wish_in_a_real_browser_and_nobody_s_name(town: Town, tmp_path: Path) -> None:
    submit(town)
    worker = town.worker()
    (wish,) = worker.get(f"/api/v1/areas/{town.community}/wishes?state=submitted").json["items"]
    accepted = {"category": "poverty_relief", "urgency": "urgent"}
    assert worker.post(f"/api/v1/wishes/{wish['id']}/accept", accepted).status == 200
    assert town.house.settle(60)

    page = seen_in_a_browser(f"http://127.0.0.1:{town.port}/", tmp_path)

    assert "想要一根拐杖" in page
    assert "王秀英" not in page


def test_a_resident_who_sends_twice_with_one_key_has_one_wish_and_nobody_else_gets_the_receipt(
    town: Town,
) -> None:
    address, key = f"/api/v1/communities/{town.community}/wishes", {"Idempotency_Key": "1"}
    residents = [{"name": "甲某", "phone": "13800138011"}, {"name": "乙某", "phone": "13800138012"}]
    bodies = [{"wish": {"title": "想要一袋米"}, "resident": resident} for resident in residents]
    mine, again, other = (
        town.client().post(address, body, **key) for body in [bodies[0], bodies[0], bodies[1]]
    )
    assert mine.json == again.json
    assert mine.json["code"] != other.json["code"]
    assert mine.json["wish_id"] != other.json["wish_id"]


def test_a_worker_of_a_community_is_nobody_elsewhere(town: Town) -> None:
    worker = town.worker()
    assert worker.get(f"/api/v1/areas/{town.community}/wishes").status == 200
    assert worker.get("/api/v1/claims?below=/city/").status == 403
    assert worker.get("/api/v1/jobs").status == 403


@pytest.mark.parametrize("deed", ["close", "grants/revoke", "password"])
def test_a_worker_who_was_closed_out_is_out_within_seconds_and_their_neighbour_stays(
    town: Town, deed: str
) -> None:
    worker, operator = town.worker(), town.operator()
    assert worker.get(f"/api/v1/areas/{town.community}/wishes").status == 200
    bodies: dict[str, dict[str, str]] = {
        "close": {},
        "grants/revoke": {"role": "community_worker", "area_path": PATH},
        "password": {"password": "another-long-test-password"},
    }
    assert operator.post(f"/api/v1/accounts/{deed}", {"login": "worker"} | bodies[deed]).status == 200
    with eventlet.Timeout(30):
        while (reply := worker.get(f"/api/v1/areas/{town.community}/wishes")).status == 200:
            eventlet.sleep(0.1)
    assert (reply.status, reply.code) == (401, "gateway.session_over")
    assert operator.get(f"/api/v1/areas/{town.community}/wishes").status == 200


def test_a_sheet_that_cannot_be_read_is_explained(town: Town) -> None:
    body = {"file_name": "心愿.xlsx", "content": b"this is no sheet"}
    reply = town.worker().post(f"/api/v1/areas/{town.community}/wishes/imports", body)
    assert reply.status in (200, 422), reply.text
    assert "chassis.faulted" not in reply.text
