"""What a channel says of an attempt, and what follows from it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.notify.domain.lifecycles import DeliveryAction
from services.notify.domain.plans import TOPICS
from services.notify.domain.topics import Risk, Topic, TopicClass


class Verdict(StrEnum):
    """The classes into which every answer of every provider falls (NOTIFY 3)."""

    ACCEPTED = "accepted"
    RETRY = "retry"  # it did not go out; later it may
    PERMANENT = "permanent"  # it never will, to this address or in these words
    WAIT = "wait"  # the provider asks for patience; that is no failure
    STOP = "stop"  # the account itself is refused: nothing more goes out until somebody looks
    AMBIGUOUS = "ambiguous"  # it went out, and no answer came
    OPTED_OUT = "opted_out"  # the recipient told the provider to leave them alone: no, for good


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery: `code` is the provider's, never its text, which may quote an address."""

    verdict: Verdict
    code: str
    reference: str = ""  # by which the provider knows it
    after: timedelta | None = None  # for WAIT and STOP: how long
    is_of_one: bool = False  # it waits by itself: others of the same account need not


def concerns_the_account(outcome: Outcome) -> bool:
    """Say whether others need not try the same account: it was refused, or asked to be patient so long."""
    is_told_when = outcome.verdict is Verdict.WAIT and outcome.after is not None and not outcome.is_of_one
    return outcome.verdict is Verdict.STOP or is_told_when


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and after how long a delivery is tried again."""

    tries: int = 6
    delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 14400)
    )
    pause: timedelta = timedelta(minutes=5)  # after STOP, or WAIT without a time
    doubt: timedelta = timedelta(minutes=5)  # before an ambiguous delivery is repeated, where it is
    receipt: timedelta = timedelta(minutes=30)  # within which a receipt comes, where the provider gives any

    def delay_after(self, failures: int, jitter: float) -> timedelta:
        """Return the delay after so many failures, stretched by up to a fifth; `jitter` lies in [0, 1)."""
        return self.delays[min(failures, len(self.delays)) - 1] * (1 + jitter / 5)

    def doubt_of(self, topic: Topic) -> timedelta | None:
        """Return after how long an ambiguous delivery of `topic` is repeated, or None for never."""
        rule = TOPICS[topic]
        if rule.in_doubt is Risk.SILENCE:
            return None
        return min(self.doubt, timedelta(seconds=20)) if rule.topic_class is TopicClass.URGENT else self.doubt


@dataclass(frozen=True)
class Step:
    """What becomes of a delivery: the action, and when it is looked at again (None: not by itself)."""

    action: DeliveryAction
    due_at: datetime | None = None
    is_failure: bool = field(default=False)


_FOR_GOOD = {
    Verdict.ACCEPTED: Step(DeliveryAction.ACCEPT),
    Verdict.PERMANENT: Step(DeliveryAction.REFUSE),
    Verdict.OPTED_OUT: Step(DeliveryAction.REFUSE),
}


def step_after(
    outcome: Outcome,
    topic: Topic,
    *,
    failures: int,
    now: datetime,
    expires_at: datetime,
    policy: RetryPolicy,
    jitter: float,
) -> Step:
    """Return what follows from `outcome` for a delivery that had failed `failures` times before.

    A next try that would come too late is none: the delivery is given up, so that another channel can follow.
    """
    if outcome.verdict in _FOR_GOOD:
        return _FOR_GOOD[outcome.verdict]
    if outcome.verdict is Verdict.AMBIGUOUS:
        doubt = policy.doubt_of(topic)
        return Step(DeliveryAction.LOSE_TRACK, now + doubt if doubt else None)
    if outcome.verdict is Verdict.RETRY:
        due_at = now + policy.delay_after(failures + 1, jitter)
        is_over = failures + 1 >= policy.tries or due_at >= expires_at
        return Step(DeliveryAction.FAIL, None if is_over else due_at, is_failure=True)
    due_at = now + (outcome.after or policy.pause)
    if due_at >= expires_at:
        return Step(DeliveryAction.FAIL, None, is_failure=True)
    return Step(DeliveryAction.POSTPONE, due_at)
