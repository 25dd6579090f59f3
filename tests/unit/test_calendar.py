"""The civil calendar, held against dates known from elsewhere."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.calendar import (
    Audience,
    HolidayRule,
    Note,
    NoteCode,
    PublicHolidays,
    Release,
    ReleaseRule,
    feedback_due_on,
    festivals,
    half_year_of,
    month_of,
    next_period,
    periods_between,
    release_day,
    release_moment,
    releases,
    year_of,
)
from services.chassis.words import LANGUAGES, say

UNANNOUNCED = 2099  # no announcement reaches this far, whichever version of the package is installed
SATURDAY_RULES = (ReleaseRule.FIRST_SATURDAY, ReleaseRule.SATURDAY_OF_FIRST_WEEK)
DATED_RULES = (*SATURDAY_RULES, ReleaseRule.FIXED_DAY)

months = st.dates(date(2004, 1, 1), date(2100, 12, 31)).map(month_of)


def the_release(
    period: str,
    holiday_rule: HolidayRule = HolidayRule.NEXT_SATURDAY,
    holidays: PublicHolidays | None = None,
    rule: ReleaseRule = ReleaseRule.FIRST_SATURDAY,
    fixed_day: int | None = None,
) -> Release:
    [release] = releases(period, 1, rule, holiday_rule, holidays or PublicHolidays(), fixed_day)
    return release


def days_of(year: int) -> dict[str, date]:
    return {festival.key: festival.on for festival in festivals(year)}


@pytest.mark.parametrize("rule", SATURDAY_RULES)
def test_december_2026_is_released_on_the_fifth(rule: ReleaseRule) -> None:
    assert the_release("2026-12", rule=rule) == Release("2026-12", date(2026, 12, 5), None)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026-08", date(2026, 8, 1)),  # the 1st is a Saturday
        ("2026-11", date(2026, 11, 7)),  # the 1st is a Sunday, the Saturday of its week is 31 October
        ("2027-02", date(2027, 2, 6)),  # the 1st is a Monday
        ("2028-02", date(2028, 2, 5)),  # a leap year
        ("2028-03", date(2028, 3, 4)),
    ],
)
@pytest.mark.parametrize("rule", SATURDAY_RULES)
def test_saturday_rules_name_the_first_saturday_of_the_month(
    rule: ReleaseRule, period: str, expected: date
) -> None:
    assert release_day(period, rule) == expected


def test_a_fixed_day_a_month_does_not_have_becomes_its_last() -> None:
    in_months = ["2026-12", "2027-04", "2027-02", "2028-02", "2100-02"]
    days = [release_day(period, ReleaseRule.FIXED_DAY, 31).day for period in in_months]
    assert days == [31, 30, 28, 29, 28]


def test_twelve_months_from_december_cross_the_year() -> None:
    found = releases("2026-12", 12, ReleaseRule.FIRST_SATURDAY, HolidayRule.KEEP, PublicHolidays())
    assert [release.period for release in found] == periods_between("2026-12", "2027-11")
    assert [release.release_on.day for release in found] == [5, 2, 6, 6, 3, 1, 5, 3, 7, 4, 2, 6]


def test_a_manual_rule_has_no_dates() -> None:
    assert releases("2026-12", 12, ReleaseRule.MANUAL, HolidayRule.KEEP, PublicHolidays()) == []


@pytest.mark.parametrize(
    ("first_period", "count", "rule", "fixed_day", "complaint"),
    [
        ("2026-13", 1, ReleaseRule.FIRST_SATURDAY, None, "'2026-13' is not a period"),
        ("2026H2", 1, ReleaseRule.FIRST_SATURDAY, None, "'2026H2' is not a month"),
        ("2026", 1, ReleaseRule.MANUAL, None, "'2026' is not a month"),
        ("2026-12", 0, ReleaseRule.FIRST_SATURDAY, None, "months must be 1 or more, not 0"),
        ("2026-12", 1, ReleaseRule.FIXED_DAY, None, "needs a day from 1 to 31, not None"),
        ("2026-12", 1, ReleaseRule.FIXED_DAY, 32, "needs a day from 1 to 31, not 32"),
        ("2026-12", 1, ReleaseRule.FIXED_DAY, 0, "needs a day from 1 to 31, not 0"),
    ],
)
def test_a_wrong_question_about_releases_is_refused_in_plain_words(
    first_period: str, count: int, rule: ReleaseRule, fixed_day: int | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        releases(first_period, count, rule, HolidayRule.KEEP, PublicHolidays(), fixed_day)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2021-05", date(2021, 5, 8)),  # 1 May; the 8th is worked to make up
        ("2022-01", date(2022, 1, 8)),  # New Year's Day
        ("2022-10", date(2022, 10, 8)),  # National Day; the 8th is worked to make up
        ("2024-05", date(2024, 5, 11)),  # fourth day of the May holiday; the 11th is worked
        ("2025-02", date(2025, 2, 8)),  # fifth day of the Spring Festival holiday; the 8th is worked
        ("2026-10", date(2026, 10, 10)),  # third day of National Day; the 10th is worked
    ],
)
def test_a_release_on_a_holiday_moves_to_the_next_saturday_even_a_worked_one(
    period: str, expected: date
) -> None:
    planned_on = release_day(period, ReleaseRule.FIRST_SATURDAY)
    assert the_release(period) == Release(period, expected, Note(NoteCode.MOVED_PAST_HOLIDAY, planned_on))


def test_a_weekend_inside_a_holiday_is_holiday_but_a_plain_weekend_is_not() -> None:
    assert PublicHolidays().is_holiday(date(2026, 10, 4)) is True
    assert PublicHolidays().is_holiday(date(2026, 10, 11)) is False
    assert the_release("2026-09").release_on == date(2026, 9, 5)


def test_a_kept_release_stays_on_its_holiday_and_says_so() -> None:
    expected_note = Note(NoteCode.FALLS_ON_HOLIDAY, date(2026, 10, 3))
    assert the_release("2026-10", HolidayRule.KEEP) == Release("2026-10", date(2026, 10, 3), expected_note)


def test_the_spring_festival_of_2027_moves_its_release_once_the_operator_enters_it() -> None:
    assert days_of(2027)["spring_festival"] == release_day("2027-02", ReleaseRule.FIRST_SATURDAY)
    entered = PublicHolidays({date(2027, 2, 6): True, date(2027, 2, 13): False})
    moved = Note(NoteCode.MOVED_PAST_HOLIDAY, date(2027, 2, 6))
    assert the_release("2027-02", holidays=entered) == Release("2027-02", date(2027, 2, 13), moved)


def test_a_release_moves_past_several_holiday_saturdays() -> None:
    entered = PublicHolidays({date(2027, 2, 6): True, date(2027, 2, 13): True, date(2027, 2, 20): False})
    assert the_release("2027-02", holidays=entered).release_on == date(2027, 2, 20)


def test_a_fixed_day_on_a_holiday_moves_to_a_saturday_maybe_of_the_next_month() -> None:
    last_of_april = PublicHolidays({date(2026, 4, 30): True})
    release = the_release("2026-04", holidays=last_of_april, rule=ReleaseRule.FIXED_DAY, fixed_day=30)
    assert (release.period, release.release_on) == ("2026-04", date(2026, 5, 9))  # 1 to 5 May are off


@pytest.mark.parametrize("holiday_rule", HolidayRule)
def test_an_unannounced_year_is_said_to_be_unknown_and_the_day_stays(holiday_rule: HolidayRule) -> None:
    new_year = date(UNANNOUNCED, 1, 1)
    assert PublicHolidays().is_holiday(new_year) is None
    release = the_release(f"{UNANNOUNCED}-10", holiday_rule)
    assert release.release_on == release_day(f"{UNANNOUNCED}-10", ReleaseRule.FIRST_SATURDAY)
    assert release.note == Note(NoteCode.HOLIDAYS_UNKNOWN, release.release_on)


def test_a_day_moved_into_the_unknown_is_noted_as_unknown_rather_than_as_moved() -> None:
    planned_on = release_day(f"{UNANNOUNCED}-10", ReleaseRule.FIRST_SATURDAY)
    release = the_release(f"{UNANNOUNCED}-10", holidays=PublicHolidays({planned_on: True}))
    assert release.release_on > planned_on
    assert release.note == Note(NoteCode.HOLIDAYS_UNKNOWN, release.release_on)


def test_an_operator_who_entered_a_whole_year_makes_it_known() -> None:
    october_first = date(UNANNOUNCED, 10, 1)
    entered = PublicHolidays({october_first: True}, announced_years=frozenset({UNANNOUNCED}))
    assert entered.is_holiday(october_first) is True
    assert entered.is_holiday(date(UNANNOUNCED, 11, 11)) is False
    assert the_release(f"{UNANNOUNCED}-11", holidays=entered).note is None


def test_an_override_beats_the_announcement_both_ways() -> None:
    corrected = PublicHolidays({date(2026, 10, 3): False, date(2026, 12, 5): True})
    assert the_release("2026-10", holidays=corrected).release_on == date(2026, 10, 3)
    assert the_release("2026-12", holidays=corrected).release_on == date(2026, 12, 12)


def test_nine_in_shanghai_is_one_in_the_morning_utc() -> None:
    assert release_moment(date(2026, 12, 5)) == datetime(2026, 12, 5, 1, 0, tzinfo=UTC)
    assert release_moment(date(2026, 12, 5)).tzinfo is UTC


def test_the_moment_follows_the_zone_through_summer_time() -> None:
    assert release_moment(date(2026, 7, 4), time(9), "Europe/Berlin").hour == 7
    assert release_moment(date(2026, 12, 5), time(9), "Europe/Berlin").hour == 8


@pytest.mark.parametrize("zone", ["Asia/Loudi", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        release_moment(date(2026, 12, 5), zone=zone)


def test_a_release_time_with_its_own_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone of its own"):
        release_moment(date(2026, 12, 5), time(9, tzinfo=UTC))


def test_a_day_knows_its_month_half_year_and_year() -> None:
    assert (month_of(date(2026, 6, 30)), half_year_of(date(2026, 6, 30))) == ("2026-06", "2026H1")
    assert (half_year_of(date(2026, 7, 1)), year_of(date(2026, 7, 1))) == ("2026H2", "2026")


def test_feedback_falls_due_on_the_day_after_the_half_year() -> None:
    assert feedback_due_on("2026H1") == date(2026, 7, 1)
    assert feedback_due_on("2026H2") == date(2027, 1, 1)


def test_every_kind_of_period_has_a_next_one() -> None:
    assert (next_period("2026-12"), next_period("2028-02")) == ("2027-01", "2028-03")
    assert (next_period("2026H1"), next_period("2026H2")) == ("2026H2", "2027H1")
    assert next_period("2026") == "2027"


def test_periods_between_include_both_ends() -> None:
    assert periods_between("2026-11", "2027-02") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert periods_between("2026H2", "2027H2") == ["2026H2", "2027H1", "2027H2"]
    assert periods_between("2026", "2026") == ["2026"]


WRONG_PERIODS = ("", "2026-1", "2026-13", "2026H3", "0000-01", "2026-12\n", "２０２６-12", "2026-12-05")


@pytest.mark.parametrize("wrong", WRONG_PERIODS)
def test_what_is_not_written_as_a_period_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        next_period(wrong)


def test_periods_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="different kinds"):
        periods_between("2026-11", "2026H2")
    with pytest.raises(ValueError, match="comes before"):
        periods_between("2027-01", "2026-12")
    with pytest.raises(ValueError, match="is not a half-year"):
        feedback_due_on("2026-12")
    with pytest.raises(ValueError, match="ends with the year 9999"):
        next_period("9999-12")


def test_the_festivals_of_2027_come_in_date_order() -> None:
    assert [(festival.zh, festival.on) for festival in festivals(2027)] == [
        ("元旦", date(2027, 1, 1)),
        ("春节", date(2027, 2, 6)),
        ("学雷锋日", date(2027, 3, 5)),
        ("六一儿童节", date(2027, 6, 1)),
        ("七一建党节", date(2027, 7, 1)),
        ("八一建军节", date(2027, 8, 1)),
        ("九三抗战胜利纪念日", date(2027, 9, 3)),
        ("中秋节", date(2027, 9, 15)),
        ("国庆节", date(2027, 10, 1)),
        ("重阳节", date(2027, 10, 8)),
        ("国际志愿者日", date(2027, 12, 5)),
    ]


@pytest.mark.parametrize(
    ("year", "spring_festival", "mid_autumn", "double_ninth"),
    [
        (1995, date(1995, 1, 31), date(1995, 9, 9), date(1995, 11, 1)),  # the eighth month came twice
        (2014, date(2014, 1, 31), date(2014, 9, 8), date(2014, 10, 2)),  # the ninth month came twice
        (2020, date(2020, 1, 25), date(2020, 10, 1), date(2020, 10, 25)),  # a leap year in both calendars
        (2023, date(2023, 1, 22), date(2023, 9, 29), date(2023, 10, 23)),
        (2025, date(2025, 1, 29), date(2025, 10, 6), date(2025, 10, 29)),
        (2026, date(2026, 2, 17), date(2026, 9, 25), date(2026, 10, 18)),
    ],
)
def test_lunar_festivals_fall_where_the_almanac_has_them(
    year: int, spring_festival: date, mid_autumn: date, double_ninth: date
) -> None:
    days = days_of(year)
    found = (days["spring_festival"], days["mid_autumn"], days["double_ninth"])
    assert found == (spring_festival, mid_autumn, double_ninth)


def test_the_lunar_public_holidays_are_days_off_in_the_announced_years() -> None:
    for year in range(2008, max(chinese_calendar.holidays).year + 1):
        assert PublicHolidays().is_holiday(days_of(year)["spring_festival"]) is True
        assert PublicHolidays().is_holiday(days_of(year)["mid_autumn"]) is True


def test_each_festival_cares_for_whom_001_names() -> None:
    for_whom: dict[Audience, set[str]] = {}
    for festival in festivals(2026):
        for_whom.setdefault(festival.audience, set()).add(festival.key)
    assert for_whom == {
        Audience.PEOPLE_IN_HARDSHIP: {"new_year", "spring_festival"},
        Audience.VOLUNTEERS: {"lei_feng_day", "volunteer_day"},
        Audience.CHILDREN: {"childrens_day"},
        Audience.ELDERS_ALONE: {"mid_autumn", "double_ninth"},
        Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP: {"party_day", "army_day", "victory_day", "national_day"},
    }


@pytest.mark.parametrize("year", [1900, 2101])
def test_years_without_a_checkable_lunar_calendar_are_refused(year: int) -> None:
    with pytest.raises(ValueError, match="1901 to 2100"):
        festivals(year)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", NoteCode)
def test_every_note_can_be_said_in_both_languages(code: NoteCode, language: str) -> None:
    note = Note(code, date(2027, 2, 6))
    sentence = say(note.code, language, **note.arguments)
    assert "2027-02-06" in sentence
    assert "{" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", Audience)
def test_every_audience_has_words_in_both_languages(audience: Audience, language: str) -> None:
    code = f"calendar.audience.{audience}"
    assert say(code, language) != code


@given(months, st.sampled_from(SATURDAY_RULES), st.integers(1, 24))
def test_saturday_releases_are_saturdays_of_their_own_month(
    first: str, rule: ReleaseRule, count: int
) -> None:
    for release in releases(first, count, rule, HolidayRule.KEEP, PublicHolidays()):
        assert release.release_on.weekday() == 5
        assert release.release_on.day <= 7
        assert month_of(release.release_on) == release.period


@given(months, st.integers(1, 31), st.integers(1, 24))
def test_fixed_day_releases_fall_in_their_own_month(first: str, day: int, count: int) -> None:
    for release in releases(first, count, ReleaseRule.FIXED_DAY, HolidayRule.KEEP, PublicHolidays(), day):
        assert month_of(release.release_on) == release.period
        assert release.release_on.day <= day


@given(months, st.sampled_from(DATED_RULES), st.sampled_from(HolidayRule), st.integers(1, 31))
def test_releases_are_strictly_increasing_and_one_a_month(
    first: str, rule: ReleaseRule, holiday_rule: HolidayRule, day: int
) -> None:
    found = releases(first, 24, rule, holiday_rule, PublicHolidays(), day)
    days = [release.release_on for release in found]
    assert all(earlier < later for earlier, later in pairwise(days))
    assert [release.period for release in found] == periods_between(first, found[-1].period)


@given(months)
def test_the_saturday_of_the_first_week_is_always_the_first_saturday(period: str) -> None:
    by_week, by_day = (release_day(period, rule) for rule in SATURDAY_RULES[::-1])
    assert by_week == by_day


@given(months, st.sampled_from(SATURDAY_RULES))
def test_a_moved_release_is_a_saturday_and_never_a_known_holiday(period: str, rule: ReleaseRule) -> None:
    release = the_release(period, rule=rule)
    assert release.release_on.weekday() == 5
    assert PublicHolidays().is_holiday(release.release_on) is not True


@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)))
def test_festivals_of_any_year_are_eleven_in_order_and_in_that_year(on: date) -> None:
    found = festivals(on.year)
    assert len(found) == 11
    assert {festival.on.year for festival in found} == {on.year}
    assert [festival.on for festival in found] == sorted(festival.on for festival in found)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_half_year_is_over_when_its_feedback_falls_due(on: date) -> None:
    due_on = feedback_due_on(half_year_of(on))
    assert due_on > on
    assert half_year_of(due_on) == next_period(half_year_of(on))
