"""How long the first of many waits for company: hardly at all, and longer while much is going on."""

import time

BURST = 0.03
"""Seconds after which something did not happen just now any more."""


class Gathering:
    """Knows when something was last done, and so whether company is likely."""

    def __init__(self, alone: float, in_a_burst: float) -> None:
        """Take for how many seconds to wait when nothing was done just now, and when something was."""
        self._alone, self._in_a_burst = alone, in_a_burst
        self._done_at = 0.0

    def done(self) -> None:
        """Note that something was done."""
        self._done_at = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return for how long to wait."""
        is_burst = time.monotonic() < self._done_at + BURST
        return self._in_a_burst if is_burst else self._alone
