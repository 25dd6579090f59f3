"""One month through the web door of a city: separate processes, a broker, an SMS gateway, a moved clock."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from services.chassis import clock
from services.chassis.hosting import Outstanding
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.chassis.settings import Settings
from services.console.invariants import check_invariants
from services.console.place import STORING, classes
from services.directory.contracts import (
    AddAccount,
    AddAreas,
    AddMembers,
    AddUnits,
    AreaKind,
    NewArea,
    NewMember,
    NewUnit,
)
from services.scheduler.contracts import CheckJobs
from tests.support.canaries import Tap, found_in, found_in_tables, tap
from tests.support.city import ALL, City, await_true, free_port
from tests.support.database import settings_for
from tests.support.peers import Peer, peer
from tests.support.rabbitmq import broker

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(600)]

NOVEMBER = datetime(2026, 11, 16, 2, tzinfo=UTC)
RELEASE = datetime(2026, 12, 5, 1, 0, 5, tzinfo=UTC)
PASSWORD = "a-long-test-password"
DOER, OTHER = "13491000001", "13491000002"
RESIDENT = "13491000003"
CANARY_NAME, CANARY_ADDRESS, CANARY_DETAILS = "金丝雀·试验", "金丝雀路 404 号", "金丝雀自己的难处"
CANARIES = (CANARY_NAME, CANARY_ADDRESS, CANARY_DETAILS, RESIDENT, DOER, OTHER)
TITLE = "想要一根拐杖"
"""Anybody may read it once it is released: what would find a canary finds this."""


class Town:
    """A running city with its clock, its SMS gateway, and somebody for every role."""

    def __init__(self, settings: Settings, folder: Path, sms: Peer, tap: Tap) -> None:
        self.tap = tap
        self.hands = clock.SimulatedClock(folder / "clock", NOVEMBER)
        self.city = City(settings, folder, folder / "clock")
        self.settings, self.sms = settings, sms

    def set_up(self) -> None:
        """Start the processes and lay out one community."""
        for service in ALL:
            self.city.start(service)
        self.city.await_web()
        caller = self.city.caller()
        places = [("city", None, AreaKind.CITY), ("district", "/city/", AreaKind.DISTRICT)]
        places += [("street", "/city/district/", AreaKind.STREET)]
        places += [("community", "/city/district/street/", AreaKind.COMMUNITY)]
        areas = [
            NewArea(kind=kind, name=code, code=code, parent_path=parent) for code, parent, kind in places
        ]
        await_true(lambda: caller.ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=areas), within=5), 180)
        found = {
            area.code: area.id for area in caller.ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=areas)).items
        }
        self.community, self.area = found["community"], found["city"]
        unit = NewUnit(name="人社局", street_name="street", contact_email="unit@example.org")
        caller.ask(AddUnits(by=OPERATOR_AT_THE_CONSOLE, area_id=self.area, units=[unit]))
        members = [
            NewMember(name=CANARY_NAME, phone=phone, unit_name="人社局", community_name="community")
            for phone in (DOER, OTHER)
        ]
        caller.ask(AddMembers(by=OPERATOR_AT_THE_CONSOLE, area_id=self.area, members=members))
        path = "/city/district/street/community/"
        caller.ask(
            AddAccount(
                by=OPERATOR_AT_THE_CONSOLE,
                login="worker",
                password=PASSWORD,
                name=CANARY_NAME,
                role=Role.COMMUNITY_WORKER,
                area_path=path,
            )
        )
        caller.stop()
        self.settle()

    def settle(self) -> None:
        """Wait until every event has had its effect."""
        outstanding = Outstanding(self.settings, classes(STORING))
        outstanding.settle(180)
        assert {name: count for name, count in outstanding.counts().items() if count} == {}

    def at(self, moment: datetime) -> None:
        """Move every process's clock."""
        self.hands.set(moment)

    def call(self, method: str, path: str, token: str = "", **body: Any) -> Any:
        """Call the API; return the decoded answer, with the status under `status`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.city.url}/api/v1{path}"
        answer = requests.request(method, url, json=body or None, headers=headers, timeout=90)
        return {"status": answer.status_code} | (answer.json() if answer.content else {})

    def worker(self) -> str:
        """Sign the community worker in."""
        return str(self.call("POST", "/sign-in/with-password", login="worker", password=PASSWORD)["token"])

    def codes_for(self, phone: str) -> list[str]:
        """Return the one-time codes that the SMS gateway received for a phone."""
        texts = [letter["text"] for letter in self.sms.received() if letter["phone"].endswith(phone)]
        return [found.group(1) for text in texts if (found := re.search(r"验证码(\d{6})", text))]

    def member(self, phone: str) -> str:
        """Sign a member in with the code that the SMS gateway received."""
        known = len(self.codes_for(phone))
        assert self.call("POST", "/sign-in/code", phone=phone)["status"] < 300
        await_true(lambda: len(self.codes_for(phone)) > known, 120)
        code = self.codes_for(phone)[-1]
        answer = self.call("POST", "/sign-in/with-code", phone=phone, code=code)
        return str(answer["token"])


@pytest.fixture(scope="module")
def town(database_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of one community, shared by the tests of this module."""
    from tests.support.database import fresh_database

    folder, broker_url = tmp_path_factory.mktemp("town"), broker().add_vhost("town")
    with (
        fresh_database(database_server_url) as url,
        peer("sms") as sms,
        tap(broker(), "town", broker_url) as heard,
    ):
        gateway = {"url": sms.url, "fields": {"phone": "{{ phone }}", "text": "{{ text }}", "id": "{{ id }}"}}
        settings = settings_for(
            url,
            broker_url=broker_url,
            address=f"127.0.0.1:{free_port()}",
            services={"notify": {"sms": gateway}},
        )
        town = Town(settings, folder, sms, heard)
        try:
            town.set_up()
            yield town
        finally:
            town.city.stop()


