"""The monthly release: exactly once, late or on time, as its preview said; what waits and what ages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import text

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import NotPermitted
from services.chassis.rights import Actor
from services.chassis.work import Workshop
from services.directory.contracts import AreasChanged
from services.scheduler.contracts import ReleaseDue
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    NotAReleaseArea,
    PeriodNotBegun,
    ReleaseCompleted,
    ReleasePreview,
    UnknownArea,
    UnusablePeriod,
    Urgency,
    WishesReleased,
)
from tests.support.pace import timed
from tests.support.wishes import (
    CITY,
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    NEIGHBOUR,
    OFFICER,
    STREET,
    Desk,
    Place,
    a_worker,
    claims_made,
    standing,
    the_city,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


def _preview(desk: Desk, period: str, place: Place = CITY, by: Actor = OFFICER) -> ReleasePreview:
    query = contracts.PreviewRelease(by=by, area_id=place.id, period=period)
    preview: ReleasePreview = desk.ask(query, queries.preview_release)
    return preview


def _months_later(simulated_clock: SimulatedClock, months: int) -> None:
    simulated_clock.set(datetime(2026, 11, 7, 1, tzinfo=UTC) + timedelta(days=31 * months))


# -- what goes up


def test_the_release_puts_up_what_is_screened_and_nothing_else(desk: Desk) -> None:
    waiting, submitted = desk.screened(), desk.enter()
    desk.release_due("2026-11")
    assert (desk.state(waiting.wish_id), desk.state(submitted.wish_id)) == ("released", "submitted")
    wish = desk.wish(waiting.wish_id)
    assert (wish.period, wish.moves[-1].action, wish.moves[-1].by) == ("2026-11", "release", "house")


def test_the_board_hears_of_every_wish_with_all_it_needs(desk: Desk) -> None:
    near, far = desk.screened(COMMUNITY, skill="戏曲"), desk.screened(FAR_COMMUNITY)
    desk.release_due("2026-11")
    (event,) = desk.announced(WishesReleased)
    assert [wish.wish_id for wish in event.wishes] == [near.wish_id, far.wish_id]
    first = event.wishes[0]
    assert (first.code, first.community_name, first.area_path) == (near.code, COMMUNITY.name, COMMUNITY.path)
    assert (first.period, first.skill, first.service_days) == ("2026-11", "戏曲", 14)
    assert "彭桂兰" in desk.workshop.seals.open(first.contact)


def test_members_hear_once_that_the_release_is_complete(desk: Desk) -> None:
    desk.screened()
    desk.screened(FAR_COMMUNITY)
    desk.release_due("2026-11")
    (told,) = desk.announced(ReleaseCompleted)
    assert (told.period, told.area_path, told.area_name) == ("2026-11", CITY.path, CITY.name)
    assert (told.released, told.carried_over) == (2, 0)


def test_an_urgent_wish_does_not_go_up_twice(desk: Desk) -> None:
    desk.urgent()
    desk.release_due("2026-11")
    assert len(desk.announced(WishesReleased)) == 1
    assert desk.announced(ReleaseCompleted)[0].released == 0


def test_a_district_with_a_rule_of_its_own_releases_for_itself(desk: Desk) -> None:
    desk.hear(the_city(version=2, scope=DISTRICT), usecases.note_areas)
    near, far = desk.screened(COMMUNITY), desk.screened(FAR_COMMUNITY)
    desk.release_due("2026-11", CITY)
    assert (desk.state(near.wish_id), desk.state(far.wish_id)) == ("screened", "released")
    desk.release_due("2026-11", DISTRICT)
    assert desk.state(near.wish_id) == "released"
    assert [told.area_name for told in desk.announced(ReleaseCompleted)] == [CITY.name, DISTRICT.name]


# -- exactly once


def test_the_same_month_asked_again_changes_nothing(desk: Desk) -> None:
    desk.screened()
    desk.release_due("2026-11")
    late = desk.screened()
    desk.release_due("2026-11")
    desk.release("2026-11")
    assert desk.state(late.wish_id) == "screened"
    assert len(desk.announced(ReleaseCompleted)) == 1


def test_a_wish_screened_after_the_release_waits_for_the_next(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    desk.release_due("2026-11")
    late = desk.screened()
    _months_later(simulated_clock, 1)
    desk.release_due("2026-12")
    assert desk.wish(late.wish_id).period == "2026-12"


def test_two_who_release_at_the_same_moment_release_once(desk: Desk) -> None:
    wishes = [desk.screened() for _ in range(5)]

    def release(number: int) -> None:
        if number % 2:
            desk.release("2026-11")
        else:
            desk.release_due("2026-11")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(release, range(6)))
    released = [wish.wish_id for event in desk.announced(WishesReleased) for wish in event.wishes]
    assert released == [wish.wish_id for wish in wishes]
    assert len(desk.announced(ReleaseCompleted)) == 1
    assert len(desk.rows("SELECT FROM wishes.wish_move WHERE action = 'release'")) == 5


def test_a_release_by_hand_says_which_release_it_was(desk: Desk) -> None:
    assert desk.release("2026-11") == desk.release("2026-11")
    assert desk.wish(desk.urgent().wish_id).moves[-1].by == str(OFFICER.account_id)


# -- late and missed


def test_a_month_that_was_missed_is_caught_up_with_what_is_screened_now(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    waiting = desk.screened()
    _months_later(simulated_clock, 2)
    desk.release_due("2026-11")
    assert desk.wish(waiting.wish_id).period == "2026-11"


def test_months_caught_up_together_age_nothing(desk: Desk, simulated_clock: SimulatedClock) -> None:
    waiting = desk.screened()
    _months_later(simulated_clock, 2)
    for period in ("2026-11", "2026-12", "2027-01"):
        desk.release_due(period)
    wish = desk.wish(waiting.wish_id)
    assert (wish.period, wish.months_carried) == ("2026-11", 0)
    assert [told.released for told in desk.announced(ReleaseCompleted)] == [1, 0, 0]


def test_months_heard_in_the_wrong_order_lose_nothing(desk: Desk, simulated_clock: SimulatedClock) -> None:
    waiting = desk.screened()
    _months_later(simulated_clock, 1)
    desk.release_due("2026-12")
    desk.release_due("2026-11")
    assert (desk.wish(waiting.wish_id).period, desk.wish(waiting.wish_id).months_carried) == ("2026-12", 0)


def test_a_release_heard_before_its_area_is_tried_again_not_spent(
    workshop_of: Callable[[str], Workshop],
) -> None:
    desk = Desk(workshop_of("wishes"))
    due = ReleaseDue(period="2026-11", area_id=CITY.id, release_on=date(2026, 11, 7))
    with pytest.raises(UnknownArea):
        desk.hear(due, usecases.release_due)
    desk.hear(the_city(), usecases.note_areas)
    assert desk.hear(due, usecases.release_due)
    assert len(desk.announced(ReleaseCompleted)) == 1


def test_a_release_heard_before_the_area_has_its_rule_is_tried_again(desk: Desk) -> None:
    with pytest.raises(NotAReleaseArea):
        desk.release_due("2026-11", DISTRICT)
    desk.hear(the_city(version=2, scope=DISTRICT), usecases.note_areas)
    waiting = desk.screened()
    desk.release_due("2026-11", DISTRICT)
    assert desk.state(waiting.wish_id) == "released"


def test_an_older_copy_of_an_area_changes_nothing(desk: Desk) -> None:
    desk.hear(the_city(version=3, scope=DISTRICT), usecases.note_areas)
    desk.hear(the_city(version=2), usecases.note_areas)
    with pytest.raises(NotAReleaseArea):
        desk.release("2026-11", STREET)
    desk.release("2026-11", DISTRICT)


# -- carried over


def test_what_nobody_claimed_is_carried_over_and_ages(desk: Desk, simulated_clock: SimulatedClock) -> None:
    unclaimed, claimed = desk.screened(), desk.screened()
    desk.release_due("2026-11")
    desk.hear(claims_made((claimed.wish_id, standing("taken", 1))), usecases.note_claims)
    for month, period in enumerate(("2026-12", "2027-01"), start=1):
        _months_later(simulated_clock, month)
        desk.release_due(period)
        desk.release_due(period)
    assert desk.wish(unclaimed.wish_id).months_carried == 2
    assert desk.wish(claimed.wish_id).months_carried == 0
    assert [told.carried_over for told in desk.announced(ReleaseCompleted)] == [0, 1, 1]
    assert desk.wish(unclaimed.wish_id).period == "2026-11"


def test_an_urgent_wish_ages_from_the_month_after_it_went_up(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    urgent = desk.urgent()
    desk.release_due("2026-11")
    assert desk.wish(urgent.wish_id).months_carried == 0
    _months_later(simulated_clock, 1)
    desk.release_due("2026-12")
    assert desk.wish(urgent.wish_id).months_carried == 1


# -- who may, and when


def test_releasing_takes_the_right_in_the_area(desk: Desk) -> None:
    command = contracts.ReleaseWishes(by=a_worker(COMMUNITY), area_id=CITY.id, period="2026-11")
    with pytest.raises(NotPermitted):
        desk.do(command, usecases.release_wishes)
    with pytest.raises(NotPermitted):
        _preview(desk, "2026-11", CITY, by=a_worker(COMMUNITY))


def test_a_month_that_has_not_begun_is_not_released_by_hand(desk: Desk) -> None:
    with pytest.raises(PeriodNotBegun):
        desk.release("2026-12")
    with pytest.raises(UnusablePeriod):
        desk.release("2026-13")
    with pytest.raises(UnknownArea):
        desk.release("2026-11", Place("/nowhere/", "无", CITY.kind))


def test_an_area_without_a_rule_of_its_own_is_not_released_by_hand(desk: Desk) -> None:
    with pytest.raises(NotAReleaseArea):
        desk.release("2026-11", STREET)


# -- the preview


def test_the_preview_says_what_would_go_up_from_where(desk: Desk) -> None:
    for place in (COMMUNITY, COMMUNITY, NEIGHBOUR, FAR_COMMUNITY):
        desk.screened(place)
    preview = _preview(desk, "2026-11")
    assert preview.by_community == {"银华社区": 2, "清河社区": 1, "东湖社区": 1}
    assert (preview.wishes, preview.is_released) == (4, False)
    assert _preview(desk, "2026-11", COMMUNITY, a_worker(COMMUNITY)).by_community == {"银华社区": 2}


def test_communities_of_one_name_are_told_apart(desk: Desk) -> None:
    twins = [
        replace(area, name="幸福社区") if area.id in (COMMUNITY.id, FAR_COMMUNITY.id) else area
        for area in the_city(version=2).areas
    ]
    desk.hear(AreasChanged(areas=twins), usecases.note_areas)
    desk.screened(COMMUNITY)
    desk.screened(FAR_COMMUNITY)
    assert _preview(desk, "2026-11").by_community == {"幸福社区（小桥街道）": 1, "幸福社区（淮阳区）": 1}


def test_of_a_month_released_already_nothing_would_go_up(desk: Desk) -> None:
    desk.release_due("2026-11")
    desk.screened()
    preview = _preview(desk, "2026-11")
    assert (preview.is_released, preview.wishes, preview.by_community) == (True, 0, {})


_FATES = ("enter", "screen", "urgent", "claim", "withdraw", "claim elsewhere")


def _live(desk: Desk, fate: str, place: Place) -> None:
    """Let one wish come to where `fate` leads."""
    if fate == "enter":
        desk.enter(place)
        return
    receipt = desk.screened(place, urgency=Urgency.ORDINARY if fate == "screen" else Urgency.URGENT)
    if fate.startswith("claim"):
        desk.hear(claims_made((receipt.wish_id, standing("taken", 1))), usecases.note_claims)
    if fate == "withdraw":
        desk.withdraw(receipt.wish_id)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    months=st.lists(
        st.lists(st.tuples(st.sampled_from(_FATES), st.sampled_from([COMMUNITY, FAR_COMMUNITY])), max_size=5),
        min_size=1,
        max_size=3,
    )
)
def test_the_release_does_what_its_preview_said(desk_for_many: Desk, months: list[list[Any]]) -> None:
    desk = desk_for_many
    with desk.workshop.engine.begin() as connection:
        connection.execute(text("TRUNCATE wishes.wish, wishes.release, wishes.outbox CASCADE"))
    for number, lives in enumerate(months):
        for fate, place in lives:
            _live(desk, fate, place)
        period = f"2026-{number + 9:02}"
        before = _preview(desk, period)
        desk.release(period)
        assert desk.unexplained() == []
        told = desk.announced(ReleaseCompleted)[-1]
        assert (told.period, told.released, told.carried_over) == (
            period,
            before.wishes,
            before.carried_over,
        )
        assert _preview(desk, period) == ReleasePreview(
            period=period, is_released=True, wishes=0, carried_over=0, by_community={}
        )


# -- a whole city


@pytest.mark.slow
def test_twenty_five_thousand_wishes_go_up_in_seconds(desk: Desk) -> None:
    sample = desk.screened()
    copied = """
        INSERT INTO wishes.wish
        SELECT (jsonb_populate_record(wish, jsonb_build_object(
            'id', gen_random_uuid(), 'code', lpad(number::text, 8, '0')))).*
        FROM wishes.wish AS wish, generate_series(1, 24999) AS number WHERE wish.id = :id
    """
    with desk.workshop.engine.begin() as connection:
        connection.execute(text(copied), {"id": sample.wish_id})
    with timed() as took:
        desk.release_due("2026-11")
    events = desk.announced(WishesReleased)
    assert [len(event.wishes) for event in events] == [500] * 50
    assert len({wish.wish_id for event in events for wish in event.wishes}) == 25_000
    assert len(desk.rows("SELECT FROM wishes.wish_move WHERE action = 'release'")) == 25_000
    assert took.seconds < 30
