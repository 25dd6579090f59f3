"""When people are told: quiet hours defer without loss, over midnight and while nobody is at work."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon, DispatchesMoved
from services.directory.contracts import MemberCopy
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain import Hours, Manners, Outcome, RecipientKind, Topic, TopicClass, Verdict
from services.notify.domain.quiet import said_as
from services.notify.usecases.news import News
from services.notify.usecases.planning import tell
from services.wishes.contracts import WishesSubmitted
from tests.support.notify import COMMUNITY, House
from tests.support.notify_gate import POLITE, at, decide, due, lent, local, polite, sent
from tests.support.notify_people import a_code, a_member, a_reminder, a_resident, a_step
from tests.support.notify_sending import (
    a_release,
    eventually,
    figures,
    numbers,
    quick_settings,
    remind,
    sending,
    sms_settings,
    states,
    taken_in,
)
from tests.support.peers import Peer


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return polite(House(workshop_of("notify"), {}))


@pytest.fixture
def member(house: House) -> MemberCopy:
    known = a_member(house.seals)
    house.knows(members=[known])
    return known


@pytest.mark.parametrize(("said", "day"), [("21:00", 2), ("23:59", 2), ("00:00", 3), ("07:59", 3)])
def test_what_comes_at_night_rings_in_the_morning(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock, said: str, day: int
) -> None:
    at(simulated_clock, said, day)
    remind(house, member)

    assert due(house) == [local("08:00", 3)]
    assert len(house.inbox(member_id=member.id)) == 1  # where it lies at once
    at(simulated_clock, "07:59", 3)
    assert sent(house, "sms") == 0
    at(simulated_clock, "08:00", 3)
    assert sent(house, "sms") == 1
    assert states(house) == ["sms accepted"]


def test_what_was_planned_by_day_and_is_tried_again_at_night_waits(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "20:59")
    remind(house, member)
    assert sent(house, "sms", Outcome(Verdict.RETRY, "busy")) == 1
    for hour in ("21:05", "22:00", "23:59"):
        at(simulated_clock, hour)
        house.keep()
        assert sent(house, "sms") == 0
    assert due(house) == [local("08:00", 3)]
    at(simulated_clock, "08:00", 3)
    assert sent(house, "sms") == 1


def test_a_fallback_that_falls_into_the_night_waits_too(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = usecases.Ways(
        house.ways.addresses, {"claim_due_soon.member": ("email", "sms")}, house.ways.versions, POLITE
    )
    member = a_member(house.seals, email="wang@example.org")
    house.knows(members=[member])
    at(simulated_clock, "22:30")
    remind(house, member)

    assert sent(house, "email", Outcome(Verdict.PERMANENT, "550")) == 1  # a letter disturbs nobody

    assert states(house) == ["email refused", "sms planned"]
    assert due(house, channel="sms") == [local("08:00", 3)]


def test_codes_and_what_is_urgent_go_at_any_hour(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "03:00")
    house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)
    urgent = a_step("proposed", member.id, None, answer_by=clock.now() + timedelta(days=1))
    house.hear(DispatchesMoved(moves=[urgent]), usecases.tell_of_dispatches)

    assert sent(house, "sms") == 2


def test_a_chat_rings_as_an_sms_does(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    plan = {"claim_due_soon.member": ("telegram",)}
    polite(house, telegram=AddressKind.OWN)
    house.ways = replace(house.ways, changed_plans=plan)
    with house.workshop.open() as work:
        noted = "INSERT INTO notify.handle VALUES (:id, 'telegram', :at, now())"
        work.session.execute(text(noted), {"id": member.id, "at": house.seals.seal("4711")})
    at(simulated_clock, "22:00")
    remind(house, member)

    assert due(house) == [local("08:00", 3)]
    at(simulated_clock, "07:59", 3)
    assert sent(house, "telegram") == 0
    at(simulated_clock, "08:00", 3)
    assert sent(house, "telegram") == 1


def test_own_quiet_hours_hold_instead_of_those_of_the_house(
    house: House, simulated_clock: SimulatedClock
) -> None:
    siesta, late, never = (a_member(house.seals, phone=phone) for phone in numbers(0, 3))
    house.knows(members=[siesta, late, never])
    decide(house, member_id=siesta.id, quiet_from="12:30", quiet_to="14:00")
    decide(house, member_id=late.id, quiet_from="23:30", quiet_to="10:15")
    decide(house, member_id=never.id, quiet_from="05:00", quiet_to="05:00")
    at(simulated_clock, "23:45")

    remind(house, siesta, late, never)

    assert sent(house, "sms") == 2
    assert states(house, late.id) == ["sms planned"]
    at(simulated_clock, "10:14", 3)
    assert sent(house, "sms") == 0
    at(simulated_clock, "10:15", 3)
    assert sent(house, "sms") == 1


def test_quiet_hours_decided_after_planning_hold_for_what_is_planned(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "13:00")
    remind(house, member)
    decide(house, member_id=member.id, quiet_from="12:30", quiet_to="14:00")

    assert sent(house, "sms") == 0
    assert due(house) == [local("14:00")]
    decide(house, member_id=member.id, keeps_house_hours=True)
    at(simulated_clock, "14:00")
    assert sent(house, "sms") == 1


def test_invitations_go_out_by_day_only_by_mail_too(house: House, simulated_clock: SimulatedClock) -> None:
    by_mail = {"release_digest.member": ("email",)}
    house.ways = usecases.Ways(house.ways.addresses, by_mail, house.ways.versions, POLITE)
    house.knows(members=[a_member(house.seals, email="wang@example.org")])
    at(simulated_clock, "22:00")
    house.hear(a_release(), usecases.tell_of_release)

    assert sent(house, "email") == 0
    at(simulated_clock, "08:00", 3)
    assert sent(house, "email") == 1


def test_an_invitation_passes_one_prohibition_after_the_other(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    decide(house, member_id=member.id, quiet_from="07:30", quiet_to="09:45")
    at(simulated_clock, "23:00")
    house.hear(a_release(), usecases.tell_of_release)

    for hour in ("08:00", "09:44"):
        at(simulated_clock, hour, 3)
        assert sent(house, "sms") == 0
    at(simulated_clock, "09:45", 3)
    assert sent(house, "sms") == 1


def test_an_invitation_that_is_forbidden_at_every_hour_is_kept_from_ringing_until_it_expires(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    decide(house, member_id=member.id, quiet_from="07:00", quiet_to="22:30")
    at(simulated_clock, "12:00")
    house.hear(a_release(), usecases.tell_of_release)

    for day in range(2, 12):
        for hour in ("00:30", "08:00", "12:00", "22:29", "22:30"):
            at(simulated_clock, hour, day)
            house.keep()
            assert sent(house, "sms") == 0
    assert figures(house).failed == 1


def expiring(house: House, member: MemberCopy, hours: float) -> None:
    """Tell a member something that is worth saying for so many hours only."""
    words = {"title": "一床厚棉被", "wish_code": "XY-1234", "due_on": "2026-11-03", "days_left": 1}
    news = News(
        Topic.CLAIM_DUE_SOON,
        new_id(),
        new_id(),
        COMMUNITY,
        words,
        expires_at=clock.now() + timedelta(hours=hours),
    )
    with house.workshop.open() as work:
        tell(work, house.ways, news.notes_to([(member.id, RecipientKind.MEMBER)]), clock.now())


@pytest.mark.parametrize("hours", [6, 10])
def test_what_would_be_too_late_in_the_morning_goes_by_mail(
    house: House, simulated_clock: SimulatedClock, hours: int
) -> None:
    member = a_member(house.seals, email="wang@example.org")
    house.knows(members=[member])
    at(simulated_clock, "22:00")
    expiring(house, member, hours)

    assert sent(house, "sms") == 0
    house.keep()

    assert states(house) == ["sms expired", "email planned"]
    assert sent(house, "email") == 1


def test_what_can_go_no_other_way_ends_and_lies_in_the_inbox(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "22:00")
    expiring(house, member, hours=6)

    assert sent(house, "sms") == 0
    house.keep()

    assert states(house) == ["sms expired"]
    standing = figures(house)
    assert (standing.failed, standing.under_way, standing.lost) == (1, 0, 0)
    assert len(house.inbox(member_id=member.id)) == 1


def test_whoever_becomes_known_at_night_is_told_in_the_morning(
    house: House, simulated_clock: SimulatedClock
) -> None:
    resident = a_resident(house.seals)
    house.hear(WishesSubmitted(wishes=[taken_in(house, resident.id)]), usecases.tell_of_wishes_submitted)
    at(simulated_clock, "22:00")
    house.knows(residents=[resident])

    assert due(house) == [local("08:00", 3)]


def test_many_that_wait_stand_in_nobodys_way(house: House, simulated_clock: SimulatedClock) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 30)]
    house.knows(members=members)
    remind(house, *members)
    decide(house, member_id=members[-1].id, quiet_from="00:00", quiet_to="00:00")
    at(simulated_clock, "22:00")

    lent_by_and_by = [len(lent(house, "sms", most=3)) for _ in range(11)]

    assert sum(lent_by_and_by) == 1


def test_a_sender_that_was_away_at_the_end_of_the_night_sends_when_it_is_back(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    at(simulated_clock, "22:00")
    settings_of_the_house = quick_settings(sms=sms_settings(gateway), quiet_from="21:00", quiet_to="08:00")
    with sending(house, settings_of_the_house):
        member = a_member(house.seals)
        house.knows(members=[member])
        remind(house, member)
    assert (states(house), gateway.received()) == (["sms planned"], [])

    at(simulated_clock, "11:20", 3)
    with sending(house, settings_of_the_house):
        eventually(lambda: states(house) == ["sms accepted"])
    assert len(gateway.received()) == 1


MINUTES = st.integers(0, 24 * 60 - 1)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(now=MINUTES, begins=MINUTES, ends=MINUTES, is_invitation=st.booleans())
def test_the_tables_and_the_rule_agree_on_every_hour(
    house: House, simulated_clock: SimulatedClock, now: int, begins: int, ends: int, is_invitation: bool
) -> None:
    """Planning and lending work the rule out in SQL; both must come to what the rule says."""
    with house.workshop.open() as work:
        tables = "notify.recipient, notify.preference, notify.message, notify.delivery"
        work.session.execute(text(f"TRUNCATE {tables} CASCADE"))
    member = a_member(house.seals)
    house.knows(members=[member])
    decide(house, member_id=member.id, quiet_from=said_as(begins), quiet_to=said_as(ends))
    instant = at(simulated_clock, said_as(now)) + timedelta(seconds=37)
    simulated_clock.set(instant)
    topic_class = TopicClass.MARKETING if is_invitation else TopicClass.SERVICE
    expected = POLITE.opens_at(topic_class, True, instant, Hours(begins, ends))

    def tell_somebody() -> None:
        if is_invitation:
            house.hear(a_release(), usecases.tell_of_release)
        else:
            house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)

    tell_somebody()
    assert due(house) == [expected]
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.delivery SET due_at = :now"), {"now": instant})
    assert len(lent(house, "sms")) == (expected == instant)
    assert due(house) == [None if expected == instant else expected]


def test_a_house_without_manners_tells_at_any_hour(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    polite(house, Manners())
    at(simulated_clock, "03:00")
    house.hear(a_release(), usecases.tell_of_release)

    assert sent(house, "sms") == 1
