"""How many wishes anybody may say online: from an address, with a phone, in a community."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.wishes.contracts import TooManyWishes, WishesSubmitted
from services.wishes.settings import WishesSettings
from tests.support.together import all_at_once
from tests.support.wishes import COMMUNITY, NEIGHBOUR, Desk, Place, a_desk, a_resident

pytestmark = pytest.mark.usefixtures("simulated_clock")

HALL, HOME = "198.51.100.7", "198.51.100.8"
FEW = WishesSettings(
    wishes_by_address_hourly=3,
    wishes_by_address_daily=5,
    wishes_by_phone_daily=2,
    wishes_by_community_daily=7,
)


@pytest.fixture
def desk(workshop_of: Callable[[str], Workshop]) -> Desk:
    """The desk of wishes, where few wishes make a flood."""
    desk = a_desk(workshop_of("wishes"))
    desk.settings = FEW
    return desk


class Callers:
    """Residents, each with a phone of their own, who say a wish online from an address."""

    def __init__(self, desk: Desk) -> None:
        """Begin with the first of them."""
        self._desk, self._number = desk, 0

    def say(self, address: str, times: int = 1, place: Place = COMMUNITY) -> None:
        """Let the next residents each say a wish."""
        for _ in range(times):
            self._number += 1
            resident = a_resident(name=f"居民{self._number}", phone=f"139{self._number:08}")
            self._desk.submit(place, resident=resident, address=address)


@pytest.fixture
def callers(desk: Desk) -> Callers:
    """Residents at that desk."""
    return Callers(desk)


def test_a_flood_from_one_address_ends_with_the_hour_and_then_with_the_day(
    callers: Callers, simulated_clock: SimulatedClock
) -> None:
    callers.say(HALL, times=3)
    with pytest.raises(TooManyWishes) as hour:
        callers.say(HALL)
    assert hour.value.arguments == {"hours": 1, "retry_after": 3600}
    callers.say(HOME)
    simulated_clock.set(simulated_clock.now() + timedelta(hours=1))
    callers.say(HALL, times=2)
    with pytest.raises(TooManyWishes) as day:
        callers.say(HALL)
    assert day.value.arguments == {"hours": 23, "retry_after": 23 * 3600}
    simulated_clock.set(simulated_clock.now() + timedelta(hours=23))
    callers.say(HALL, times=3)


def test_one_phone_is_sent_so_many_messages_a_day_from_wherever_and_in_whatever_spelling(desk: Desk) -> None:
    phones = ("13812345678", "138 1234 5678", "+86 138-1234-5678")
    for number, phone in enumerate(phones[:2]):
        desk.submit(resident=a_resident(phone=phone), address=f"198.51.100.{number}")
    with pytest.raises(TooManyWishes):
        desk.submit(NEIGHBOUR, resident=a_resident(phone=phones[2]), address=HOME)


def test_a_community_takes_so_many_online_a_day_and_its_neighbour_as_many(
    callers: Callers, simulated_clock: SimulatedClock
) -> None:
    for number in range(7):
        callers.say(f"198.51.100.{number}")
    with pytest.raises(TooManyWishes):
        callers.say("198.51.100.200")
    callers.say("198.51.100.200", place=NEIGHBOUR)
    simulated_clock.set(simulated_clock.now() + timedelta(hours=24))
    callers.say("198.51.100.200")


def test_whatever_limit_is_reached_it_is_said_in_the_same_words(desk: Desk, callers: Callers) -> None:
    """Else a stranger could ask whether somebody's phone has wished today."""
    callers.say(HALL, times=3)
    for number in range(2):
        desk.submit(resident=a_resident(), address=f"198.51.100.2{number}")
    said = []
    for resident, address in ((a_resident(phone="13700000000"), HALL), (a_resident(), HOME)):
        with pytest.raises(TooManyWishes) as refused:
            desk.submit(resident=resident, address=address)
        said.append((refused.value.code, refused.value.arguments.keys()))
    assert said[0] == said[1]


def test_what_is_refused_leaves_nothing_and_counts_for_nothing(desk: Desk, callers: Callers) -> None:
    callers.say(HALL, times=3)
    told = len(desk.announced(WishesSubmitted))
    for _ in range(10):
        with pytest.raises(TooManyWishes):
            callers.say(HALL)
    assert len(desk.announced(WishesSubmitted)) == told
    callers.say(HOME, times=3)
    callers.say("198.51.100.9")


def test_a_wish_that_is_said_again_with_the_same_key_counts_once(desk: Desk) -> None:
    for _ in range(5):
        desk.submit(key="click", address=HALL)


def test_who_wish_at_the_same_moment_get_exactly_the_places_that_are_left(
    desk: Desk, callers: Callers
) -> None:
    def say(number: int) -> bool:
        resident = a_resident(name=f"居民{number}", phone=f"136{number:08}")
        try:
            desk.submit(resident=resident, address=HALL)
        except TooManyWishes:
            return False
        return True

    outcomes = all_at_once(*[lambda number=number: say(number) for number in range(8)])
    assert sorted(outcomes) == [False] * 5 + [True] * 3


def test_what_workers_enter_is_not_limited(desk: Desk, callers: Callers) -> None:
    callers.say(HALL, times=3)
    for _ in range(10):
        desk.enter(COMMUNITY)
