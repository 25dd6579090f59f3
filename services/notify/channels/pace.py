"""Turns: whoever calls a provider takes one first, so that it need not tell us to slow down.

In a house all processes take them from one table (`services.notify.sender.turns`); a channel alone counts
its own.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from time import monotonic
from typing import Protocol, runtime_checkable

from services.notify.domain import Bucket, Limits, Outcome, Rate, Verdict, bucket_of
from services.notify.domain.rates import ALMOST

MOST_REMEMBERED = 10_000


class Turns(Protocol):
    """The turns of one account."""

    def take(self, limits: Limits, what: str = "") -> timedelta | None:
        """Return None once it is one's turn, or after how long to come back; `what` else than to send."""
        ...

    def take_each(self, rate: Rate, addresses: Collection[str]) -> frozenset[str]:
        """Return the addresses that may be told something now; what `rate` allows to each."""
        ...


@runtime_checkable
class TakesTurns(Protocol):
    """A channel that takes a turn before each call, or before it tells an address more."""

    turns: Turns
    limits: Limits


class OwnTurns:
    """The turns of a channel that stands alone; nobody waits here, everybody is told when to come back."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with no call made."""
        self._now = now
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, limits: Limits, what: str = "") -> timedelta | None:
        """Take a turn, or say after how long there is one."""
        bucket = limits.bucket()
        return self._take(f"/{what}", bucket) if bucket else None

    def take_each(self, rate: Rate, addresses: Collection[str]) -> frozenset[str]:
        """Take a turn for each address that has one."""
        bucket = bucket_of(rate)
        if len(self._levels) > MOST_REMEMBERED:
            self._forget_the_quiet(rate)
        return frozenset(address for address in addresses if self._take(address, bucket) is None)

    def _take(self, name: str, bucket: Bucket) -> timedelta | None:
        now = self._now()
        tokens, at = self._levels.get(name, (bucket.capacity, now))
        filled = bucket.filled(tokens, now - at)
        if filled < 1 - ALMOST:
            return timedelta(seconds=(1 - filled) / bucket.refill)
        self._levels[name] = (filled - 1, now)
        return None

    def _forget_the_quiet(self, rate: Rate) -> None:
        since = self._now() - rate.seconds - rate.slack
        self._levels = {name: level for name, level in self._levels.items() if level[1] > since}


def not_yet(after: timedelta) -> Outcome:
    """Return the outcome of a message for which there is no turn: it waits, which is no failure."""
    return Outcome(Verdict.WAIT, "own_pace", after=after)


def not_yet_to(rate: Rate) -> Outcome:
    """Return the outcome of a message whose recipient was told enough for now; it concerns nobody else."""
    after = timedelta(seconds=1 / bucket_of(rate).refill)
    return Outcome(Verdict.WAIT, "own_pace", after=after, is_of_one=True)
