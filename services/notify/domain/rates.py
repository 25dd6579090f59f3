"""How fast an account may be used, by all processes together: a bucket of tokens, one for each part or call.

Full or not, a bucket lets no more pass in any window than its size and what flows in meanwhile; both together
stay below what the vendor allows. Where a vendor has two windows, the slower flow keeps to both.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ALMOST = 1e-9
"""What arithmetic may lose of a token."""

BEIJING = ZoneInfo("Asia/Shanghai")
"""The vendors' days begin when China's do, wherever we run."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most `most` within any `seconds`; a share of the bucket is kept for what is urgent."""

    most: int
    seconds: float = 1.0
    reserve: float = 0.2
    at_once: float = 0.1  # how much of it may go out at once; the rest flows in evenly over the window

    @property
    def slack(self) -> float:
        """Return by how many seconds one call may reach the vendor later than another was let go."""
        return 0.2 + self.seconds / 20


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """At most `capacity` tokens, of which `refill` flow in each second."""

    capacity: float
    refill: float
    weight: float = 1.0  # tokens that one message needs
    reserve: float = 0.2
    slack: float = 0.0  # seconds after which a turn that was not used is lost

    def kept(self, *, is_urgent: bool) -> float:
        """Return how many stay in the bucket for what is more urgent; a full one has room for others, too."""
        beyond_one = max(0.0, self.capacity - self.weight - ALMOST)
        return 0.0 if is_urgent else min(self.capacity * self.reserve, beyond_one)

    @property
    def patience(self) -> float:
        """Return after how many seconds it is worth while to look into an empty bucket again."""
        return min(self.capacity / 2, 25.0) / self.refill

    def filled(self, tokens: float, seconds: float) -> float:
        """Return how many tokens there are so many seconds later."""
        return min(self.capacity, tokens + self.refill * seconds)


def bucket_of(*rates: Rate, weight: float = 1.0) -> Bucket:
    """Return the bucket that keeps to all of these rates, for messages that need `weight` tokens each.

    It holds one message at least, however heavy: what never fitted would never go out.
    """
    capacity = max(1.0, weight, min(rate.most * rate.at_once for rate in rates))
    return Bucket(
        capacity=capacity,
        refill=min(max(rate.most - capacity, 1.0) / (rate.seconds + rate.slack) for rate in rates),
        weight=weight,
        reserve=min(rate.reserve for rate in rates),
        slack=min(rate.slack for rate in rates),
    )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a vendor lets one account do: within some windows, and on one of its days."""

    rates: tuple[Rate, ...] = ()
    a_day: int | None = None
    are_of_calls: bool = False  # one call may say it to many: the channel takes a turn before each call

    def bucket(self, weight: float = 1.0) -> Bucket | None:
        """Return the bucket of the account; None where the vendor knows no window."""
        return bucket_of(*self.rates, weight=weight) if self.rates else None


NO_LIMITS = Limits()


def vendors_day(now: datetime) -> date:
    """Return the day that the vendors have."""
    return now.astimezone(BEIJING).date()


def day_turns_in(now: datetime) -> timedelta:
    """Return after how long the vendors' next day begins."""
    here = now.astimezone(BEIJING)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - here