def test_a_wish_is_said_screened_released_claimed_fulfilled_confirmed_and_rewarded(town: Town) -> None:
    resident = {"name": CANARY_NAME, "phone": RESIDENT, "address": CANARY_ADDRESS, "age": 72}
    wish = {"title": TITLE, "details": CANARY_DETAILS, "kind": "goods", "value": 80}
    receipt = town.call("POST", f"/communities/{town.community}/wishes", wish=wish, resident=resident)
    assert receipt["status"] < 300, receipt
    worker = town.worker()
    queue = town.call("GET", f"/areas/{town.community}/wishes?state=submitted", worker)
    assert [item["code"] for item in queue["items"]] == [receipt["code"]]
    wish_id = queue["items"][0]["id"]
    assert town.call("POST", f"/wishes/{wish_id}/accept", worker)["status"] == 422  # which category?
    accepted = town.call("POST", f"/wishes/{wish_id}/accept", worker, category="poverty_relief")
    assert accepted["status"] < 300, accepted
    assert town.call("GET", "/offers")["items"] == []

    town.at(RELEASE)
    caller = town.city.caller()
    caller.ask(CheckJobs(by=OPERATOR_AT_THE_CONSOLE))  # what the alarm clock asks, when time is not simulated
    caller.stop()
    await_true(lambda: town.call("GET", "/offers")["items"], 180)

    doer = town.member(DOER)
    claimed = town.call("POST", "/claims", doer, wish_id=wish_id)
    assert claimed["status"] < 300, claimed
    late = town.call("POST", "/claims", town.member(OTHER), wish_id=wish_id)
    assert (late["status"], late["error"]["code"]) == (409, "claims.no_place_left")
    claim = f"/claims/{claimed['claim_id']}"
    contact = town.call("POST", f"{claim}/contact", doer)
    assert (contact["name"], contact["address"]) == (CANARY_NAME, CANARY_ADDRESS)
    assert town.call("POST", f"{claim}/deliver", doer)["status"] < 300
    assert town.call("POST", f"{claim}/confirm", doer)["status"] == 403
    confirmed = town.call(
        "POST",
        "/fulfilments/confirm",
        wish_code=receipt["code"],
        confirmation_code=receipt["confirmation_code"],
        satisfaction=5,
    )
    assert confirmed["status"] < 300, confirmed
    town.settle()
    assert town.call("GET", "/me/card", doer)["points"] == 5
    track = town.call("POST", "/wishes/track", code=receipt["code"], phone_ending=RESIDENT[-4:])
    assert track["state"] == "fulfilled"
    assert {"wish_claimed", "fulfilment_confirmed"} <= {
        item["topic"] for item in town.call("GET", "/me/inbox", doer)["items"]
    }


