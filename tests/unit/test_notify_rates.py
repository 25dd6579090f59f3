"""The rate of an account: whatever is asked for and when, no window sees more than it allows."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import Rate

ASKED = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 400)), min_size=1, max_size=60)
RATES = st.builds(Rate, most=st.integers(10, 2000), seconds=st.sampled_from([1.0, 60.0]))


@given(rate=RATES, asked=ASKED)
def test_no_window_sees_more_than_the_rate(rate: Rate, asked: list[tuple[float, int]]) -> None:
    tokens, now, taken = rate.capacity, 0.0, []
    for pause, number in asked:
        now += pause
        tokens = min(rate.capacity, tokens + pause * rate.refill)
        granted = min(number, int(tokens))
        tokens -= granted
        taken.append((now, granted))

    for began, _ in taken:
        within = sum(number for at, number in taken if began <= at <= began + rate.seconds)
        assert within <= rate.most


@given(rate=RATES)
def test_what_is_urgent_finds_something_in_the_bucket_that_others_have_emptied(rate: Rate) -> None:
    assert rate.kept(is_urgent=True) == 0
    assert 0 <= rate.kept(is_urgent=False) < rate.capacity


def test_a_robot_with_twenty_a_minute_speaks_every_few_seconds() -> None:
    rate = Rate(most=20, seconds=60)

    assert (rate.capacity, round(rate.refill * 60)) == (2.0, 18)
    assert 1 < rate.patience < 5
