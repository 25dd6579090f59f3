"""How fast a provider is spoken to: never more calls in a stretch of time than it takes."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.channels.codes import Codes
from services.notify.channels.pace import Pace, PaceOfEach
from services.notify.domain import Verdict


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@settings(deadline=None)
@given(steps=st.lists(st.floats(min_value=0, max_value=3), max_size=60), calls=st.integers(1, 5))
def test_no_stretch_of_time_holds_more_calls_than_the_pace_allows(steps: list[float], calls: int) -> None:
    hands, made = Hands(), []
    pace = Pace(calls, 10, hands)
    for step in steps:
        hands.at += step
        if pace.step() is None:
            made.append(hands.at)

    assert all(made[later] - made[later - calls] >= 10 for later in range(calls, len(made)))


def test_whoever_waits_as_long_as_told_is_let_through() -> None:
    hands = Hands()
    pace = Pace(2, 60, hands)
    assert [pace.step(), pace.step()] == [None, None]
    hands.at = 15
    wait = pace.step()
    assert wait == timedelta(seconds=45)

    hands.at += wait.total_seconds()

    assert pace.step() is None


def test_one_chat_does_not_use_up_the_pace_of_another() -> None:
    pace = PaceOfEach(1, 1, Hands())

    assert (pace.step("a"), pace.step("b")) == (None, None)
    assert pace.step("a") is not None


def test_those_who_are_quiet_are_forgotten() -> None:
    hands = Hands()
    pace = PaceOfEach(1, 1, hands)
    for number in range(10_001):
        pace.step(str(number))
    hands.at = 5

    pace.step("new")

    assert len(pace._paces) == 1


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
