"""What officers see over HTTP of messages: deliveries, bursts, costs of their own area, addresses masked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.hosting import House as Place
from services.chassis.rights import Actor, Grant, Role
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.directory.service import DirectoryService
from services.gateway.service import GatewayService
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain import BEIJING, Outcome, RetryPolicy, Verdict
from services.notify.models import Area
from services.notify.service import NotifyService
from services.notify.usecases import Result, lend, record
from tests.support.database import settings_for
from tests.support.gateway import Client
from tests.support.notify import CITY, STREET, House
from tests.support.notify_people import a_member
from tests.support.notify_sending import a_release, numbers
from tests.support.rabbitmq import free_ports

ELSEWHERE = "/zk/other/"


@dataclass
class Town:
    """A web server with notify behind it, whose three members were told of a release by SMS."""

    settings: Settings
    port: int
    phones: list[str]

    def client(self, role: Role, scope: str) -> Client:
        """Return a connection of somebody with a role in a place."""
        actor = Actor(account_id=new_id(), grants=(Grant(role, scope),))
        sessions = Sessions(self.settings.session_secret, GatewaySettings())
        return Client(self.port, Authorization=f"Bearer {sessions.issue(actor, clock.now())[0]}")


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    (port,) = free_ports(1)
    services: dict[str, Any] = {"gateway": {}, "notify": {}}
    settings = settings_for(database_url, address=f"127.0.0.1:{port}", services=services)
    place = Place(settings, [DirectoryService, NotifyService, GatewayService])
    place.start()
    try:
        yield Town(settings, port, told_of_a_release(Workshop(settings, NotifyService.tables)))
    finally:
        place.stop()


def told_of_a_release(workshop: Workshop) -> list[str]:
    """Let three members be told by SMS, one of them in vain; return their phones."""
    house = House(workshop, {"sms": AddressKind.PHONE})
    house.ways = replace(house.ways, burst_from=3)
    with workshop.open() as work:
        for path in (CITY, STREET):
            area = new_id()
            work.session.add(Area(id=area, path=path, release_scope_id=area, version=1))
    phones = list(numbers(0, 3))
    house.knows(members=[a_member(house.seals, phone=phone) for phone in phones])
    house.hear(a_release(), usecases.tell_of_release)
    with workshop.open() as work:
        lent = lend(
            work.session.connection(),
            channel="sms",
            provider="http",
            lanes=(0, 2),
            most=100,
            lease=timedelta(minutes=5),
            now=clock.now(),
        )
        verdicts = [Outcome(Verdict.PERMANENT, "no_such_number"), *[Outcome(Verdict.ACCEPTED, "0")] * 2]
        results = [
            Result(loan, outcome, clock.now(), 2) for loan, outcome in zip(lent.loans, verdicts, strict=True)
        ]
        record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.0)
    return phones


def test_an_officer_sees_a_burst_its_deliveries_and_what_became_of_them(town: Town) -> None:
    officer = town.client(Role.OFFICER, CITY)

    (burst,) = officer.get("/api/v1/bursts").json["items"]
    seen = officer.get(f"/api/v1/bursts/{burst['id']}").json
    listed = officer.get(f"/api/v1/deliveries?occasion={burst['occasion']}").json["items"]
    refused = officer.get("/api/v1/deliveries?provider=http&state=refused").json["items"]
    counted = officer.get(f"/api/v1/deliveries/outcomes?occasion={burst['occasion']}").json["items"]
    officer.close()

    assert (seen["number"], seen["by_state"]) == (3, {"accepted": 2, "refused": 1})
    assert {one["address"] for one in listed} == {f"***{phone[-4:]}" for phone in town.phones}
    assert not any(phone.removeprefix("+86") in str(listed) for phone in town.phones)
    assert [one["attempts"][0]["code"] for one in refused] == ["no_such_number"]
    assert [(one["state"], one["code"], one["number"]) for one in counted] == [
        ("accepted", "", 2),
        ("refused", "no_such_number", 1),
    ]


def test_costs_of_the_month_are_those_of_the_area(town: Town) -> None:
    month = f"{clock.now().astimezone(BEIJING):%Y-%m}"
    officer, above = town.client(Role.OFFICER, STREET), f"/api/v1/messages/costs/{month}"

    own, whole = officer.get(f"{above}?below={STREET}"), officer.get(above)
    none = officer.get(f"/api/v1/messages/costs/last?below={STREET}")
    officer.close()

    assert (own.status, whole.status) == (200, 403)
    assert [(one["provider"], one["messages"], one["parts"]) for one in own.json["providers"]] == [
        ("http", 2, 4)
    ]
    assert (none.status, none.code) == (422, "notify.unusable_month")


def test_an_officer_of_another_area_sees_nothing(town: Town) -> None:
    here, there = town.client(Role.OFFICER, CITY), town.client(Role.OFFICER, ELSEWHERE)
    (burst,) = here.get("/api/v1/bursts").json["items"]

    for path in ("/bursts", "/deliveries", "/deliveries/outcomes", "/deliveries?provider=http"):
        assert there.get(f"/api/v1{path}").json["items"] == []
    unknown = there.get(f"/api/v1/bursts/{burst['id']}")
    costs = there.get(f"/api/v1/messages/costs/2026-11?below={STREET}")
    here.close()
    there.close()

    assert (unknown.status, unknown.code) == (404, "notify.unknown_burst")
    assert costs.status == 403


def test_who_only_reads_moves_nothing_and_a_member_reads_nothing(town: Town) -> None:
    officer, member = town.client(Role.OFFICER, CITY), town.client(Role.MEMBER, CITY)
    (burst,) = officer.get("/api/v1/bursts").json["items"]
    (refused,) = officer.get("/api/v1/deliveries?state=refused").json["items"]

    moved = [officer.post(f"/api/v1/bursts/{burst['id']}/{move}") for move in ("start", "pause", "resume")]
    moved += [officer.post(f"/api/v1/deliveries/{refused['id']}/retry")]
    read = [member.get(f"/api/v1/{what}") for what in ("bursts", "deliveries", "deliveries/outcomes")]
    read += [officer.get(f"/api/v1/{what}") for what in ("deliveries/counts", "bursts/plan?channel=sms")]
    officer.close()
    member.close()

    assert [reply.status for reply in moved + read] == [403] * 9


def test_an_operator_pauses_and_resumes(town: Town) -> None:
    operator = town.client(Role.OPERATOR, "/")
    (burst,) = operator.get("/api/v1/bursts").json["items"]

    replies = [operator.post(f"/api/v1/bursts/{burst['id']}/{move}") for move in ("pause", "pause", "resume")]
    after = operator.get(f"/api/v1/bursts/{burst['id']}").json
    operator.close()

    assert [reply.status for reply in replies] == [200, 409, 200]
    assert after["state"] == "running"
