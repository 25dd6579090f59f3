"""Bursts: seen before they start, halted, let go on, and nothing but the tables remembers it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.contracts import (
    BurstSummary,
    BurstView,
    CountOutcomes,
    GetBurst,
    ListBursts,
    PauseBurst,
    PlanBurst,
    ResumeBurst,
    StartBurst,
    UnknownBurst,
    UnknownChannel,
)
from services.notify.domain import Outcome, RetryPolicy, Verdict
from services.notify.measures import first_id_of
from services.notify.models import Delivery, Recipient
from services.notify.queries import bursts as burst_queries
from services.notify.queries import outcomes as queries_of_outcomes
from services.notify.usecases import Loan, Result, lend, record
from services.notify.usecases.bursts import let_go
from tests.support.notify import CITY, OPERATOR, House
from tests.support.notify_gate import decide
from tests.support.notify_people import a_member
from tests.support.notify_sending import a_release, later, numbers, planned_reminder

SPEEDS = {"sms": 10.0}
ELSEWHERE = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/zk/other/"),))


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """A house in which thirty make a burst."""
    house = House(workshop_of("notify"), {"sms": AddressKind.PHONE})
    house.ways = replace(house.ways, burst_from=30)
    return house


def release(house: House, number: int) -> list[BurstSummary]:
    house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, number)])
    house.hear(a_release(), usecases.tell_of_release)
    return bursts(house)


def bursts(house: House, by: Actor = OPERATOR) -> list[BurstSummary]:
    return house.workshop.read(ListBursts(by=by), burst_queries.list_bursts).items


def seen(house: House, burst_id: UUID, by: Actor = OPERATOR) -> BurstView:
    get = partial(burst_queries.get_burst, house.ways, SPEEDS)
    return house.workshop.read(GetBurst(by=by, burst_id=burst_id), get)


def due(house: House, most: int = 100, channel: str = "sms") -> list[Loan]:
    """Lend what is due."""
    with house.workshop.open() as work:
        return lend(
            work.session.connection(),
            channel=channel,
            provider="http",
            lanes=(0, 2),
            most=most,
            lease=timedelta(minutes=5),
            now=clock.now(),
        ).loans


def answered(house: House, loans: list[Loan], verdict: Verdict, tries: int = 6) -> None:
    results = [Result(loan, Outcome(verdict, "x"), clock.now(), 1) for loan in loans]
    policy = RetryPolicy(tries=tries, delays=(timedelta(0),))
    with house.workshop.open() as work:
        record(work.session, house.ways, policy, results, clock.now(), 0.0)


def pause(house: House, burst_id: UUID, by: Actor = OPERATOR) -> None:
    house.workshop.run(PauseBurst(by=by, burst_id=burst_id), usecases.pause_burst)


def resume(house: House, burst_id: UUID) -> None:
    house.workshop.run(ResumeBurst(by=OPERATOR, burst_id=burst_id), usecases.resume_burst)
    house.let_go()


def test_what_tells_enough_people_is_a_burst_that_begins_by_itself(house: House) -> None:
    (burst,) = release(house, 30)

    view = seen(house, burst.id)
    assert (view.state, view.number, view.left, view.by_state) == ("running", 30, 30, {"planned": 30})
    assert sum(slot.number for slot in view.schedule.slots) == 30
    answered(house, due(house, 12), Verdict.ACCEPTED)
    assert seen(house, burst.id).by_state == {"accepted": 12, "planned": 18}


def test_what_was_given_up_is_not_left_to_be_told(house: House) -> None:
    (burst,) = release(house, 30)
    loans = due(house, 10)
    answered(house, loans[:4], Verdict.RETRY)
    answered(house, loans[4:], Verdict.RETRY, tries=1)

    assert seen(house, burst.id).by_state == {"failed": 10, "planned": 20}
    assert seen(house, burst.id).left == 24


def test_what_tells_fewer_is_none(house: House) -> None:
    assert release(house, 29) == []
    assert len(due(house)) == 29


def test_nothing_of_a_paused_burst_is_lent_and_nothing_of_it_is_lost(house: House) -> None:
    (burst,) = release(house, 30)
    under_way = due(house, 10)

    pause(house, burst.id)
    assert due(house) == []
    answered(house, under_way[:5], Verdict.ACCEPTED)
    answered(house, under_way[5:], Verdict.RETRY)
    assert due(house) == []
    assert seen(house, burst.id).by_state == {"accepted": 5, "failed": 5, "planned": 20}
    assert seen(house, burst.id).left == 25

    resume(house, burst.id)
    assert len(due(house)) == 25


def test_what_a_paused_burst_is_to_try_again_at_once_waits_as_well(
    house: House, simulated_clock: SimulatedClock
) -> None:
    (burst,) = release(house, 30)
    under_way = due(house)
    pause(house, burst.id)
    answered(house, under_way, Verdict.RETRY)

    assert due(house) == []  # housekeeping has not come by yet
    later(simulated_clock, seconds=11)
    assert due(house) == []
    resume(house, burst.id)
    later(simulated_clock, seconds=11)

    assert len(due(house)) == 30


def test_what_a_paused_burst_held_back_does_not_count_as_held_by_its_channel(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = replace(house.ways, addresses={**house.ways.addresses, "email": AddressKind.EMAIL})
    house.knows(members=[a_member(house.seals, phone=one, email="a@example.org") for one in numbers(0, 30)])
    (burst,) = release(house, 0)
    answered(house, due(house), Verdict.WAIT)
    pause(house, burst.id)
    later(simulated_clock, minutes=5)
    assert due(house) == []
    later(simulated_clock, hours=7)
    resume(house, burst.id)
    house.keep()

    assert seen(house, burst.id).by_state == {"planned": 30}


def test_whoever_declines_while_a_burst_is_paused_is_not_kept_for_its_end(house: House) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)
    with house.workshop.open() as work:
        (one,) = work.session.scalars(select(Recipient.id).limit(1))
    decide(house, member_id=one, wants_invitations=False)

    assert due(house) == []

    assert seen(house, burst.id).by_state == {"planned": 29, "suppressed": 1}


def test_a_paused_burst_holds_nothing_else_up(house: House) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)

    planned_reminder(house)

    assert len(due(house)) == 1


def test_of_two_bursts_one_is_held_and_resumed_and_the_other_is_left_as_it_is(house: House) -> None:
    (first,) = release(house, 30)
    (second, _) = release(house, 0)
    pause(house, first.id)
    assert len(due(house)) == 30
    pause(house, second.id)
    assert due(house) == []
    assert house.let_go() == 0

    resume(house, second.id)  # all of which is under way already
    assert due(house) == []
    assert house.let_go() == 0
    resume(house, first.id)

    assert house.let_go() == 0
    assert len(due(house)) == 30


def test_of_one_occasion_the_one_channel_is_held_and_the_other_goes_on(house: House) -> None:
    both = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}
    plan = {"release_digest.member": ("email", "sms")}
    house.ways = replace(house.ways, addresses=both, changed_plans=plan)
    house.knows(members=[a_member(house.seals, email="wang@example.org") for _ in range(30)])
    for burst in release(house, 30):
        pause(house, burst.id)
    assert due(house) == due(house, channel="email") == []

    (by_sms,) = [burst for burst in bursts(house) if burst.channel == "sms"]
    resume(house, by_sms.id)

    assert due(house, channel="email") == []
    assert house.let_go() == 0
    assert len(due(house)) == 30


def test_a_burst_that_is_held_for_too_long_expires_by_itself(
    house: House, simulated_clock: SimulatedClock
) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)
    assert due(house) == []
    later(simulated_clock, days=8)

    assert due(house) == []
    assert seen(house, burst.id).by_state == {"expired": 30}


def test_what_a_halted_burst_held_back_goes_on_in_pieces_and_all_of_it(house: House) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)
    assert due(house) == []
    move = text("UPDATE notify.burst SET state = 'running'")

    with house.workshop.open() as work:
        work.session.execute(move)
        let = [let_go(work.session, clock.now(), 12) for _ in range(4)]

    assert let == [12, 12, 6, 0]
    assert len(due(house)) == 30


def test_a_halted_burst_does_not_go_around_a_channel_that_is_closed(
    house: House, simulated_clock: SimulatedClock
) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)
    house.ways = replace(house.ways, addresses={"email": AddressKind.EMAIL})
    later(simulated_clock, hours=7)

    house.keep()

    assert seen(house, burst.id).by_state == {"planned": 30}


def test_a_burst_waits_where_operators_want_to_start_it(house: House) -> None:
    house.ways = replace(house.ways, bursts_wait=True)
    (burst,) = release(house, 30)
    assert (burst.state, due(house)) == ("waiting", [])

    house.workshop.run(StartBurst(by=OPERATOR, burst_id=burst.id), usecases.start_burst)
    house.let_go()

    assert len(due(house)) == 30


def test_what_is_too_late_when_a_burst_goes_on_expires(house: House, simulated_clock: SimulatedClock) -> None:
    (burst,) = release(house, 30)
    pause(house, burst.id)
    simulated_clock.set(clock.now() + timedelta(days=8))

    resume(house, burst.id)

    assert due(house) == []
    assert seen(house, burst.id).by_state == {"expired": 30}


def test_a_burst_is_paused_once_and_resumed_once(house: House) -> None:
    (burst,) = release(house, 30)
    with pytest.raises(IllegalMove):
        resume(house, burst.id)
    pause(house, burst.id)
    with pytest.raises(IllegalMove):
        pause(house, burst.id)
    with pytest.raises(UnknownBurst):
        pause(house, new_id())


def test_a_burst_is_nobodys_business_elsewhere(house: House) -> None:
    (burst,) = release(house, 30)

    assert bursts(house, ELSEWHERE) == []
    with pytest.raises(UnknownBurst):
        seen(house, burst.id, ELSEWHERE)
    with pytest.raises(UnknownBurst):
        pause(house, burst.id, ELSEWHERE)


OFFICER = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, CITY),))


def outcomes(house: House, by: Actor = OPERATOR, **asked: Any) -> list[tuple[str, str, str, int]]:
    found = house.workshop.read(CountOutcomes(by=by, **asked), queries_of_outcomes.count_outcomes).items
    return [(one.provider, one.state, one.code, one.number) for one in found]


def test_officers_see_the_bursts_of_their_area_and_operators_start_them(house: House) -> None:
    (burst,) = release(house, 30)

    assert [one.id for one in bursts(house, OFFICER)] == [burst.id]
    assert seen(house, burst.id, OFFICER).occasion == burst.occasion
    with pytest.raises(NotPermitted):
        pause(house, burst.id, OFFICER)
    with pytest.raises(NotPermitted):
        bursts(house, Actor(account_id=new_id(), grants=(Grant(Role.UNIT_OFFICER, "/u/"),)))


def test_what_became_of_a_burst_is_counted_by_provider_state_and_code(house: House) -> None:
    (burst,) = release(house, 30)
    answered(house, due(house, 20), Verdict.ACCEPTED)
    answered(house, due(house, 7), Verdict.PERMANENT)
    planned_reminder(house)

    counted = [("http", "accepted", "", 20), ("http", "refused", "x", 7), ("", "planned", "", 3)]
    assert outcomes(house, occasion=burst.occasion) == counted
    assert outcomes(house, OFFICER, occasion=burst.occasion) == counted
    assert outcomes(house, provider="http", topic="release_digest") == counted[:2]
    assert outcomes(house, subject_id=new_id()) == outcomes(house, ELSEWHERE) == []
    with pytest.raises(NotPermitted):
        outcomes(house, Actor(member_id=new_id()))


def test_without_an_occasion_only_what_is_new_is_counted(house: House) -> None:
    planned_reminder(house)
    with house.workshop.open() as work:
        (old,) = work.session.scalars(select(Delivery.id))
        long_ago = {"old": old, "new": first_id_of(time() - 40 * 86_400)}
        work.session.execute(text("UPDATE notify.delivery SET id = :new WHERE id = :old"), long_ago)

    assert outcomes(house) == []
    assert outcomes(house, days=41) == [("", "planned", "", 1)]


def test_a_burst_can_be_looked_at_before_there_is_one(house: House) -> None:
    house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, 40)])
    plan = partial(burst_queries.plan_burst, house.ways, SPEEDS)

    planned = house.workshop.read(PlanBurst(by=OPERATOR, channel="sms"), plan)

    assert (planned.number, planned.a_second, len(planned.slots)) == (40, 10.0, 1)
    assert bursts(house) == []
    with pytest.raises(UnknownChannel):
        house.workshop.read(PlanBurst(by=OPERATOR, channel="pigeon"), plan)
    with pytest.raises(NotPermitted):
        house.workshop.read(PlanBurst(by=ELSEWHERE, channel="sms", area_path="/zk/"), plan)
