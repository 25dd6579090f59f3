"""What messages cost: prices, months and amounts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.notify.domain import Prices, is_month, is_usable_amount


def test_a_month_is_that_of_the_house() -> None:
    last_evening_in_greenwich = datetime(2026, 11, 30, 17, tzinfo=UTC)

    assert Prices().month(last_evening_in_greenwich) == "2026-12"
    assert Prices(zone="UTC").month(last_evening_in_greenwich) == "2026-11"


@pytest.mark.parametrize("month", ["2026-12", "2027-02", "2028-02"])
def test_months_follow_on_each_other(month: str) -> None:
    bounds = Prices().bounds(month)

    assert Prices().month(bounds["begins"]) == month
    assert Prices().month(bounds["ends"]) > month
    assert bounds["ends"].day == 1


@pytest.mark.parametrize("said", ["2026-13", "2026-1", "26-12", "2026-12-01", "", "2026-12\n", "２０２６-12"])
def test_a_month_is_written_with_four_and_two_digits(said: str) -> None:
    assert not is_month(said)


@pytest.mark.parametrize("amount", ["0", "0.01", "500", "10000000", "1E+3"])
def test_a_budget_is_an_amount_to_the_fen(amount: str) -> None:
    assert is_usable_amount(Decimal(amount))


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "10000000.01", "NaN", "Infinity", "1E+30", "1E-30"])
def test_other_amounts_are_no_budget(amount: str) -> None:
    assert not is_usable_amount(Decimal(amount))
