"""What messages cost: parts by price, held against the budget of an area for a month."""

from dataclasses import dataclass
from decimal import Decimal

WARNS_AT = Decimal("0.8")
"""The share of a budget at which the officers of its area hear of it."""

LARGEST_BUDGET = Decimal(10_000_000)
"""Yuan a month; more is a slip of the pen."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a provider asks for one part of a message, in yuan; maybe also for one that did not arrive."""

    per_part: Decimal
    is_due_when_failed: bool = False


def is_usable_amount(amount: Decimal) -> bool:
    """Say whether an amount of yuan can be a budget: not negative, to the fen, of a decent size."""
    if not amount.is_finite() or not 0 <= amount <= LARGEST_BUDGET:
        return False
    return amount == amount.quantize(Decimal("0.01"))
