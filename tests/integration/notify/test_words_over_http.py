"""Officers change the words of their area through the API: read, tried, refused in plain words, in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

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
from services.notify.models import Area
from services.notify.service import NotifyService
from tests.support.database import settings_for
from tests.support.gateway import Client
from tests.support.notify import STREET
from tests.support.rabbitmq import free_ports

TOLD = {"topic": "claim_due_soon", "kind": "member"}


@dataclass
class Town:
    """A web server with notify behind it, and the street whose words are changed."""

    settings: Settings
    port: int
    street: UUID

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
    street = new_id()
    with Workshop(settings, NotifyService.tables).open() as work:
        work.session.add(Area(id=street, path=STREET, release_scope_id=street, version=1))
    place = Place(settings, [DirectoryService, NotifyService, GatewayService])
    place.start()
    try:
        yield Town(settings, port, street)
    finally:
        place.stop()


def test_an_officer_reads_tries_puts_in_force_and_withdraws(town: Town) -> None:
    officer, words = town.client(Role.OFFICER, STREET), f"/api/v1/areas/{town.street}/words"
    asked = f"{words}?topic=claim_due_soon&kind=member"

    standing = officer.get(asked).json
    tried = officer.post(f"{words}/preview", TOLD | {"title": "别忘了{{ title }}"}).json
    put = officer.ask("PUT", words, TOLD | {"title": "别忘了{{ title }}"}, Idempotency_Key="once")
    again = officer.ask("PUT", words, TOLD | {"title": "别忘了{{ title }}"}, Idempotency_Key="once")
    own = officer.get(asked).json
    listed = officer.get(f"{words}/overrides").json["items"]
    withdrawn = officer.post(f"/api/v1/words/overrides/{put.json['id']}/withdraw")
    after = officer.get(asked).json
    officer.close()

    assert "{{ title }}" in standing["title"]
    assert [shown["title"] for shown in tried["shown"]] == ["别忘了一床厚棉被"] * 2
    assert (put.status, again.json) == (200, put.json)
    assert (own["title"], own["override_id"]) == ("别忘了{{ title }}", put.json["id"])
    assert [item["id"] for item in listed] == [put.json["id"]]
    assert (withdrawn.status, after["title"]) == (200, standing["title"])


def test_what_is_wrong_is_said_in_words(town: Town) -> None:
    officer, words = town.client(Role.OFFICER, STREET), f"/api/v1/areas/{town.street}/words"

    unknown = officer.post(f"{words}/preview", TOLD | {"title": "{{ phone }}到期"}, Accept_Language="zh")
    syntax = officer.post(f"{words}/preview", TOLD | {"title": "{% for x in title %}"}, Accept_Language="en")
    officer.close()

    assert (unknown.status, unknown.code) == (422, "notify.unknown_word")
    assert "phone" in unknown.json["error"]["message"]
    assert "due_on" in unknown.json["error"]["message"]
    assert (syntax.status, syntax.code) == (422, "notify.forbidden_syntax")
    assert "{{ title }}" in syntax.json["error"]["message"]


def test_nobody_else_may(town: Town) -> None:
    words = f"/api/v1/areas/{town.street}/words"
    for role, scope in (
        (Role.COMMUNITY_WORKER, STREET),
        (Role.OFFICER, "/zk/ch/s2/"),
        (Role.MEMBER, STREET),
    ):
        client = town.client(role, scope)
        assert client.ask("PUT", words, TOLD | {"title": "提醒"}).status == 403
        assert client.get(f"{words}?topic=claim_due_soon&kind=member").status == 403
        assert client.get("/api/v1/channels").status == 403
        assert client.get("/api/v1/words/check").status == 403
        client.close()


def test_an_operator_sees_channels_and_checks_words(town: Town) -> None:
    operator = town.client(Role.OPERATOR, "/")

    channels, checked = operator.get("/api/v1/channels"), operator.get("/api/v1/words/check")
    tried = operator.post("/api/v1/channels/sms/try", {"receiver": "+8613800138000"})
    operator.close()

    assert channels.json == {"items": []}
    assert checked.json["problems"] == []
    assert (tried.status, tried.code) == (404, "notify.channel_not_there")
