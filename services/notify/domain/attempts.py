"""What a channel says of an attempt, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.notify.domain.doubts import Hearing, doubt_lasts
from services.notify.domain.lifecycles import DeliveryAction
from services.notify.domain.plans import TOPICS
from services.notify.domain.topics import Topic, TopicClass


class Verdict(StrEnum):
    """The classes into which every answer of every provider falls (NOTIFY 3)."""

    ACCEPTED = "accepted"
    RETRY = "retry"  # it did not go out; later it may
    PERMANENT = "permanent"  # it never will, to this address or in these words
    ELSEWHERE = "elsewhere"  # not through this provider, which lacks the template; another may have it
    WAIT = "wait"  # the provider asks for patience; that is no failure
    STOP = "stop"  # the account itself is refused: nothing more goes out until somebody looks
    AMBIGUOUS = "ambiguous"  # it went out, and no answer came
    OPTED_OUT = "opted_out"  # never again to this address: its owner told the provider so, or there is none


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery: `code` is the provider's, never its text, which may quote an address."""

    verdict: Verdict
    code: str
    reference: str = ""  # by which the provider knows it
    after: timedelta | None = None  # for WAIT and STOP: how long
    parts: int | None = None  # of which it consists, as the provider counts; None: it does not say
    is_of_one: bool = False  # it waits by itself: others of the same account need not


def concerns_the_account(outcome: Outcome) -> bool:
    """Say whether others need not try the same account: it was refused, or asked to be patient so long."""
    is_told_when = outcome.verdict is Verdict.WAIT and outcome.after is not None and not outcome.is_of_one
    return outcome.verdict is Verdict.STOP or is_told_when


MOST_TRIES = 30_000
"""After which nobody waits for a provider any more that asks for a second's patience time and again.

Tries are counted in a smallint: one delivery that outgrew it would keep its whole lane from being lent.
"""


def _seconds(*delays: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=delay) for delay in delays)


LONGEST_PAUSE = timedelta(hours=1)
"""To which a pause grows, when a provider asks for patience time and again."""

HURRIED_PAUSE = timedelta(minutes=1)
"""With which the pauses of what is urgent begin; the vendors let one SMS a minute pass to a number."""


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and after how long a delivery is tried again, and how long it waits for its channel."""

    tries: int = 6
    delays: tuple[timedelta, ...] = _seconds(30, 120, 600, 3600, 14400)
    urgent_delays: tuple[timedelta, ...] = _seconds(5, 10, 20, 40, 60)
    pause: timedelta = timedelta(minutes=5)  # after STOP; after WAIT without a time it grows
    patience: Mapping[TopicClass, timedelta] = field(
        default_factory=lambda: {
            TopicClass.URGENT: timedelta(minutes=1),
            TopicClass.SERVICE: timedelta(hours=1),
            TopicClass.MARKETING: timedelta(hours=6),
        }
    )
    doubt: timedelta = timedelta(minutes=5)  # before a doubt ends about which nobody can be asked
    repeats: int = 2  # how often a delivery is sent again blindly, where its topic asks for it
    receipt: timedelta = timedelta(minutes=30)  # within which a receipt comes, where the provider gives any

    def delay_after(self, failures: int, jitter: float, topic_class: TopicClass) -> timedelta:
        """Return the delay after so many failures, stretched by up to a fifth; `jitter` lies in [0, 1)."""
        delays = self.urgent_delays if topic_class is TopicClass.URGENT else self.delays
        return delays[min(failures, len(delays)) - 1] * (1 + jitter / 5)

    def pause_after(self, tries: int, jitter: float, topic_class: TopicClass) -> timedelta:
        """Return how long to wait once a number has had enough for now: twice as long after every try."""
        first = min(self.pause, HURRIED_PAUSE) if topic_class is TopicClass.URGENT else self.pause
        grown = first * (1 << min(max(tries - 1, 0), 10))
        return min(grown, max(first, LONGEST_PAUSE)) * (1 + jitter / 5)

    def doubt_of(self, topic: Topic, hearing: Hearing | None) -> timedelta:
        """Return how long a doubt of `topic` lasts at a provider of whom the house hears so."""
        return doubt_lasts(topic, hearing, self.doubt, self.receipt)


@dataclass(frozen=True)
class Step:
    """What becomes of a delivery: the action, and when it is looked at again (None: not by itself)."""

    action: DeliveryAction
    due_at: datetime | None = None
    is_failure: bool = field(default=False)


_FOR_GOOD = {
    Verdict.PERMANENT: Step(DeliveryAction.REFUSE),
    Verdict.ELSEWHERE: Step(DeliveryAction.REFUSE),  # once no other provider of the channel has it
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
    hearing: Hearing | None = None,
    tries: int = 1,
) -> Step:
    """Return what follows from `outcome` of the last of `tries`, `failures` of which had failed before.

    A next try that would come too late is none: the delivery is given up, so that another channel can follow.
    Where the house hears from the provider, what it accepted is looked at again when its receipt is overdue.
    """
    topic_class = TOPICS[topic].topic_class
    if outcome.verdict is Verdict.ACCEPTED:
        return Step(DeliveryAction.ACCEPT, now + policy.receipt if hearing else None)
    if outcome.verdict in _FOR_GOOD:
        return _FOR_GOOD[outcome.verdict]
    if outcome.verdict is Verdict.AMBIGUOUS:
        return Step(DeliveryAction.LOSE_TRACK, now + policy.doubt_of(topic, hearing))
    if outcome.verdict is Verdict.RETRY:
        due_at = now + policy.delay_after(failures + 1, jitter, topic_class)
        is_over = failures + 1 >= policy.tries or due_at >= expires_at
        return Step(DeliveryAction.FAIL, None if is_over else due_at, is_failure=True)
    due_at = now + (outcome.after or _pause(outcome, policy, tries, jitter, topic_class))
    if due_at >= expires_at or tries >= MOST_TRIES:
        return Step(DeliveryAction.FAIL, None, is_failure=True)
    return Step(DeliveryAction.POSTPONE, due_at)


def _pause(
    outcome: Outcome, policy: RetryPolicy, tries: int, jitter: float, topic_class: TopicClass
) -> timedelta:
    """Return how long to wait when nobody says how long: accounts are tried steadily, numbers ever less."""
    if outcome.verdict is Verdict.STOP:
        return policy.pause
    return policy.pause_after(tries, jitter, topic_class)
