"""Broadcasts in pieces: everybody once, whoever writes them, dies, halts them or leaves meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.contracts import BurstView, GetBurst, ListBursts, PauseBurst, ResumeBurst, StartBurst
from services.notify.models import Broadcast, Burst, Delivery, Message
from services.notify.queries import bursts as burst_queries
from services.notify.usecases import lend
from services.notify.usecases.broadcasting import tell_further
from tests.support.notify import OPERATOR, House
from tests.support.notify_gate import decide
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    a_release,
    eventually,
    figures,
    numbers,
    quick_settings,
    sending,
    sms_settings,
)
from tests.support.peers import Peer, peer
from tests.support.together import all_at_once, slowly

PEOPLE, PIECE = 25, 10


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return in_pieces(House(workshop_of("notify"), {"sms": AddressKind.PHONE}))


@pytest.fixture
def gateway() -> Iterator[Peer]:
    with peer("sms") as running:
        yield running


def in_pieces(house: House, **changes: Any) -> House:
    """Let a house write ten messages at once, and take twenty for a burst."""
    house.ways = replace(house.ways, **({"at_once": PIECE, "burst_from": 20} | changes))
    return house


def begin(house: House, people: int = PEOPLE) -> None:
    """Let the first piece of a release be written, as when it is heard of."""
    house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, people)])
    house.hear(a_release(), usecases.tell_of_release)


def go_on(house: House, tell: Callable[..., bool] = tell_further) -> bool:
    with house.workshop.open() as work:
        return tell(work.session, house.ways, clock.now())


def count_of(house: House, model: type[Any]) -> int:
    with house.workshop.open() as work:
        return work.session.execute(select(func.count()).select_from(model)).scalar_one()


def due(house: House) -> int:
    lent: dict[str, Any] = {"channel": "sms", "provider": "http", "lanes": (0, 2), "most": 100}
    with house.workshop.open() as work:
        return len(lend(work.session.connection(), **lent, lease=timedelta(minutes=5), now=clock.now()).loans)


def burst(house: House) -> BurstView:
    (found,) = house.workshop.read(ListBursts(by=OPERATOR), burst_queries.list_bursts).items
    get = partial(burst_queries.get_burst, house.ways, {"sms": 10.0})
    return house.workshop.read(GetBurst(by=OPERATOR, burst_id=found.id), get)


def halt(house: House) -> None:
    house.workshop.run(PauseBurst(by=OPERATOR, burst_id=burst(house).id), usecases.pause_burst)


def test_many_are_told_in_pieces_and_everybody_once(house: House) -> None:
    begin(house)

    written = [count_of(house, Message)]
    while go_on(house):
        written.append(count_of(house, Message))

    assert written == [10, 20, 25]
    assert (count_of(house, Delivery), due(house)) == (PEOPLE, PEOPLE)
    assert count_of(house, Broadcast) == 0


@pytest.mark.parametrize("people", [PIECE - 1, PIECE])
def test_few_are_told_at_once(house: House, people: int) -> None:
    begin(house, people)

    assert count_of(house, Message) == people
    go_on(house)
    assert (count_of(house, Message), count_of(house, Broadcast)) == (people, 0)


def test_the_schedule_holds_everybody_before_the_last_piece_is_written(house: House) -> None:
    begin(house)

    view = burst(house)
    assert (view.number, view.left, view.by_state) == (PEOPLE, PEOPLE, {"planned": PIECE})
    assert sum(slot.number for slot in view.schedule.slots) == PEOPLE


def test_who_left_or_declined_meanwhile_is_not_told_and_not_counted_for_long(house: House) -> None:
    begin(house)
    let_last_leave(house)

    while go_on(house):
        pass

    assert count_of(house, Message) == PEOPLE - 1
    assert (burst(house).number, burst(house).left) == (PEOPLE - 1, PEOPLE - 1)


def test_of_what_was_told_and_forgotten_nothing_is_left(house: House) -> None:
    begin(house)
    while go_on(house):
        pass
    assert (due(house), burst(house).left) == (PEOPLE, PEOPLE)

    execute(house, "DELETE FROM notify.delivery")

    assert (burst(house).number, burst(house).left) == (PEOPLE, 0)


def let_last_leave(house: House) -> None:
    last = "SELECT id FROM notify.recipient ORDER BY id DESC LIMIT 1"
    execute(house, f"UPDATE notify.recipient SET is_active = false WHERE id = ({last})")


def test_whoever_waits_for_their_digest_is_not_counted(house: House) -> None:
    waiting = a_member(house.seals, phone="+8613700137000")
    house.knows(members=[waiting])
    decide(house, member_id=waiting.id, wants_digest=True)

    begin(house)

    assert (count_of(house, Message), burst(house).number) == (PIECE, PEOPLE)


def test_what_lies_in_inboxes_only_is_no_burst(house: House) -> None:
    in_pieces(house, addresses={})
    begin(house)

    assert (count_of(house, Delivery), count_of(house, Burst)) == (PIECE, 0)


def test_of_two_broadcasts_the_older_is_written_first(house: House) -> None:
    begin(house)
    older = going_on(house)
    house.hear(a_release(), usecases.tell_of_release)
    both = going_on(house)

    go_on(house)
    go_on(house)

    assert going_on(house) == both - older


def going_on(house: House) -> set[UUID]:
    with house.workshop.open() as work:
        return set(work.session.scalars(select(Broadcast.id)))


def test_a_release_sets_its_own_number_right_and_leaves_those_of_others_alone(house: House) -> None:
    begin(house)
    while go_on(house):
        pass
    first = burst(house)
    let_last_leave(house)

    house.hear(a_release(), usecases.tell_of_release)
    while go_on(house):
        pass

    found = house.workshop.read(ListBursts(by=OPERATOR), burst_queries.list_bursts).items
    assert [(one.id == first.id, one.number) for one in found] == [(False, PEOPLE - 1), (True, PEOPLE)]


def test_a_burst_of_whom_nobody_is_left_ends_with_nobody(house: House) -> None:
    both = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL}
    in_pieces(house, addresses=both, changed_plans={"release_digest.member": ("email", "sms")})
    house.knows(members=[a_member(house.seals, phone=phone) for phone in numbers(0, PIECE)])
    house.knows(members=[a_member(house.seals, email=f"{one}@example.org") for one in range(20)])
    house.hear(a_release(), usecases.tell_of_release)
    assert (burst(house).channel, burst(house).number) == ("email", 20)

    execute(house, "UPDATE notify.recipient SET is_active = false WHERE email IS NOT NULL")
    while go_on(house):
        pass

    assert (burst(house).number, burst(house).left) == (0, 0)


def test_nothing_of_a_burst_that_waits_is_due_however_it_is_written(house: House) -> None:
    in_pieces(house, bursts_wait=True)
    begin(house)
    go_on(house)
    assert (due(house), burst(house).state) == (0, "waiting")

    house.workshop.run(StartBurst(by=OPERATOR, burst_id=burst(house).id), usecases.start_burst)
    house.let_go()
    assert due(house) == 20
    go_on(house)
    assert due(house) == 5


def test_a_burst_is_paused_between_two_pieces_and_resumed_after_the_last(house: House) -> None:
    begin(house)
    assert due(house) == PIECE
    halt(house)
    while go_on(house):
        assert due(house) == 0

    house.workshop.run(ResumeBurst(by=OPERATOR, burst_id=burst(house).id), usecases.resume_burst)
    house.let_go()

    assert due(house) == PEOPLE - PIECE


def test_whoever_pauses_while_a_piece_is_written_has_paused_all_of_it(house: House) -> None:
    begin(house)
    assert due(house) == PIECE

    is_written = eventlet.event.Event()

    def tell_and_wait(*arguments: Any) -> bool:
        told = tell_further(*arguments)
        is_written.send()
        eventlet.sleep(0.2)
        return told

    def halt_meanwhile() -> None:
        is_written.wait()
        halt(house)

    assert all_at_once(partial(go_on, house, tell_and_wait), halt_meanwhile) == [True, None]
    assert (count_of(house, Message), due(house)) == (20, 0)


def test_two_who_write_at_the_same_time_write_nothing_twice(house: House) -> None:
    begin(house)

    wrote = all_at_once(*[partial(go_on, house, slowly(tell_further))] * 3)

    assert sorted(wrote) == [False, False, True]
    assert count_of(house, Message) == 20


class Died(Exception):
    """Somebody pulled the plug."""


def dying(*arguments: Any) -> bool:
    """Write a piece, and die before it is committed."""
    tell_further(*arguments)
    raise Died


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.integers(0, 23), piece=st.integers(1, 9), deaths=st.lists(st.booleans(), max_size=12))
def test_whoever_dies_in_the_midst_everybody_is_told_once(
    house: House, people: int, piece: int, deaths: list[bool]
) -> None:
    execute(house, "TRUNCATE notify.recipient, notify.message, notify.burst CASCADE")
    in_pieces(house, at_once=piece)
    begin(house, people)

    for is_dying in deaths:
        if is_dying and count_of(house, Broadcast):
            with pytest.raises(Died):
                go_on(house, dying)
        else:
            go_on(house)
    while go_on(house):
        pass

    assert (count_of(house, Message), count_of(house, Delivery)) == (people, people)


def test_the_sender_writes_the_rest_and_sends_it(house: House, gateway: Peer) -> None:
    begin(house)

    with sending(house, quick_settings(sms=sms_settings(gateway), at_once=PIECE)):
        eventually(lambda: figures(house).accepted == PEOPLE)

    told = [sms["phone"] for sms in gateway.received()]
    assert sorted(told) == sorted(phone.removeprefix("+86") for phone in numbers(0, PEOPLE))


def execute(house: House, statement: str) -> None:
    with house.workshop.engine.begin() as connection:
        connection.execute(text(statement))
