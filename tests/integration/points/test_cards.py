"""Cards, and the thresholds they reach, on a real database."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations

import pytest

from services.chassis.contracts import Event, new_id
from services.chassis.refusals import Malformed, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.directory.contracts import (
    AreaCopy,
    AreasChanged,
)
from services.points import queries, usecases
from services.points.contracts import (
    ListRecognitions,
    MyCard,
    Threshold,
    UnknownArea,
)
from services.scheduler.contracts import RecognitionDue
from services.wishes.contracts import Urgency
from tests.support.points import (
    CITY,
    COMMUNITY,
    NOON,
    OFFICER,
    STREET,
    TODAY,
    Points,
    a_fulfilment,
    a_member,
    a_unit,
    an_area,
)


def test_a_card_is_the_sum_of_its_entries(points: Points) -> None:
    here, there = an_area(), an_area("/zhoukou/chuanhui/qiyi/xinhua/")
    points.know_areas(here, there)
    member = new_id()
    for _ in range(3):
        points.confirm(here.id, member)
    points.confirm(there.id, member, urgency=Urgency.URGENT)
    points.confirm(here.id, confirmed_at=NOON - timedelta(days=400))
    card = points.card(member)
    assert card.points == sum(entry.points for entry in card.entries) == 22
    assert [(each.community_id, each.points) for each in card.communities] == [(here.id, 15), (there.id, 7)]
    assert (card.next_threshold, card.points_missing) == (Threshold.LETTER, 5)
    assert points.thresholds_told() == []  # a threshold is reached in one community


def test_an_empty_card_shows_the_way_to_the_letter_of_the_home_community(points: Points) -> None:
    home = an_area(letter_points=12)
    points.know_areas(home)
    member = a_member(community_id=home.id)
    points.know_members(member)
    assert points.card(member.id).points_missing == 12
    assert points.card(new_id()).points_missing == 20


def test_a_card_is_shown_to_its_member_only(points: Points) -> None:
    for caller, refusal in ((ANYONE, SignInNeeded), (OFFICER, NotPermitted)):
        with pytest.raises(refusal):
            points.workshop.read(MyCard(by=caller), partial(queries.my_card, now=NOON))


def test_the_ledger_is_read_page_by_page_without_a_gap(points: Points, community: AreaCopy) -> None:
    member = new_id()
    for _ in range(7):
        points.confirm(community.id, member)
    points.confirm(community.id)
    seen, after = [], None
    while True:
        page = points.entries(limit=3, after=after, member_id=member)
        seen += [entry.id for entry in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)
    with pytest.raises(Malformed):
        points.entries(after="yesterday")


def test_officers_see_the_ledger_of_their_own_area_only(points: Points, community: AreaCopy) -> None:
    points.confirm(community.id)
    worker = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
    assert len(points.entries(by=worker, below=COMMUNITY).items) == 1
    assert points.entries(below="/zhoukou/shangshui/").items == []
    assert points.entries(below="/zhoukou/%/").items == []
    for below in (CITY, STREET, "/zhoukou/chuanhui/qiyi/renmi"):
        with pytest.raises(NotPermitted):
            points.entries(by=worker, below=below)


# -- thresholds


def test_each_threshold_is_told_once(points: Points, community: AreaCopy) -> None:
    unit = a_unit()
    member = points.member_of(unit)
    told = []
    for _ in range(12):
        points.confirm(community.id, member.id)
        told.append(len(points.thresholds_told()))
    assert told == [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert points.thresholds_told() == ["letter", "star", "outstanding"]
    first = points.told("threshold_reached.v1")[0]
    assert (first["unit_id"], first["year"], first["points"]) == (str(unit.id), 2026, 20)
    assert first["area_path"] == COMMUNITY


def test_a_leap_over_two_thresholds_reaches_both(points: Points, community: AreaCopy) -> None:
    points.set_rule(community, 35, TODAY)
    points.confirm(community.id)
    assert points.thresholds_told() == ["letter", "star"]


def test_a_new_year_begins_with_an_empty_card(points: Points, community: AreaCopy) -> None:
    member = new_id()
    for year in (2026, 2027):
        for _ in range(4):
            points.confirm(community.id, member, confirmed_at=datetime(year, 12, 1, tzinfo=UTC))
    assert [event["year"] for event in points.told("threshold_reached.v1")] == [2026, 2027]


def test_thresholds_are_told_once_each_when_confirmations_come_all_at_once(
    points: Points, community: AreaCopy
) -> None:
    members = [new_id() for _ in range(3)]
    events = [a_fulfilment(community.id, member) for member in members for _ in range(6)]
    hearing = [
        threading.Thread(target=points.hear, args=(event, usecases.enter_deeds)) for event in events * 2
    ]
    for thread in hearing:
        thread.start()
    for thread in hearing:
        thread.join()
    told = Counter((event["member_id"], event["threshold"]) for event in points.told("threshold_reached.v1"))
    assert told == {(str(member), threshold): 1 for member in members for threshold in ("letter", "star")}
    assert {points.card(member).points for member in members} == {30}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_events_come_does_not_matter(order: tuple[int, ...], points: Points) -> None:
    area, unit = an_area(version=2), a_unit()
    member = a_member(unit_id=unit.id)
    events: list[tuple[Event, Callable[..., None]]] = [
        (AreasChanged(areas=[area]), usecases.note_areas),
        (AreasChanged(areas=[an_area("/stale/", area.id, version=1)]), usecases.note_areas),
        (a_fulfilment(area.id, member.id), usecases.enter_deeds),
    ]
    waiting = [events[number] for number in order]
    while waiting:
        event, usecase = waiting.pop(0)
        try:
            points.hear(event, usecase)
        except UnknownArea:
            waiting.append((event, usecase))
    points.know_members(member)
    card = points.card(member.id)
    assert (card.points, card.communities[0].community_name) == (5, area.name)
    assert points.rows("SELECT path FROM points.area") == [(area.path,)]


def test_the_yearly_run_completes_what_lowered_marks_reach_and_repeats_nothing(points: Points) -> None:
    community = an_area(letter_points=100, star_points=200, outstanding_points=300)
    points.know_areas(community)
    member = new_id()
    for _ in range(4):
        points.confirm(community.id, member)
    assert points.thresholds_told() == []
    points.know_areas(an_area(area_id=community.id, version=2))
    for _ in range(2):
        points.hear(RecognitionDue(year=2026), usecases.complete_recognitions)
    points.hear(RecognitionDue(year=2025), usecases.complete_recognitions)
    assert points.thresholds_told() == ["letter"]
    query = ListRecognitions(by=OFFICER, below=STREET, year=2026)
    (recognition,) = points.workshop.read(query, queries.list_recognitions).items
    assert (recognition.member_id, recognition.threshold, recognition.points) == (
        member,
        Threshold.LETTER,
        20,
    )
