"""The days of a play: of a city that lives by months, and of one that lives by a campaign of weeks."""

from datetime import date, timedelta
from random import Random

import pytest

from services.console.rehearsal.rhythm import Rhythm, rhythm_of
from services.console.rehearsal.scenario import load


@pytest.fixture
def months() -> Rhythm:
    return rhythm_of(load("chuanhui", months=2), months=3)


@pytest.fixture
def campaign() -> Rhythm:
    return rhythm_of(load("tangshan"), months=1)


def test_a_city_of_months_takes_in_screens_and_storms_on_the_days_of_004(months: Rhythm) -> None:
    assert months.takes_in_on == [date(2026, 11, 14), date(2026, 12, 14)]
    assert months.screens_on == {date(2026, 11, 24), date(2026, 12, 24), date(2027, 1, 24)}
    assert {date(2026, 12, 5), date(2027, 1, 2)} <= set(months.storms)  # first Saturdays


def test_after_the_last_release_nobody_dallies_and_nothing_is_left_at_the_last_look(months: Rhythm) -> None:
    last_release = date(2027, 1, 2)
    assert months.last_call == last_release + timedelta(days=9)
    looks = [day for day in months.storms if day >= months.last_call and day not in months.screens_on]
    assert looks
    assert {months.storms[day] for day in looks} == {1.0}
    for day in looks:
        assert all(months.comes_true(day, Random(seed))[1] <= months.last_day for seed in range(50))


def test_a_campaign_plays_its_own_weeks(campaign: Rhythm) -> None:
    assert campaign.takes_in_on == [date(2022, 6, 13), date(2022, 6, 15), date(2022, 6, 17)]
    assert max(campaign.screens_on) == date(2022, 6, 19)  # the last day of 征集
    assert min(campaign.storms) == date(2022, 6, 20)  # the first of 认领


def test_what_is_claimed_in_a_campaign_comes_true_in_its_stage_of_granting(campaign: Rhythm) -> None:
    for day in campaign.storms:
        for seed in range(50):
            delivered_on, confirmed_on = campaign.comes_true(day, Random(seed))
            assert date(2022, 6, 25) <= delivered_on < confirmed_on <= date(2022, 6, 30)


def test_every_wish_comes_in_on_one_day_of_its_month(months: Rhythm, campaign: Rhythm) -> None:
    for rhythm, wishes in (
        (months, list(load("chuanhui", months=2).lay_out().wishes())),
        (campaign, list(load("tangshan").lay_out().wishes())),
    ):
        rhythm.deal(wishes)
        dealt = [wish for day in rhythm.takes_in_on for wish in rhythm.portion(day)]
        assert sorted(wish.number for wish in dealt) == [wish.number for wish in wishes]
        assert not rhythm.portion(rhythm.takes_in_on[0])


def test_a_second_storm_on_a_day_takes_nothing_from_the_first(months: Rhythm) -> None:
    months.storm(date(2026, 12, 5), 0.1)
    assert months.storms[date(2026, 12, 5)] > 0.9
