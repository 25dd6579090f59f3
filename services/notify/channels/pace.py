"""How fast a provider may be spoken to from this process, so that it need not tell us to slow down."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from time import monotonic


class Pace:
    """At most so many calls within so many seconds."""

    def __init__(self, calls: int, within: float, now: Callable[[], float] = monotonic) -> None:
        """Begin with no call made."""
        self._calls, self._within, self._now = calls, within, now
        self._made: deque[float] = deque()

    def step(self) -> timedelta | None:
        """Count one call, or return how long to wait until there is room for it."""
        now = self._now()
        while self._made and self._made[0] <= now - self._within:
            self._made.popleft()
        if len(self._made) >= self._calls:
            return timedelta(seconds=max(0.1, self._made[0] + self._within - now))
        self._made.append(now)
        return None

    @property
    def is_idle(self) -> bool:
        """Say whether no call counts any more."""
        return not self._made or self._made[-1] <= self._now() - self._within


class PaceOfEach:
    """The same pace for each recipient."""

    def __init__(self, calls: int, within: float, now: Callable[[], float] = monotonic) -> None:
        """Begin with no call made."""
        self._calls, self._within, self._now = calls, within, now
        self._paces: dict[str, Pace] = {}

    def step(self, recipient: str) -> timedelta | None:
        """Count one call to a recipient, or return how long to wait until there is room for it."""
        if len(self._paces) > 10_000:
            self._paces = {name: pace for name, pace in self._paces.items() if not pace.is_idle}
        pace = self._paces.setdefault(recipient, Pace(self._calls, self._within, self._now))
        return pace.step()
