"""Doubts: how a provider is heard of again, how often it is asked, and after how long nobody will know."""

from datetime import timedelta
from enum import StrEnum

from services.notify.domain.plans import TOPICS
from services.notify.domain.topics import Risk, Topic, TopicClass


class Hearing(StrEnum):
    """How the house hears from a provider what became of a message; of most it never does."""

    RECEIPTS = "receipts"  # it pushes them, and cannot be asked
    ANSWERS = "answers"  # it can be asked, whether it pushes receipts or not


Delays = tuple[timedelta, ...]


def _seconds(*delays: int) -> Delays:
    return tuple(timedelta(seconds=delay) for delay in delays)


ASKED_PATIENTLY = _seconds(60, 120, 600, 3600, 21600)
"""How long after the doubt, and then after each question, the next one is asked; then none is."""

ASKED_SOON = _seconds(60, 120, 120)
"""The same where silence would be worse than hearing it twice."""

ASKED_AT_ONCE = _seconds(10, 10)
"""The same where, besides, somebody waits for it."""

ANSWERED_WITHIN = timedelta(minutes=2)
"""What the questions themselves may take; after that the time to ask is over, whoever got no turn."""

HURRIED = timedelta(seconds=20)
"""After which what is urgent is repeated where nobody can be asked."""


def asked_after(topic: Topic) -> Delays:
    """Return after which delays a provider is asked about a doubt of `topic`, one question for each."""
    rule = TOPICS[topic]
    if rule.in_doubt is Risk.SILENCE:
        return ASKED_PATIENTLY
    return ASKED_AT_ONCE if rule.topic_class is TopicClass.URGENT else ASKED_SOON


def doubt_lasts(topic: Topic, hearing: Hearing | None, doubt: timedelta, receipt: timedelta) -> timedelta:
    """Return how long a doubt of `topic` may last before it is repeated or written off, whatever was asked.

    `doubt` is how long the house waits where it hears nothing, `receipt` how long a receipt may take.
    """
    if hearing is Hearing.ANSWERS:
        return sum(asked_after(topic), ANSWERED_WITHIN)
    rule = TOPICS[topic]
    if rule.in_doubt is Risk.SILENCE:
        return max(doubt, receipt) if hearing is Hearing.RECEIPTS else doubt
    return min(doubt, HURRIED) if rule.topic_class is TopicClass.URGENT else doubt
