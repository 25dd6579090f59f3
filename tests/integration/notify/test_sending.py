"""What must leave in time, what operators put right, and channels that somebody else brings."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.settings import WrongSettings
from services.notify import queries, usecases
from services.notify.channels.providers import lines_of
from services.notify.contracts import ListDeliveries, NoLongerNeeded, RetryDelivery
from services.notify.models import Message
from services.notify.settings import NotifySettings
from tests.support.notify import OPERATOR, House
from tests.support.notify_people import a_code, a_member
from tests.support.notify_sending import (
    a_release,
    attempts,
    eventually,
    known,
    later,
    numbers,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
)
from tests.support.peers import Peer

# -- codes


def test_a_code_is_sent_and_then_forgotten(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
        eventually(lambda: states(house) == ["sms accepted"])

    assert "402913" in gateway.received()[0]["content"]
    with house.workshop.open() as work:
        message = work.session.execute(select(Message)).scalar_one()
        assert (message.parameters, message.address) == ("", None)
    (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
    assert (seen.state, seen.address) == ("accepted", "")


def test_a_code_whose_time_is_over_is_not_sent(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    house.ways = usecases.Ways(
        {"sms": lines_of(quick_settings(sms=sms_settings(gateway)))["sms"].address},
        {},
        house.ways.versions,
    )
    house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
    later(simulated_clock, minutes=11)

    with sending(house, quick_settings(sms=sms_settings(gateway))):
        eventually(lambda: states(house) == ["sms expired"])

    assert gateway.asked() == 0


def test_a_burst_of_invitations_does_not_delay_a_code(house: House, gateway: Peer) -> None:
    gateway.behave("slow", seconds=2.0)  # so long that thirty of them would be a minute
    settings = quick_settings(sms=sms_settings(gateway, concurrency=1))
    with sending(house, settings) as sender:
        house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, 60)])
        house.hear(a_release(), usecases.tell_of_release)
        eventually(lambda: len(gateway.received()) > 1)
        house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)
        sender.nudge()
        eventually(lambda: any("402913" in taken["content"] for taken in gateway.received()))
        before = [taken["content"] for taken in gateway.received()]

    assert len(before) < 30


def test_what_expired_does_not_let_what_is_due_behind_it_wait(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    notify = quick_settings(sms=sms_settings(gateway, concurrency=1), look_every=600.0)
    house.ways = usecases.Ways({"sms": lines_of(notify)["sms"].address}, {}, house.ways.versions)
    for phone in numbers(0, 3):
        remind(house, known(house, phone=phone))
    later(simulated_clock, days=2)
    remind(house, known(house, phone="+8613800138000"))

    with sending(house, notify):  # which nobody nudges
        eventually(lambda: sorted(map(str, states(house))) == ["sms accepted", *["sms expired"] * 3])

    assert len(gateway.received()) == 1


# -- operators


def test_an_operator_puts_the_cause_right_and_tries_again(house: House, gateway: Peer) -> None:
    gateway.behave("code", code="21", times=1)
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: states(house) == ["sms refused"])
        (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
        again = RetryDelivery(by=OPERATOR, delivery_id=seen.id, key="once")

        house.workshop.run(again, usecases.retry_delivery)
        eventually(lambda: states(house) == ["sms accepted"])
        house.workshop.run(again, usecases.retry_delivery)

    (seen,) = house.workshop.read(ListDeliveries(by=OPERATOR), queries.list_deliveries).items
    assert [attempt.outcome for attempt in seen.attempts] == ["permanent", "accepted"]
    assert len(gateway.received()) == 1


def test_what_went_another_way_is_not_tried_again(house: House, gateway: Peer, mail: Peer) -> None:
    gateway.behave("code", code="21", times=1)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway))):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms refused", "email accepted"])
        listed = ListDeliveries(by=OPERATOR, state="refused")
        (seen,) = house.workshop.read(listed, queries.list_deliveries).items

        with pytest.raises(NoLongerNeeded):
            house.workshop.run(RetryDelivery(by=OPERATOR, delivery_id=seen.id), usecases.retry_delivery)


def test_a_message_that_cannot_be_written_is_refused_and_its_neighbours_go_out(
    house: House, gateway: Peer
) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    together: dict[str, Any] = {
        "together": "messages",
        "shared": {"account": "city"},
        "results_at": "results",
    }
    with sending(house, quick_settings(sms=sms_settings(gateway, batch=3, **together))) as sender:
        house.knows(members=members)
        with house.workshop.open() as work:  # the copy is damaged: no key of ours opens it
            damaged = text("UPDATE notify.recipient SET phone = 'k1.AAAA' WHERE id = :id")
            work.session.execute(damaged, {"id": members[1].id})
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert states(house, members[1].id) == ["sms refused"]
    assert len(gateway.received()) == 2
    assert ("permanent", "BrokenSeal") in attempts(house)


# -- a channel of somebody else


PIGEON = """
from services.notify.channels import AddressKind
from services.notify.domain import Outcome, Verdict

class Pigeon:
    name, provider, address, batch, concurrency = "pigeon", "loft", AddressKind.PHONE, 10, 1
    def __init__(self, told):
        self.loft = open(told["loft"], "a")
    def send(self, parcels):
        for parcel in parcels:
            self.loft.write(parcel.title + chr(10))
        self.loft.flush()
        return {parcel.delivery_id: Outcome(Verdict.ACCEPTED, "flown") for parcel in parcels[:-1]}
    def parts(self, parcel):
        return 1
    def close(self):
        self.loft.close()
"""


@pytest.fixture
def pigeon_package(tmp_path: Path) -> Iterator[Path]:
    """A package as a third party would install it: a module, and an entry point in its metadata."""
    (tmp_path / "pigeon_post.py").write_text(PIGEON)
    described = tmp_path / "pigeon_post-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[wishtree.channels]\npigeon = pigeon_post:Pigeon\n")
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    sys.modules.pop("pigeon_post", None)


def test_a_package_brings_a_channel_and_what_it_leaves_unsaid_is_in_doubt(
    house: House, pigeon_package: Path
) -> None:
    settings = quick_settings(
        channels={"pigeon": {"loft": str(pigeon_package / "loft")}},
        plans={"claim_due_soon.member": ("pigeon",)},
    )
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    with sending(house, settings) as sender:
        house.knows(members=members)
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert sorted(map(str, states(house))) == ["pigeon accepted", "pigeon accepted", "pigeon ambiguous"]
    assert len((pigeon_package / "loft").read_text().splitlines()) == 3


def test_a_channel_described_wrongly_is_refused_by_name(gateway: Peer) -> None:
    with pytest.raises(WrongSettings, match="pigeon"):
        lines_of(NotifySettings(channels={"pigeon": {}}))


def test_a_plan_for_something_that_nobody_is_told_is_refused(house: House) -> None:
    with (
        pytest.raises(WrongSettings, match=r"weather\.member"),
        sending(house, quick_settings(plans={"weather.member": ("sms",)})),
    ):
        pass
