"""The rules of figures: which months a period has, how counts add up, what a correction may say; pure."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from services.chassis.calendar import (
    first_day_of,
    half_year_of,
    month_of,
    next_period,
    periods_between,
    year_of,
)
from services.wishes.contracts import (
    Category,
    Counts,
    Dimension,
    DoerKind,
    Door,
    Figures,
    Hardship,
    Measure,
    UnusableCorrection,
    UnusableFigurePeriod,
    Urgency,
    WishKind,
)
from services.wishes.domain.wish import WishAction

MEASURE_OF = {
    WishAction.SUBMIT: Measure.SUBMITTED,
    WishAction.ACCEPT: Measure.ACCEPTED,
    WishAction.DECLINE: Measure.DECLINED,
    WishAction.RETURN: Measure.RETURNED,
    WishAction.REFER: Measure.REFERRED,
    WishAction.SETTLE: Measure.SETTLED,
    WishAction.RELEASE: Measure.RELEASED,
    WishAction.CLAIM: Measure.CLAIMED,
    WishAction.FULFIL: Measure.FULFILLED,
    WishAction.WITHDRAW: Measure.WITHDRAWN,
    WishAction.UNDO: Measure.WITHDRAWN,
}
"""What a move of a wish counts as; the others (amended, reopened, …) are steps on the way."""

VALUES_OF: Mapping[Dimension, type[StrEnum]] = {
    Dimension.CATEGORY: Category,
    Dimension.URGENCY: Urgency,
    Dimension.KIND: WishKind,
    Dimension.HARDSHIP: Hardship,
    Dimension.DOER: DoerKind,
    Dimension.DOOR: Door,
}


# --- Periods -----------------------------------------------------------------------------------------------


def months_of(period: str) -> list[str]:
    """Return the months of a month, half-year or year; raise `UnusableFigurePeriod` for anything else."""
    try:
        next_period(period)
    except ValueError:
        raise UnusableFigurePeriod() from None
    if "-" in period:
        return [period]
    year, _, half = period.partition("H")
    first, last = {"1": (1, 6), "2": (7, 12), "": (1, 12)}[half]
    return periods_between(f"{year}-{first:02}", f"{year}-{last:02}")


def end_of_period(period: str) -> date:
    """Return the last day of a period; raise `UnusableFigurePeriod` when it is none."""
    following = next_period(months_of(period)[-1])
    return first_day_of(following) - timedelta(days=1)


def periods_just_over(on: date) -> list[str]:
    """Return the periods that ended with the month before the day `on`: always a month, at times more."""
    before = on.replace(day=1) - timedelta(days=1)
    every = (month_of(before), half_year_of(before), year_of(before))
    return [period for period in every if end_of_period(period) == before]


# --- Sums --------------------------------------------------------------------------------------------------


def sum_of(every: Iterable[Figures]) -> Figures:
    """Return the sum of figures, count by count: what an area above has is exactly what those below have."""
    totals: dict[str, int] = {}
    sorted_: dict[Dimension, dict[str, dict[str, int]]] = {}
    for figures in every:
        _add(totals, figures.total)
        for dimension, values in figures.by.items():
            for value, counts in values.items():
                _add(sorted_.setdefault(dimension, {}).setdefault(value, {}), counts)
    by = {
        dimension: {value: Counts(**values[value]) for value in sorted(values)}
        for dimension, values in sorted(sorted_.items())
    }
    return Figures(total=Counts(**totals), by=by)


def _add(to: dict[str, int], counts: Counts) -> None:
    for measure, count in msgspec.structs.asdict(counts).items():
        to[measure] = to.get(measure, 0) + count


# --- Corrections -------------------------------------------------------------------------------------------

LARGEST_DIFFERENCE = 1_000_000


def figures_of_correction(measure: Measure, difference: int, breakdown: Mapping[Dimension, str]) -> Figures:
    """Return a correction as figures that are added to those that were signed.

    Raises `UnusableCorrection` when it changes nothing or names a value that there is not.
    """
    if not 0 < abs(difference) <= LARGEST_DIFFERENCE:
        raise UnusableCorrection()
    for dimension, value in breakdown.items():
        if value and value not in set(VALUES_OF[dimension]):
            raise UnusableCorrection()
    counts = Counts(**{measure.value: difference})
    return Figures(total=counts, by={dimension: {value: counts} for dimension, value in breakdown.items()})


def holds_nothing_below_zero(figures: Figures) -> bool:
    """Say whether every count is one that could have been counted."""
    lines = [figures.total, *(counts for values in figures.by.values() for counts in values.values())]
    return all(count >= 0 for counts in lines for count in msgspec.structs.astuple(counts))