def test_every_invariant_holds_after_the_month(town: Town) -> None:
    town.settle()
    assert set(check_invariants(town.settings).values()) == {"ok"}


def test_no_process_wrote_a_name_phone_or_address_into_its_log(town: Town) -> None:
    logs = {service: town.city.log_of(service) for service in ALL}
    logs |= {file.name: file.read_text(errors="replace") for file in broker().folder.rglob("*.log")}
    assert {name: found for name, log in logs.items() if (found := found_in(log, CANARIES))} == {}


def test_no_table_of_any_service_holds_a_name_phone_or_address_but_under_a_seal(town: Town) -> None:
    assert found_in_tables(town.settings.database_url, CANARIES) == {}
    assert {"wishes.wish", "claims.offer"} <= set(found_in_tables(town.settings.database_url, [TITLE]))


def test_no_letter_over_the_broker_held_a_name_phone_or_address_but_under_a_seal(town: Town) -> None:
    letters = list(town.tap.letters())
    assert sorted({canary for letter in letters for canary in found_in(letter, CANARIES)}) == []
    assert any(found_in(letter, [TITLE]) for letter in letters)


AS_JSON = {"Content-Type": "application/json"}
MALFORMED = f'{{"phone": "{RESIDENT}", "name": "{CANARY_NAME}"'.encode()


def test_no_public_page_figure_or_error_says_a_name_phone_or_address(town: Town) -> None:
    """Not even to whoever just sent it: what is wrong is said without what was said."""
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/", {}),
        ("GET", "/metrics", {}),
        ("GET", "/api/v1/offers", {}),
        ("GET", f"/nothing?name={CANARY_NAME}", {}),
        ("GET", f"/api/v1/offers?kind={CANARY_NAME}", {}),
        (
            "POST",
            "/api/v1/sign-in/code",
            {"data": MALFORMED, "headers": {"Content-Type": "application/json"}},
        ),
        ("POST", "/api/v1/sign-in/code", {"json": {"phone": [RESIDENT]}}),
        ("POST", "/api/v1/sign-in/with-password", {"json": {"login": RESIDENT, "password": CANARY_NAME}}),
        ("POST", "/api/v1/wishes/track", {"json": {"code": CANARY_NAME, "phone_ending": RESIDENT}}),
        ("POST", f"/api/v1/communities/{town.area}/wishes", {"json": {"resident": {"name": CANARY_NAME}}}),
    ]
    for method, path, more in asked:
        answer = requests.request(method, f"{town.city.url}{path}", timeout=90, **more)
        assert answer.content, path
        assert found_in(answer.content, CANARIES) == [], path
    assert found_in(requests.get(f"{town.city.url}/metrics", timeout=90).content, ["wishtree"])


def test_without_a_session_nothing_but_the_public_answers(town: Town) -> None:
    assert town.call("GET", f"/areas/{town.area}/wishes")["status"] == 401
    assert town.call("POST", "/claims", wish_id=str(town.area))["status"] == 401
    assert town.call("GET", f"/areas/{town.area}/wishes", town.worker())["status"] == 403
