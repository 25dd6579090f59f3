"""What the days bring: the month's look at the roster, and festivals of 001 ahead of time, each once."""

from datetime import date, timedelta

import pytest

from services.wishes import contracts, usecases
from services.wishes.contracts import FestivalNear, Hardship, RosterChecksDue
from tests.support.wishes import (
    COMMUNITY,
    FAR_COMMUNITY,
    NEIGHBOUR,
    PLACES,
    Desk,
    Place,
    a_resident,
    a_worker,
    the_city,
)
from tests.support.wishes_programme import day

pytestmark = pytest.mark.usefixtures("simulated_clock")

COMMUNITIES = sorted(place.path for place in PLACES if place.kind == "community")


def listed(desk: Desk, name: str, place: Place = COMMUNITY, *hardship: Hardship) -> contracts.RosterEntryView:
    """Put somebody on the roster."""
    resident = a_resident(name=name, hardship=hardship or (Hardship.ILL,))
    command = contracts.PutOnRoster(by=a_worker(place), community_id=place.id, resident=resident)
    entry: contracts.RosterEntryView = desk.do(command, usecases.put_on_roster)
    return entry


def test_workers_hear_once_a_month_how_many_wait_for_a_look(desk: Desk) -> None:
    for name, place in (("彭桂兰", COMMUNITY), ("李小虎", COMMUNITY), ("王淑珍", FAR_COMMUNITY)):
        listed(desk, name, place)
    day(desk, date(2026, 11, 30))
    assert desk.announced(RosterChecksDue) == []
    for number in (1, 1, 2, 31):
        day(desk, date(2026, 12, number))
    (told,) = desk.announced(RosterChecksDue)
    found = [(place.community_name, place.people) for place in told.communities]
    assert (told.month, found) == ("2026-12", [(COMMUNITY.name, 2), (FAR_COMMUNITY.name, 1)])
    day(desk, date(2027, 1, 3))
    assert [event.month for event in desk.announced(RosterChecksDue)] == ["2026-12", "2027-01"]


def test_a_festival_is_told_two_weeks_ahead_once_to_every_community_with_whom_it_concerns(
    desk: Desk,
) -> None:
    listed(desk, "彭桂兰", COMMUNITY, Hardship.EMPTY_NEST, Hardship.ILL)
    listed(desk, "李小虎", COMMUNITY, Hardship.LEFT_BEHIND_CHILD)
    listed(desk, "王淑珍", NEIGHBOUR, Hardship.VETERAN)
    first = date(2027, 9, 25)
    day(desk, date(2027, 9, 1) - timedelta(days=20))
    desk_before = len(desk.announced(FestivalNear))
    for ahead in range(40):
        day(desk, first + timedelta(days=ahead))
    told = {event.festival: event for event in desk.announced(FestivalNear)[desk_before:]}
    assert set(told) == {"national_day", "double_ninth"}
    assert len(desk.announced(FestivalNear)) == desk_before + 2
    elders = told["double_ninth"]
    assert (elders.on, elders.audience) == (date(2027, 10, 8), "elders_alone")
    assert [place.area_path for place in elders.communities] == COMMUNITIES
    people = {place.community_name: place.people for place in elders.communities}
    assert people == {COMMUNITY.name: 1, NEIGHBOUR.name: 0, FAR_COMMUNITY.name: 0}
    veterans = {place.community_name: place.people for place in told["national_day"].communities}
    assert veterans[NEIGHBOUR.name] == 1


def test_an_area_says_how_many_days_ahead_or_never(desk: Desk) -> None:
    childrens_day = date(2027, 6, 1)
    desk.hear(the_city(version=2, festival_days=0), usecases.note_areas)
    day(desk, childrens_day)
    assert desk.announced(FestivalNear) == []
    desk.hear(the_city(version=3, festival_days=3), usecases.note_areas)
    for ahead in (10, 4):
        day(desk, childrens_day - timedelta(days=ahead))
    assert desk.announced(FestivalNear) == []
    day(desk, childrens_day - timedelta(days=3))
    (told,) = desk.announced(FestivalNear)
    assert (told.festival, told.zh, told.on) == ("childrens_day", "六一儿童节", childrens_day)


def test_new_year_is_told_in_the_old_year_and_every_year_again(desk: Desk) -> None:
    for year in (2026, 2027):
        day(desk, date(year, 12, 28))
    told = [event.on for event in desk.announced(FestivalNear) if event.festival == "new_year"]
    assert told == [date(2027, 1, 1), date(2028, 1, 1)]
