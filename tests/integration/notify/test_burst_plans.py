"""A burst looked at before it starts: whom it would reach, within which hours, how fast."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Malformed, Refusal
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.contracts import BurstSchedule, PlanBurst, SuppressAddress
from services.notify.domain import Hours, Manners
from services.notify.models import Area
from services.notify.queries import bursts as burst_queries
from services.notify.sender import Sender
from services.notify.settings import RateSettings
from tests.support.notify import OPERATOR, STREET, House
from tests.support.notify_gate import SHANGHAI, at, decide, lent, polite
from tests.support.notify_people import a_member
from tests.support.notify_sending import a_release, numbers, quick_settings, sms_settings, smtp_settings
from tests.support.peers import Peer

SPEEDS = {"sms": 10.0, "email": 10.0}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    house = polite(House(workshop_of("notify"), {}))
    people = [a_member(house.seals, phone=phone, email="one@example.org") for phone in numbers(0, 8)]
    house.knows(members=people)
    return house


def planned(house: House, channel: str = "sms", **asked: Any) -> BurstSchedule:
    plan = partial(burst_queries.plan_burst, house.ways, SPEEDS)
    return house.workshop.read(PlanBurst(by=OPERATOR, channel=channel, **asked), plan)


def begins(schedule: BurstSchedule) -> str:
    return f"{schedule.slots[0].begins_at.astimezone(SHANGHAI):%d %H:%M}"


def test_a_burst_of_sms_is_planned_when_the_gate_will_let_it_go(
    house: House, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "21:30")
    house.hear(a_release(), usecases.tell_of_release)

    assert (begins(planned(house)), begins(planned(house, "email"))) == ("03 08:00", "02 21:30")
    assert lent(house, "sms") == []
    at(simulated_clock, "08:00", day=3)
    assert len(lent(house, "sms")) == 8


def test_hours_that_the_house_has_changed_are_those_of_the_plan(
    house: House, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "18:05")
    early = Manners(quiet=Hours.between("18:00", "09:30"), no_invitations=Hours.between("17:00", "07:00"))
    polite(house, early)

    assert (begins(planned(house)), begins(planned(house, "email"))) == ("03 09:30", "03 07:00")


def test_a_burst_in_an_area_is_planned_into_the_hours_of_that_area(
    house: House, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "20:30")
    with house.workshop.open() as work:
        hours = {"quiet_from": 20 * 60, "quiet_to": 9 * 60}
        work.session.add(Area(id=UUID(int=7), path=STREET, release_scope_id=UUID(int=7), version=1, **hours))

    assert (begins(planned(house)), begins(planned(house, area_path=STREET))) == ("02 20:30", "03 09:00")


def test_whom_the_gate_would_keep_from_hearing_is_not_counted(house: House) -> None:
    declines, switches, waits, left_alone = [a_member(house.seals, phone=phone) for phone in numbers(20, 4)]
    house.knows(members=[declines, switches, waits, left_alone])
    decide(house, member_id=declines.id, wants_invitations=False)
    decide(house, member_id=switches.id, off=("release_digest:sms",))
    decide(house, member_id=waits.id, wants_digest=True)
    contact = house.seals.open(left_alone.phone)
    house.workshop.run(SuppressAddress(by=OPERATOR, contact=contact), usecases.suppress_address)
    house.knows(members=[a_member(house.seals, phone="+8613700137000", is_active=False)])

    assert (planned(house).number, planned(house, "email").number) == (8, 8)
    house.hear(a_release(), usecases.tell_of_release)
    assert len(lent(house, "sms")) == 8


def test_where_consent_is_asked_only_who_gave_it_is_counted(house: House) -> None:
    polite(house, Manners(assumes_consent=False))
    willing = a_member(house.seals, phone="+8613700137000")
    house.knows(members=[willing])

    decide(house, member_id=willing.id, wants_invitations=True)

    assert planned(house).number == 1


def test_an_account_is_used_by_the_part(house: House, gateway: Peer, mail: Peer) -> None:
    def speeds(**changes: Any) -> Any:
        settings = quick_settings(smtp_settings(mail), sms_settings(gateway, **changes), rates=rates)
        sender = Sender(house.workshop, settings, "https://wishes.example.org")
        sender.close()
        return sender.speeds

    rates = {"http": RateSettings(rate=100)}
    short, long = speeds(), speeds(signature="【" + "心" * 60 + "】")

    assert long["sms"] == short["sms"] / 2
    assert short["email"] == 10.0  # two hands of five letters


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"area_path": "/nowhere/"}, "notify.unknown_area"),
        ({"begins_at": datetime(9999, 12, 31, tzinfo=UTC)}, "chassis.malformed"),
        ({"begins_at": datetime(1, 1, 1, tzinfo=UTC)}, "chassis.malformed"),
    ],
)
def test_what_nobody_can_mean_is_no_plan(house: House, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        planned(house, **asked)

    assert refused.value.code == code


def test_a_beginning_is_named_with_its_zone() -> None:
    with pytest.raises(Malformed):
        PlanBurst.from_wire({"channel": "sms", "begins_at": "2026-12-05T09:00:00"})
