"""How fast a channel that stands alone speaks: never more calls in a stretch of time than it may."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.codes import Codes
from services.notify.channels.pace import OwnTurns
from services.notify.domain import Limits, Rate, Verdict


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@given(steps=st.lists(st.floats(min_value=0, max_value=3), max_size=60), calls=st.integers(1, 5))
def test_no_stretch_of_time_holds_more_calls_than_a_channel_alone_is_allowed(
    steps: list[float], calls: int
) -> None:
    hands, made = Hands(), []
    turns, limits = OwnTurns(hands), Limits(rates=(Rate(most=calls, seconds=10),))
    for step in steps:
        hands.at += step
        if turns.take(limits) is None:
            made.append(hands.at)

    assert all(made[later] - made[later - calls] >= 10 for later in range(calls, len(made)))


def test_whoever_waits_as_long_as_told_is_let_through() -> None:
    hands = Hands()
    turns, limits = OwnTurns(hands), Limits(rates=(Rate(most=20, seconds=60),))
    assert [turns.take(limits), turns.take(limits)] == [None, None]
    hands.at = 1
    wait = turns.take(limits)
    assert wait is not None

    hands.at += wait.total_seconds() + 0.001

    assert turns.take(limits) is None


def test_one_chat_does_not_use_up_the_turns_of_another() -> None:
    turns, once = OwnTurns(Hands()), Rate(most=1)

    assert turns.take_each(once, ["a", "b"]) == {"a", "b"}
    assert turns.take_each(once, ["a", "c"]) == {"c"}


def test_those_who_are_quiet_are_forgotten() -> None:
    hands = Hands()
    turns, once = OwnTurns(hands), Rate(most=1)
    turns.take_each(once, [str(number) for number in range(10_001)])
    hands.at = 5

    turns.take_each(once, ["new"])

    assert len(turns._levels) == 1


def test_the_longest_entry_of_a_table_decides_and_the_operator_before_it() -> None:
    said: dict[str, Any] = {
        "accepted": ("ok",),
        "stop": ("a.b.c",),
        "retry": ("a.*",),
        "permanent": ("a.b.*",),
    }
    codes, changed = Codes(**said), Codes(**said, changed={"a.*": Verdict.WAIT})

    verdicts = [codes.verdict(code) for code in ("ok", "a.b.c", "a.b.d", "a.x", "unheard_of")]

    assert [verdict.value for verdict in verdicts] == ["accepted", "stop", "permanent", "retry", "retry"]
    assert changed.verdict("a.b.c") is Verdict.WAIT
