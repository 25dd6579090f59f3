"""Notify behind its own doors: events come in by letter, the sender runs beside, calls are answered."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.chassis.contracts import Event
from services.chassis.hosting import House
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.migrations import metadata_of
from services.chassis.rights import Actor
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.chassis.work_provider import WorkProvider
from services.claims.contracts import WishesClaimed
from services.directory.contracts import MembersChanged
from services.notify.contracts import CountDeliveries, Inbox, MarkRead, MyInbox
from services.notify.service import NotifyService
from tests.support.database import settings_for
from tests.support.notify import OPERATOR
from tests.support.notify_people import a_claim, a_member, a_resident
from tests.support.notify_sending import AT_ANY_HOUR, eventually
from tests.support.peers import Peer, peer


def herald_of(service: str) -> type:
    """Return a service that only hands the outbox of `service` to the broker."""
    return type("Herald", (), {"name": service, "tables": metadata_of(service), "work": WorkProvider()})


@pytest.fixture
def gateway() -> Iterator[Peer]:
    with peer("sms") as running:
        yield running


@pytest.fixture
def settings(database_url: str, gateway: Peer) -> Settings:
    described = {
        "url": gateway.url,
        "fields": {"phone": "{{ phone }}", "content": "{{ text }}"},
        "code_at": "code",
    }
    return settings_for(database_url, services={"notify": {"sms": described} | AT_ANY_HOUR})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    hosted = House(settings, [NotifyService, herald_of("directory"), herald_of("claims")])
    hosted.start()
    yield hosted
    hosted.stop()


def test_an_event_becomes_an_sms_and_an_item_in_the_inbox(
    house: House, gateway: Peer, workshop_of: Callable[[str], Workshop]
) -> None:
    directory, claims = workshop_of("directory"), workshop_of("claims")
    member, resident = a_member(directory.seals), a_resident(directory.seals)
    caller = house.caller("tests")
    caller.start()

    tell(directory, MembersChanged(members=[member]))
    tell(claims, WishesClaimed(claims=[a_claim(member.id, resident.id)]))

    eventually(lambda: len(gateway.received()) == 1)
    me = Actor(member_id=member.id)
    eventually(lambda: titles(caller.ask(MyInbox(by=me))) == ["您认领了心愿“一床厚棉被”"])
    inbox: Inbox = caller.ask(MyInbox(by=me))
    caller.ask(MarkRead(by=me, item_id=inbox.items[0].id))
    assert [item.is_read for item in caller.ask(MyInbox(by=me)).items] == [True]
    eventually(lambda: caller.ask(CountDeliveries(by=OPERATOR)).by_channel == {"sms": {"accepted": 1}})
    figures = caller.ask(CountDeliveries(by=OPERATOR)).messages
    assert (figures.due, figures.accepted, figures.waiting) == (2, 1, 1)
    caller.stop()


def titles(inbox: Inbox) -> list[str]:
    return [item.title for item in inbox.items]


def test_every_door_is_named_after_what_comes_through_it() -> None:
    answered, heard = contracts_of(NotifyService)

    assert all(name == request.method() for name, request in answered.items())
    assert all(name == door_of(event) for name, event in heard.items())


def door_of(event: type[Event]) -> str:
    return f"on_{event.name.partition('.')[0]}"


def tell(workshop: Workshop, event: Any) -> None:
    with workshop.open() as work:
        work.announce(event)
