"""The schedule of a burst: everybody has a place in it, by day, and no faster than the rate."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import Hours, Manners, TopicClass, schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
MANNERS = Manners(quiet=Hours.between("21:00", "08:00"), no_invitations=Hours.between("22:00", "08:00"))
BY_DAY = partial(MANNERS.opens_at, TopicClass.MARKETING, False)  # a letter
RINGING = partial(MANNERS.opens_at, TopicClass.MARKETING, True)
ALWAYS = partial(MANNERS.opens_at, TopicClass.URGENT, True)
NINE = datetime(2026, 12, 5, 1, tzinfo=UTC)

INSTANTS = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)


@given(number=st.integers(1, 279_000), rate=st.floats(5, 5000), begins_at=INSTANTS)
def test_everybody_has_a_place_by_day_and_no_faster_than_the_rate(
    number: int, rate: float, begins_at: datetime
) -> None:
    slots = schedule(number, rate, begins_at, BY_DAY)

    assert sum(slot.number for slot in slots) == number
    for slot in slots:
        assert 8 <= slot.begins_at.astimezone(SHANGHAI).hour < 22
        assert slot.number <= (slot.ends_at - slot.begins_at).total_seconds() * rate + len(slots)
    for before, after in pairwise(slots):
        assert before.ends_at <= after.begins_at


def test_a_city_at_five_hundred_a_second_is_told_within_ten_minutes() -> None:
    (slot,) = schedule(279_000, 500, NINE, BY_DAY)

    assert slot.begins_at == NINE
    assert slot.ends_at == NINE + timedelta(seconds=558)


def test_what_does_not_fit_into_an_evening_goes_on_in_the_morning() -> None:
    slots = schedule(2_000, 1, datetime(2026, 12, 5, 13, 45, tzinfo=UTC), BY_DAY)

    assert [slot.begins_at.astimezone(SHANGHAI).strftime("%d %H:%M") for slot in slots] == [
        "05 21:45",
        "06 08:00",
        "06 08:15",
    ]
    assert [slot.number for slot in slots] == [900, 900, 200]


def test_what_rings_is_not_planned_into_the_quiet_hours() -> None:
    half_past_nine = datetime(2026, 12, 5, 13, 30, tzinfo=UTC)

    (slot,) = schedule(5, 10, half_past_nine, RINGING)

    assert slot.begins_at.astimezone(SHANGHAI).strftime("%d %H:%M") == "06 08:00"


def test_hours_may_open_and_close_within_a_quarter() -> None:
    odd = Manners(no_invitations=Hours.between("09:10", "09:20"))

    slots = schedule(1_500, 1, NINE, partial(odd.opens_at, TopicClass.MARKETING, False))

    assert [(slot.begins_at - NINE).total_seconds() / 60 for slot in slots] == [0, 20, 30]
    assert [slot.number for slot in slots] == [600, 600, 300]


def test_hours_that_never_open_are_an_empty_schedule() -> None:
    never = Manners(quiet=Hours(0, 720), no_invitations=Hours(720, 0))

    assert schedule(5, 10, NINE, partial(never.opens_at, TopicClass.MARKETING, True)) == []


def test_nobody_to_tell_is_an_empty_schedule_and_what_is_no_invitation_goes_by_night_too() -> None:
    assert schedule(0, 10, NINE, BY_DAY) == []
    assert len(schedule(5, 10, datetime(2026, 12, 5, 18, tzinfo=UTC), ALWAYS)) == 1
