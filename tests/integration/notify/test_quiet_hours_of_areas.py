"""The quiet hours of areas: before those of the house, and behind those of a person."""

from collections.abc import Callable
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.directory.contracts import AreaCopy, AreaKind, AreasChanged, AreaSettings
from services.notify import usecases
from tests.support.notify import COMMUNITY, House
from tests.support.notify_gate import at, decide, due, local, polite, sent
from tests.support.notify_people import a_member
from tests.support.notify_sending import remind


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return polite(House(workshop_of("notify"), {}))


def area_with(house: House, quiet_hours: str | None, version: int = 1) -> UUID:
    """Let the home of a member set quiet hours, or inherit them: others hear what holds."""
    area = AreaCopy(
        id=HOME,
        parent_id=None,
        kind=AreaKind.COMMUNITY,
        name="七一路社区",
        path=COMMUNITY,
        version=version,
        settings=AreaSettings(quiet_hours=quiet_hours),
        release_scope_id=HOME,
    )
    house.hear(AreasChanged(areas=[area]), usecases.note_areas)
    return HOME


HOME = UUID(int=7)


def test_the_hours_of_an_area_come_before_those_of_the_house(
    house: House, simulated_clock: SimulatedClock
) -> None:
    at_home = a_member(house.seals, community_id=area_with(house, "20:00-09:30"))
    elsewhere = a_member(house.seals, phone="+8613700137000")
    house.knows(members=[at_home, elsewhere])
    at(simulated_clock, "20:30")

    remind(house, at_home, elsewhere)

    assert sorted(when for when in due(house) if when) == [local("20:30"), local("09:30", 3)]
    assert [sent(house, "sms"), house.told(at_home.id)[0][2]] == [1, "sms planned"]
    at(simulated_clock, "09:30", day=3)
    assert sent(house, "sms") == 1


def test_the_hours_of_a_person_come_before_those_of_their_area(
    house: House, simulated_clock: SimulatedClock
) -> None:
    member = a_member(house.seals, community_id=area_with(house, "20:00-09:30"))
    house.knows(members=[member])
    shown = decide(house, member_id=member.id)
    decided = decide(house, member_id=member.id, quiet_from="23:00", quiet_to="06:00")
    at(simulated_clock, "20:30")

    remind(house, member)

    assert (shown.quiet_from, shown.quiet_to, shown.has_own_quiet_hours) == ("20:00", "09:30", False)
    assert (decided.quiet_from, decided.quiet_to) == ("23:00", "06:00")
    assert sent(house, "sms") == 1
    at(simulated_clock, "05:59", day=3)
    remind(house, member)
    assert (due(house)[-1], sent(house, "sms")) == (local("06:00", 3), 0)
    at(simulated_clock, "06:00", day=3)
    assert sent(house, "sms") == 1


def test_an_area_that_gives_its_hours_up_goes_by_the_house_again(
    house: House, simulated_clock: SimulatedClock
) -> None:
    member = a_member(house.seals, community_id=area_with(house, "20:00-09:30"))
    house.knows(members=[member])
    at(simulated_clock, "20:30")
    remind(house, member)
    assert sent(house, "sms") == 0
    area_with(house, None, version=2)

    at(simulated_clock, "08:30", day=3)
    remind(house, member)

    assert due(house) == [local("09:30", 3), local("08:30", 3)]
    assert sent(house, "sms") == 1


def test_an_area_may_have_no_quiet_hours_at_all(house: House, simulated_clock: SimulatedClock) -> None:
    member = a_member(house.seals, community_id=area_with(house, "00:00-00:00"))
    house.knows(members=[member])
    at(simulated_clock, "23:00")

    remind(house, member)

    assert sent(house, "sms") == 1
