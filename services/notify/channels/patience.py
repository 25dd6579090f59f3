"""How long a batch goes on beginning calls, so that what came of them is known before its lease ends.

Whoever is cut off in the middle of a batch cannot say any more what came of its first calls, and all of them
are doubts. So a channel makes its calls one after the other for as long as its patience lasts, and says of
the rest that it was not begun: that is looked at again at once.
"""

from datetime import timedelta
from typing import Protocol, runtime_checkable

from services.notify.domain import Outcome, Verdict

SHARE_OF_LEASE = 0.75
"""How much of its lease a batch may use up, so that its outcome is recorded while the loan is still ours."""

PATIENCE = 40.0
"""Seconds after which no channel begins another call of a batch, however long its lease."""

LEAST_SHARE = 0.25
"""How much of a lease there is for beginning, even where a call that is never answered would outlast it."""

NOT_BEGUN = Outcome(Verdict.WAIT, "not_begun", after=timedelta(seconds=1))


@runtime_checkable
class HasPatience(Protocol):
    """A channel that makes several calls for one batch, and stops beginning them in time."""

    longest_call: float  # seconds that one call takes at most, as far as timeouts can say it
    patience: float  # seconds for which calls are begun


def patience_within(lease: float, longest_call: float) -> float:
    """Return for how many seconds calls may be begun so that even the last is over before it is cut off.

    Where lease and timeouts contradict each other, a silent call is cut off and leaves a doubt; answers that
    come as fast as ever must not wait for that.
    """
    room = lease * SHARE_OF_LEASE - longest_call
    return min(PATIENCE, max(room, lease * LEAST_SHARE))
