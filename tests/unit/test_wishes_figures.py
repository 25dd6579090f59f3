"""The rules of figures and complaints, without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.wishes.contracts import (
    ComplaintMissing,
    Counts,
    Dimension,
    Figures,
    Measure,
    UnusableCorrection,
    UnusableFigurePeriod,
)
from services.wishes.domain import (
    COMPLAINT_LIFECYCLE,
    MEASURE_OF,
    ComplaintAction,
    ComplaintState,
    clean_complaint,
    end_of_period,
    figures_of_correction,
    holds_nothing_below_zero,
    months_of,
    periods_just_over,
    sum_of,
)


@pytest.mark.parametrize(
    ("period", "months", "last"),
    [
        ("2026-02", ["2026-02"], date(2026, 2, 28)),
        ("2026H1", [f"2026-0{month}" for month in range(1, 7)], date(2026, 6, 30)),
        ("2026H2", [f"2026-{month:02}" for month in range(7, 13)], date(2026, 12, 31)),
        ("2026", [f"2026-{month:02}" for month in range(1, 13)], date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_months_and_ends_with_the_last(period: str, months: list[str], last: date) -> None:
    assert (months_of(period), end_of_period(period)) == (months, last)


@pytest.mark.parametrize("period", ["", "2026-13", "2026H3", "26", "2026-1", "９９９９", "9999", "二〇二六"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(UnusableFigurePeriod):
        end_of_period(period)


@pytest.mark.parametrize(
    ("on", "over"),
    [
        (date(2026, 12, 3), ["2026-11"]),
        (date(2026, 7, 3), ["2026-06", "2026H1"]),
        (date(2027, 1, 3), ["2026-12", "2026H2", "2026"]),
    ],
)
def test_what_is_just_over(on: date, over: list[str]) -> None:
    assert periods_just_over(on) == over


def test_every_measure_but_carried_over_comes_from_a_move() -> None:
    assert set(MEASURE_OF.values()) == set(Measure) - {Measure.CARRIED_OVER}
    assert set(Counts.__struct_fields__) == set(Measure)


COUNTS = st.builds(Counts, submitted=st.integers(0, 9), fulfilled=st.integers(0, 9))
FIGURES = st.builds(
    Figures,
    total=COUNTS,
    by=st.dictionaries(st.sampled_from(Dimension), st.dictionaries(st.sampled_from(["", "health"]), COUNTS)),
)


@given(st.lists(FIGURES), st.lists(FIGURES))
def test_it_does_not_matter_in_which_order_or_by_which_levels_one_adds(
    some: list[Figures], others: list[Figures]
) -> None:
    whole = sum_of([*some, *others])
    assert sum_of([sum_of(some), sum_of(others)]).total == whole.total
    assert sum_of([*others, *some]) == whole


def test_a_correction_shows_in_the_total_and_where_it_says() -> None:
    figures = figures_of_correction(Measure.CLAIMED, -1, {Dimension.DOER: "team", Dimension.CATEGORY: ""})
    minus = Counts(claimed=-1)
    by = {Dimension.DOER: {"team": minus}, Dimension.CATEGORY: {"": minus}}
    assert figures == Figures(total=minus, by=by)
    assert not holds_nothing_below_zero(figures)


@pytest.mark.parametrize(("difference", "value"), [(0, "health"), (10**7, "health"), (1, "toys")])
def test_a_correction_of_nothing_or_of_what_there_is_not_is_refused(difference: int, value: str) -> None:
    with pytest.raises(UnusableCorrection):
        figures_of_correction(Measure.CLAIMED, difference, {Dimension.CATEGORY: value})


def test_an_answered_complaint_rests_and_an_open_one_can_always_be_answered() -> None:
    assert COMPLAINT_LIFECYCLE.final_states == {ComplaintState.ANSWERED}
    for state in (ComplaintState.OPEN, ComplaintState.ESCALATED):
        assert COMPLAINT_LIFECYCLE.allows(state, ComplaintAction.ANSWER)


def test_a_complaint_without_words_is_none() -> None:
    with pytest.raises(ComplaintMissing):
        clean_complaint(" \u200b…… ")
