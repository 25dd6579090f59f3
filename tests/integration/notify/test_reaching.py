"""Whom a message reaches: who is not known yet, has left, or has no address."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.claims.contracts import (
    WishesClaimed,
)
from services.directory.contracts import (
    MembersChanged,
)
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.models import Message, Recipient
from tests.support.notify import COMMUNITY, NOON, TEMPLATES, House
from tests.support.notify_people import a_claim, a_member, a_resident

pytestmark = pytest.mark.usefixtures("simulated_clock")

REACHABLE = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), REACHABLE)


def test_a_message_to_somebody_unknown_waits_until_they_are_known(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)
    assert house.told(resident.id) == [("wish_claimed", "waiting", None)]

    house.knows(members=[member], residents=[resident])

    assert house.told(resident.id) == [("wish_claimed", "planned", "sms planned")]
    assert house.told(member.id) == [("wish_claimed", "planned", "sms planned")]


def test_housekeeping_finds_whoever_became_known_in_the_very_same_moment(
    house: House, simulated_clock: SimulatedClock
) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)
    unaware = usecases.Ways({}, {}, TEMPLATES.versions)
    with house.workshop.open() as work:  # the copy committed without seeing the message, as in a race
        usecases.note_members(unaware, work, MembersChanged(members=[]), NOON)
        work.session.add(
            Recipient(
                id=resident.id,
                kind="resident",
                name=resident.name,
                phone=resident.phone,
                email=None,
                language="zh",
                area_id=None,
                area_path=COMMUNITY,
                postings=[],
                is_active=True,
                version=1,
            )
        )

    house.keep()

    assert house.told(resident.id) == [("wish_claimed", "planned", "sms planned")]


def test_a_message_to_somebody_who_stays_unknown_expires(
    house: House, simulated_clock: SimulatedClock
) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals)
    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    simulated_clock.set(simulated_clock.now() + timedelta(days=4))
    house.keep()

    assert house.told(resident.id) == [("wish_claimed", "expired", None)]


def test_a_resident_without_a_phone_is_unreachable_and_the_state_says_so(house: House) -> None:
    member, resident = a_member(house.seals), a_resident(house.seals, phone=None)
    house.knows(members=[member], residents=[resident])

    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    assert house.told(resident.id) == [("wish_claimed", "unreachable", None)]
    with house.workshop.open() as work:
        reasons = select(Message.reason).where(Message.recipient_id == resident.id)
        assert work.session.execute(reasons).scalars().all() == ["no_address"]


def test_somebody_who_left_is_not_told(house: House) -> None:
    member, resident = a_member(house.seals, is_active=False), a_resident(house.seals)
    house.knows(members=[member], residents=[resident])

    house.hear(WishesClaimed(claims=[a_claim(member.id, resident.id)]), usecases.tell_of_claims)

    assert house.told(member.id) == [("wish_claimed", "unreachable", None)]


def test_a_stale_copy_changes_nothing(house: House) -> None:
    member = a_member(house.seals, version=2)
    house.knows(members=[member])

    house.knows(members=[a_member(house.seals, id=member.id, version=1, is_active=False)])

    with house.workshop.open() as work:
        assert work.session.get_one(Recipient, member.id).is_active
