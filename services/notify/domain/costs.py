"""What messages cost: parts by price, held against the budget of an area for a month."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.chassis.calendar import month_of

WARNS_AT = Decimal("0.8")
"""The share of a budget at which the officers of its area hear of it."""

SETTLED_AFTER = timedelta(days=3)
"""After which a receipt comes no more: what a provider took by then, and said no more of, it has billed."""

LARGEST_BUDGET = Decimal(10_000_000)
"""Yuan a month; more is a slip of the pen."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a provider asks for one part of a message, in yuan; maybe also for one that did not arrive."""

    per_part: Decimal
    is_due_when_failed: bool = False


@dataclass(frozen=True)
class Prices:
    """The prices of all providers that cost something; months are those of `zone`."""

    of: Mapping[str, Price] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"

    def month(self, at: datetime) -> str:
        """Return the month in which `at` lies, as `2026-12`."""
        return month_of(at.astimezone(ZoneInfo(self.zone)).date())

    def bounds(self, month: str) -> dict[str, datetime]:
        """Return when a month `begins` and when it `ends`."""
        zone, first = ZoneInfo(self.zone), date.fromisoformat(f"{month}-01")
        after = (first + timedelta(days=31)).replace(day=1)
        return {
            "begins": datetime.combine(first, time(), zone),
            "ends": datetime.combine(after, time(), zone),
        }


def is_usable_amount(amount: Decimal) -> bool:
    """Say whether an amount of yuan can be a budget: not negative, to the fen, of a decent size."""
    if not amount.is_finite() or not 0 <= amount <= LARGEST_BUDGET:
        return False
    return amount == amount.quantize(Decimal("0.01"))


def is_month(said: str) -> bool:
    """Say whether `said` is a month as we write it, 2026-12, of this century."""
    return re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", said) is not None
