"""What people decide about being told, and that planning and sending heed it."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted, Refusal
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims.contracts import WishesClaimed
from services.directory.contracts import MemberCopy
from services.notify import usecases
from services.notify.contracts import (
    CannotBeSwitchedOff,
    ChannelSwitch,
    MyPreferences,
    Preferences,
    SetPreferences,
    UnknownLanguage,
    UnknownSwitch,
    UnusableHours,
)
from services.notify.domain import Manners
from services.notify.models import Message, SwitchedOff
from services.points.contracts import FeedbackUnanswered, UnansweredReport
from tests.support.notify import House
from tests.support.notify_gate import decide, lent, polite
from tests.support.notify_people import a_claim, a_code, a_member, a_resident, a_unit, an_account
from tests.support.notify_sending import a_release, figures, remind, states
from tests.support.plans import statements_of

DUE_SOON = "claim_due_soon"


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return polite(House(workshop_of("notify"), {}))


@pytest.fixture
def member(house: House) -> MemberCopy:
    known = a_member(house.seals, email="wang@example.org")
    house.knows(members=[known])
    return known


def test_what_is_switched_twice_in_one_go_is_as_it_was_switched_last(
    house: House, member: MemberCopy
) -> None:
    def switched(*ons: bool) -> bool:
        switches = [ChannelSwitch(topic=DUE_SOON, channel="sms", is_on=is_on) for is_on in ons]
        decide_at_once = SetPreferences(by=Actor(member_id=member.id), switches=switches)
        kept = house.workshop.run(decide_at_once, partial(usecases.set_preferences, house.ways))
        (topic,) = [one for one in kept.topics if one.topic == DUE_SOON]
        return next(one.is_on for one in topic.channels if one.channel == "sms")

    assert [switched(True, False), switched(False, True)] == [False, True]


def test_many_switches_cost_no_more_statements_than_one(house: House, member: MemberCopy) -> None:
    seen = preferences(house, by=Actor(member_id=member.id))
    every = [one for topic in seen.topics if topic.may_be_switched_off for one in topic.channels]
    counted = []
    for number in (1, len(every)):
        off = [ChannelSwitch(topic=one.topic, channel=one.channel, is_on=False) for one in every[:number]]
        command = SetPreferences(by=Actor(member_id=member.id), switches=off)
        decide_at_once = partial(house.workshop.run, command, partial(usecases.set_preferences, house.ways))
        counted.append(len(statements_of(house.workshop.engine, decide_at_once)))

    assert len(every) > 10
    assert counted[0] == counted[1]


def preferences(house: House, **asked: object) -> Preferences:
    query = MyPreferences(**asked)  # type: ignore[arg-type]
    return house.workshop.read(query, partial(usecases.my_preferences, house.ways))


def test_whoever_decided_nothing_sees_what_holds(house: House, member: MemberCopy) -> None:
    seen = preferences(house, by=Actor(member_id=member.id))

    assert (seen.quiet_from, seen.quiet_to, seen.has_own_quiet_hours) == ("21:00", "08:00", False)
    assert (seen.wants_invitations, seen.wants_digest, seen.language, seen.suppressed) == (
        True,
        False,
        None,
        [],
    )
    by_topic = {choice.topic: choice for choice in seen.topics}
    assert [switch.channel for switch in by_topic[DUE_SOON].channels] == ["sms", "email"]
    assert by_topic[DUE_SOON].may_be_switched_off
    assert not by_topic["sign_in_code"].may_be_switched_off
    assert "feedback_issued" not in by_topic  # is told to units


def test_a_channel_that_is_switched_off_is_passed_over(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, off=(f"{DUE_SOON}:sms",))

    remind(house, member)

    assert states(house) == ["email planned"]


def test_what_is_switched_off_says_nothing_of_other_topics(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, off=("claim_overdue:sms", f"{DUE_SOON}:email"))

    remind(house, member)

    assert states(house) == ["sms planned"]
    assert len(lent(house, "sms")) == 1


def test_with_every_channel_off_the_inbox_is_left(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, off=(f"{DUE_SOON}:sms", f"{DUE_SOON}:email"))

    remind(house, member)

    assert states(house) == ["inbox delivered"]
    assert len(house.inbox(member_id=member.id)) == 1


def test_what_is_switched_off_after_planning_is_not_sent_and_the_next_channel_follows(
    house: House, member: MemberCopy
) -> None:
    remind(house, member)
    decide(house, member_id=member.id, off=(f"{DUE_SOON}:sms",))

    assert lent(house, "sms") == []
    assert figures(house).under_way == 1
    house.keep()

    assert states(house) == ["sms suppressed", "email planned"]
    assert len(lent(house, "email")) == 1


def test_a_switch_is_turned_on_again_and_others_are_left_alone(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, off=(f"{DUE_SOON}:sms", "claim_overdue:sms"), wants_digest=True)
    on = ChannelSwitch(topic=DUE_SOON, channel="sms", is_on=True)
    command = SetPreferences(by=Actor(member_id=member.id), switches=[on], language="en")

    seen = house.workshop.run(command, partial(usecases.set_preferences, house.ways))

    off = {
        (switch.topic, switch.channel)
        for choice in seen.topics
        for switch in choice.channels
        if not switch.is_on
    }
    assert off == {("claim_overdue", "sms")}
    assert (seen.wants_digest, seen.language) == (True, "en")


def test_who_has_no_inbox_and_no_channel_left_is_unreachable_and_the_message_says_why(house: House) -> None:
    resident = a_resident(house.seals)
    house.knows(residents=[resident])
    with house.workshop.open() as work:  # residents have no account: somebody decided for them
        work.session.add(SwitchedOff(recipient_id=resident.id, topic="wish_claimed", channel="sms"))

    house.hear(WishesClaimed(claims=[a_claim(new_id(), resident.id)]), usecases.tell_of_claims)

    with house.workshop.open() as work:
        told = select(Message.state, Message.reason).where(Message.recipient_id == resident.id)
        assert tuple(work.session.execute(told).one()) == ("unreachable", "switched_off")


def test_nobody_is_invited_who_declined(house: House, member: MemberCopy) -> None:
    other = a_member(house.seals)
    house.knows(members=[other])
    decide(house, member_id=member.id, wants_invitations=False)

    house.hear(a_release(), usecases.tell_of_release)

    assert states(house, member.id) == ["inbox delivered"]
    assert states(house, other.id) == ["sms planned"]


def test_a_house_that_asks_for_consent_invites_only_whoever_gave_it(house: House, member: MemberCopy) -> None:
    other = a_member(house.seals)
    house.knows(members=[other])
    polite(house, Manners(assumes_consent=False))
    decide(house, member_id=member.id, wants_invitations=True)

    house.hear(a_release(), usecases.tell_of_release)

    assert states(house, member.id) == ["sms planned"]
    assert states(house, other.id) == ["inbox delivered"]


def test_a_house_that_begins_to_ask_for_consent_sends_no_invitation_that_was_planned_without(
    house: House, member: MemberCopy
) -> None:
    house.hear(a_release(), usecases.tell_of_release)
    polite(house, Manners(assumes_consent=False))

    assert lent(house, "sms") == []

    assert states(house) == ["sms suppressed"]


def test_who_declines_once_an_invitation_was_planned_is_not_sent_it(house: House, member: MemberCopy) -> None:
    house.hear(a_release(), usecases.tell_of_release)
    decide(house, member_id=member.id, wants_invitations=False)

    assert lent(house, "sms") == []
    house.keep()

    assert states(house) == ["sms suppressed"]
    assert figures(house).failed == 1
    assert len(house.inbox(member_id=member.id)) == 1


def test_the_language_of_ones_choice_is_spoken(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, language="en")
    remind(house, member)

    assert [loan.language for loan in lent(house, "sms")] == ["en"]


@pytest.mark.parametrize(
    ("decided", "refusal"),
    [
        ({"off": ("sign_in_code:sms",)}, CannotBeSwitchedOff),
        ({"off": ("points_corrected:email",)}, CannotBeSwitchedOff),
        ({"off": ("weather:sms",)}, UnknownSwitch),
        ({"off": ("claim_due_soon:pigeon",)}, UnknownSwitch),
        ({"off": ("feedback_unanswered:email",)}, UnknownSwitch),
        ({"quiet_from": "22:00"}, UnusableHours),
        ({"quiet_from": "25:00", "quiet_to": "08:00"}, UnusableHours),
        ({"language": "fr"}, UnknownLanguage),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(
    house: House, member: MemberCopy, decided: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(house, member_id=member.id, wants_digest=True, **decided)  # type: ignore[arg-type]

    assert not preferences(house, by=Actor(member_id=member.id)).wants_digest


def test_a_code_is_sent_to_whoever_switched_off_what_can_be(house: House, member: MemberCopy) -> None:
    decide(house, member_id=member.id, off=(f"{DUE_SOON}:sms",), wants_invitations=False)

    house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)

    assert len(lent(house, "sms")) == 1


def test_an_account_decides_for_its_unit_and_a_member_of_it_does_not(house: House) -> None:
    unit, contact = (
        a_unit(house.seals, email="unit@example.org"),
        an_account(house.seals, Role.UNIT_OFFICER, "/u1/"),
    )
    house.knows(units=[unit], accounts=[contact])
    off = [ChannelSwitch(topic="feedback_unanswered", channel="email", is_on=False)]
    decides = partial(usecases.set_preferences, house.ways)
    member = Actor(member_id=new_id(), unit_id=unit.id, grants=(Grant(Role.MEMBER, "/"),))
    with pytest.raises(NotPermitted):
        house.workshop.run(SetPreferences(by=member, for_unit=True, switches=off), decides)

    acting = Actor(account_id=contact.id, unit_id=unit.id)
    house.workshop.run(SetPreferences(by=acting, for_unit=True, switches=off), decides)
    report = UnansweredReport(report_id=new_id(), unit_id=unit.id, period="2026H2", is_received=False)
    house.hear(FeedbackUnanswered(reports=[report]), usecases.tell_of_unanswered_feedback)

    assert states(house, unit.id) == ["inbox delivered"]
    own = preferences(house, by=acting)
    assert all(switch.is_on for choice in own.topics for switch in choice.channels)


def test_somebody_may_decide_before_they_are_known_here(house: House) -> None:
    late = a_member(house.seals)
    remind(house, late)
    decide(house, member_id=late.id, off=(f"{DUE_SOON}:sms",))

    house.knows(members=[late])

    assert states(house) == ["inbox delivered"]
