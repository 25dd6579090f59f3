"""Plans that an operator changes while messages are under way, and people who leave meanwhile."""

from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain import Hearing, Outcome, Verdict
from services.notify.models import Message
from tests.support.notify import House
from tests.support.notify_gate import BOTH, lent, sent
from tests.support.notify_people import a_code
from tests.support.notify_sending import known, later, remind, states

PHONE, MAIL = "+8613900000000", "wang@example.org"
REFUSED = Outcome(Verdict.PERMANENT, "no")


def set_up(house: House, *plan: str, channels: Any = BOTH, topic: str = "claim_due_soon.member") -> None:
    """Let messages go through these channels, in that order, of those that are set up."""
    house.ways = usecases.Ways(channels, {topic: plan}, house.ways.versions)


def test_what_a_closed_account_carried_goes_by_mail_although_the_plan_names_that_alone_now(
    house: House, simulated_clock: SimulatedClock
) -> None:
    set_up(house, "sms", "email")
    remind(house, known(house, phone=PHONE, email=MAIL))
    set_up(house, "email")

    sent(house, "sms", REFUSED)

    assert states(house) == ["sms refused", "email planned"]


def test_a_plan_that_was_turned_round_takes_no_channel_twice_and_leaves_none_out(
    house: House, simulated_clock: SimulatedClock
) -> None:
    set_up(house, "sms", "email")
    remind(house, known(house, phone=PHONE, email=MAIL))
    set_up(house, "email", "sms")

    sent(house, "sms", REFUSED)
    sent(house, "email", REFUSED)

    assert states(house) == ["sms refused", "email refused"]


def test_what_waits_for_a_channel_that_is_not_there_any_more_goes_another_way(
    house: House, simulated_clock: SimulatedClock
) -> None:
    set_up(house, "sms", "email")
    remind(house, known(house, phone=PHONE, email=MAIL))
    set_up(house, "sms", "email", channels={"email": AddressKind.EMAIL})

    house.keep()
    assert states(house) == ["sms planned"]
    later(simulated_clock, minutes=2)
    house.keep()

    assert states(house) == ["sms expired", "email planned"]


@pytest.mark.parametrize("hears", [True, False])
def test_a_code_that_may_go_another_way_keeps_its_words_until_it_is_known_to_have_arrived(
    house: House, simulated_clock: SimulatedClock, hears: bool
) -> None:
    set_up(house, "sms", "email", topic="sign_in_code.member")
    hearing = {"sms": Hearing.RECEIPTS} if hears else {}
    house.ways = usecases.Ways(
        house.ways.addresses, house.ways.changed_plans, house.ways.versions, hearing=hearing
    )
    house.hear(a_code(house.seals, known(house, phone=PHONE, email=MAIL).id), usecases.tell_of_sign_in_code)

    sent(house, "sms")

    with house.workshop.open() as work:
        (words,) = work.session.scalars(select(Message.parameters))
    assert bool(words) is hears


def test_whoever_left_after_planning_is_not_told(house: House, simulated_clock: SimulatedClock) -> None:
    set_up(house, "sms", "email")
    member = known(house, phone=PHONE, email=MAIL)
    remind(house, member)
    house.knows(members=[replace(member, is_active=False, version=member.version + 1)])

    assert lent(house, "sms") == []
    house.keep()

    assert states(house) == ["sms suppressed"]
