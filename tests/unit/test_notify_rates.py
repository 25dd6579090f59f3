"""The rate of an account: whoever asks for what and when, no window sees more than the vendor allows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import Bucket, Limits, Rate, bucket_of, day_turns_in, vendors_day
from services.notify.settings import NotifySettings, RateSettings, limits_as

RATES = st.builds(
    Rate,
    most=st.integers(1, 2000),
    seconds=st.sampled_from([1.0, 5.0, 60.0]),
    at_once=st.sampled_from([0.1, 0.5]),
)
ASKED = st.lists(
    st.tuples(st.floats(0, 30), st.integers(1, 400), st.floats(0, 0.99)), min_size=1, max_size=60
)
"""After how many seconds whichever process asks next, for how many, and how slowly these travel."""


def most_in_a_window(taken: Sequence[tuple[float, int]], seconds: float) -> int:
    return max(sum(number for at, number in taken if began <= at <= began + seconds) for began, _ in taken)


@given(rates=st.lists(RATES, min_size=1, max_size=3), asked=ASKED)
def test_no_window_of_the_vendor_sees_more_than_it_allows(
    rates: list[Rate], asked: list[tuple[float, int, float]]
) -> None:
    bucket = bucket_of(*rates)
    tokens, now, taken = bucket.capacity, 0.0, []
    for pause, number, delay in asked:
        now += pause
        tokens = bucket.filled(tokens, pause)
        granted = min(number, int(tokens))
        tokens -= granted
        taken.append((now + delay * bucket.slack, granted))

    for rate in rates:
        assert most_in_a_window(taken, rate.seconds) <= rate.most


@given(rates=st.lists(RATES, min_size=1, max_size=3), asked=ASKED)
def test_nor_when_callers_stand_until_their_turn_comes(
    rates: list[Rate], asked: list[tuple[float, int, float]]
) -> None:
    bucket = bucket_of(*rates)
    tokens, now, taken = bucket.capacity, 0.0, []
    for pause, number, delay in asked:
        now += pause / 10
        tokens = bucket.filled(tokens, pause / 10)
        for _ in range(min(number, 20)):
            wait = max(0.0, (1 - tokens) / bucket.refill)
            if wait <= 20:
                tokens -= 1
                taken.append((now + wait + delay * bucket.slack, 1))

    for rate in rates:
        assert most_in_a_window(taken, rate.seconds) <= rate.most


@given(rate=RATES)
def test_what_is_urgent_finds_something_in_the_bucket_that_others_have_emptied(rate: Rate) -> None:
    bucket = bucket_of(rate)

    assert bucket.kept(is_urgent=True) == 0
    assert 0 <= bucket.kept(is_urgent=False) < bucket.capacity


@given(rate=RATES, weight=st.floats(1, 10))
def test_a_message_of_many_parts_fits_into_a_full_bucket(rate: Rate, weight: float) -> None:
    bucket = bucket_of(rate, weight=weight)

    assert (bucket.capacity - bucket.kept(is_urgent=False)) // weight >= 1


def test_a_robot_with_twenty_a_minute_speaks_every_few_seconds() -> None:
    bucket = bucket_of(Rate(most=20, seconds=60))

    assert (bucket.capacity, round(bucket.refill * 60)) == (2.0, 17)
    assert 1 < bucket.patience < 5


def test_a_vendor_with_two_windows_is_kept_to_both() -> None:
    bucket = bucket_of(Rate(most=100, seconds=60), Rate(most=5, at_once=0.4))

    assert bucket.capacity + bucket.refill <= 5
    assert 85 < bucket.capacity + bucket.refill * 60 <= 100


def test_the_day_of_the_vendors_turns_at_midnight_in_beijing() -> None:
    evening = datetime(2026, 12, 5, 15, 30, tzinfo=UTC)

    assert day_turns_in(evening) == timedelta(minutes=30)
    assert vendors_day(evening) < vendors_day(evening + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (RateSettings(rate=50), Limits(rates=(Rate(most=50),), are_of_calls=True)),
        (RateSettings(rate=9, per="day"), Limits(a_day=9, are_of_calls=True)),
        (
            (RateSettings(rate=20, per=60), RateSettings(rate=5), RateSettings(rate=99, per="day")),
            Limits(rates=(Rate(most=20, seconds=60), Rate(most=5)), a_day=99, are_of_calls=True),
        ),
    ],
)
def test_the_settings_take_the_place_of_what_a_channel_knows(
    described: RateSettings | tuple[RateSettings, ...], expected: Limits
) -> None:
    before = Limits(rates=(Rate(most=30),), a_day=100_000, are_of_calls=True)

    assert limits_as(described, before) == expected


def test_two_windows_of_one_account_are_a_list_in_the_settings() -> None:
    from services.notify.channels.providers import limits_of, lines_of
    from services.notify.settings import check

    robot = {"token": "t", "secret": "s"}
    rates = {"feishu": (RateSettings(rate=50, per=60), RateSettings(rate=2))}
    settings = NotifySettings(channels={"feishu": robot}, rates=rates)

    check(settings)
    limits = limits_of(lines_of(settings))["feishu"]

    assert [rate.most for rate in limits.rates] == [50, 2]
    assert isinstance(limits.bucket(), Bucket)


@pytest.mark.parametrize(
    ("kind", "windows", "a_day"),
    [
        ("dingtalk", [(20, 60)], None),
        ("wecom_robot", [(20, 60)], None),
        ("feishu", [(100, 60), (5, 1)], None),
        ("telegram", [(30, 1)], None),
        ("wechat", [], 100_000),
    ],
)
def test_what_the_vendors_allow_holds_where_the_settings_say_nothing(
    kind: str, windows: list[tuple[int, int]], a_day: int | None
) -> None:
    from services.notify.channels.providers import limits_of, lines_of

    sections: dict[str, dict[str, object]] = {
        "wechat": {"app_id": "wx", "app_secret": "s", "templates": []},
        "telegram": {"token": "t"},
    }
    settings = NotifySettings(channels={kind: sections.get(kind, {"token": "t"})})

    limits = limits_of(lines_of(settings))[kind]

    assert [(rate.most, rate.seconds) for rate in limits.rates] == windows
    assert limits.a_day == a_day
