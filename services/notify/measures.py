"""What is measured of deliveries, for Prometheus: outcomes, how long they took, what waits and who rests."""

from collections.abc import Collection, Mapping, Sequence
from time import time
from typing import Any, Protocol
from uuid import UUID

from prometheus_client import Counter, Gauge, Histogram

from services.chassis.refusals import Refusal
from services.notify.contracts import ReceiptsTaken
from services.notify.domain import TOPICS, Outcome, Price, Topic, TopicClass, Verdict

ATTEMPTS = Counter(
    "wishtree_delivery_attempts_total",
    "Attempts at deliveries.",
    ["channel", "provider", "lane", "outcome"],
)
CALLS = Histogram(
    "wishtree_delivery_call_seconds",
    "How long a provider took to answer a call, however many deliveries it was about; by its foremost lane.",
    ["channel", "provider", "lane"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
WAITS = Histogram(
    "wishtree_delivery_wait_seconds",
    "How long a delivery took from its planning until it was accepted, waits that it was given included.",
    ["channel", "provider", "lane"],
    buckets=(0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 43200),
)
TURNED_AWAY = Counter(
    "wishtree_deliveries_turned_away_total",
    "Deliveries for which a provider lacks the template or the signature.",
    ["channel", "provider", "topic"],
)
RECEIPTS = Counter(
    "wishtree_receipts_total", "Receipts that were pushed to the doors of providers.", ["provider", "result"]
)
WAITING = Gauge("wishtree_deliveries_waiting", "Deliveries that are due.", ["channel", "lane"])
OLDEST = Gauge(
    "wishtree_deliveries_oldest_seconds",
    "For how long the delivery has been due that has waited longest.",
    ["channel", "lane"],
)
DOUBTED = Gauge("wishtree_deliveries_in_doubt", "Deliveries that nobody knows the end of.", ["provider"])
RESTING = Gauge("wishtree_provider_resting", "1 while a provider is given nothing.", ["channel", "provider"])
STOPPED = Gauge(
    "wishtree_provider_stopped", "1 while a provider refuses the account itself.", ["channel", "provider"]
)
HALTED = Gauge(
    "wishtree_bursts_halted", "Bursts that operators hold: waiting or paused.", ["channel", "state"]
)
SPEND = Counter(
    "wishtree_delivery_spend_yuan_total",
    "What was reserved for what providers took, in yuan, before anything is given back.",
    ["channel", "provider"],
)
BUDGET = Gauge("wishtree_budget_yuan", "What an area may spend this month.", ["area"])
SPENT = Gauge("wishtree_budget_spent_yuan", "What of it is spent, reserved or settled.", ["area"])
TEMPLATES = Gauge(
    "wishtree_template_days_left",
    "Days until a registered template lapses that nobody uses; negative once it has.",
    ["provider", "template"],
)

_MILLISECONDS = 80
"""Bits of a UUIDv7 behind its milliseconds since 1970 (RFC 9562, 5.7)."""


class Sent(Protocol):
    """As much of a loan as is measured."""

    @property
    def delivery_id(self) -> UUID: ...

    @property
    def topic(self) -> Topic: ...


class Pushed(Protocol):
    """As much of a push as is counted."""

    @property
    def provider(self) -> str: ...

    @property
    def reports(self) -> Sequence[Any]: ...


def measure(
    channel: str,
    provider: str,
    sent: Sequence[Sent],
    outcomes: Mapping[UUID, Outcome],
    seconds: float | None,
) -> None:
    """Count what came of deliveries, and of the call that was made about them, if there was one."""
    now = time()
    for one in sent:
        outcome, lane = outcomes[one.delivery_id], lane_of(one.topic)
        ATTEMPTS.labels(channel, provider, lane, outcome.verdict).inc()
        if outcome.verdict is Verdict.ACCEPTED:
            WAITS.labels(channel, provider, lane).observe(max(0.0, now - begun_at(one.delivery_id)))
    if seconds is not None:
        foremost = min((TOPICS[one.topic].topic_class for one in sent), key=lambda found: found.lane)
        CALLS.labels(channel, provider, foremost.value).observe(seconds)


def measure_spend(channel: str, provider: str, price: Price | None, parts: int) -> None:
    """Count what the parts cost that a provider took, or may have."""
    if price and parts:
        SPEND.labels(channel, provider).inc(float(parts * price.per_part))


def measure_pushes(
    providers: Collection[str], pushes: Sequence[Pushed], answers: Sequence[ReceiptsTaken | Refusal]
) -> None:
    """Count the receipts of pushes, taken or not, for providers that there are: anybody may name others."""
    for push, answer in zip(pushes, answers, strict=True):
        if push.provider in providers:
            result = "refused" if isinstance(answer, Refusal) else "taken"
            RECEIPTS.labels(push.provider, result).inc(len(push.reports))


def lane_of(topic: Topic) -> str:
    """Return the name of the lane in which a topic travels."""
    return TOPICS[topic].topic_class.value


def lane_named(rank: int) -> str:
    """Return the name of a lane by its rank."""
    return list(TopicClass)[rank].value


def begun_at(identifier: UUID) -> float:
    """Return the second since 1970 in which a delivery was written down: its id says it."""
    return (identifier.int >> _MILLISECONDS) / 1000


def first_id_of(second: float) -> UUID:
    """Return the lowest id of what was written down from that second on, to find it by its key."""
    return UUID(int=int(second * 1000) << _MILLISECONDS)
