"""Whether the receipts of a provider come in time: one that is slow makes way for another."""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(minutes=10)
"""How long a stretch of what a provider accepted is looked at: the last for which receipts are due."""

FEWEST = 20
"""Messages in that stretch from which it may be judged."""

LATE_SHARE = 0.5
"""The share of late receipts above which a provider counts as slow."""


@dataclass(frozen=True)
class Punctuality:
    """Of how many messages a receipt was due for the first time, and of how many of these it did not come."""

    due: int
    late: int

    @property
    def is_slow(self) -> bool:
        """Say whether another should take over."""
        return self.due >= FEWEST and self.late > self.due * LATE_SHARE
