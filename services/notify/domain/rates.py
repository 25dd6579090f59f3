"""How fast an account may be used, by all processes together: a bucket of tokens, one for each SMS part."""

from dataclasses import dataclass

BUCKET = 0.1
"""How much of what a window allows may go out at once; the rest flows in evenly over the window."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most `most` within any `seconds`; a share of the bucket is kept for what is urgent."""

    most: int
    seconds: float = 1.0
    reserve: float = 0.2

    @property
    def capacity(self) -> float:
        """Return how many may go out at once. A full bucket and a window of refilling make `most`."""
        return max(1.0, self.most * BUCKET)

    @property
    def refill(self) -> float:
        """Return how many flow in each second."""
        return max(self.most - self.capacity, self.most * 0.5) / self.seconds

    def kept(self, *, is_urgent: bool) -> float:
        """Return how many stay in the bucket for what is more urgent; a bucket of one has nothing to keep."""
        return 0.0 if is_urgent or self.capacity < 2 else self.capacity * self.reserve

    @property
    def patience(self) -> float:
        """Return after how many seconds it is worth while to look into an empty bucket again."""
        return min(self.capacity / 2, 25.0) / self.refill
