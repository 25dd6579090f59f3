"""Deliveries: how they stand, what was tried, and how many of them there are in which state."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AttemptView",
    "CountDeliveries",
    "DeliveryCounts",
    "DeliveryList",
    "DeliveryView",
    "ListDeliveries",
    "MessageFigures",
    "NoLongerNeeded",
    "RetryDelivery",
    "UnknownDelivery",
]


class AttemptView(View, frozen=True, kw_only=True):
    """One attempt at one delivery."""

    at: datetime
    provider: str
    outcome: str
    code: str


class DeliveryView(View, frozen=True, kw_only=True):
    """A delivery with its attempts; the address is masked."""

    id: UUID
    message_id: UUID
    topic: str
    recipient_id: UUID
    channel: str
    address: str
    state: str
    created_at: datetime
    next_try_at: datetime | None
    attempts: list[AttemptView]
    provider: str | None = None
    occasion: UUID | None = None
    subject_id: UUID | None = None


class DeliveryList(View, frozen=True, kw_only=True):
    """A page of deliveries."""

    items: list[DeliveryView]
    next: str | None = None


class ListDeliveries(Page, frozen=True, kw_only=True):
    """Deliveries in the caller's areas, newest first: of a state, about a thing, of a burst, by a provider.

    The thing is a wish, a claim, a report; an occasion is what all were told of at once, a release for one.
    """

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = DeliveryList

    state: str | None = None
    subject_id: UUID | None = None
    occasion: UUID | None = None
    channel: str | None = None
    provider: str | None = None
    topic: str | None = None


class MessageFigures(View, frozen=True, kw_only=True):
    """How messages stand, counted from the tables: every due message is in exactly one of them, up to `lost`.

    Source: RELIABILITY, invariant 5 (`lost` and `duplicates` are 0 or something is broken).
    """

    due: int  # every message there is: one per person, event and topic
    accepted: int  # accepted or delivered, once
    failed: int  # refused, given up, expired, suppressed or unreachable; the state says which
    in_doubt: int  # went out, and nobody knows yet whether it arrived: it is asked about
    under_way: int  # waits for its recipient, its time or its next try
    lost: int  # planned, but by no channel
    duplicates: int  # messages that a channel accepted more than once
    unknown: int = 0  # went out, and nobody will know whether it arrived: it has ended
    waiting: int = 0  # of those under way: the recipient is not known yet
    unreachable: int = 0  # of those that failed: no channel leads to the recipient


class DeliveryCounts(View, frozen=True, kw_only=True):
    """How many deliveries are in which state, by channel; and how the messages stand."""

    by_channel: dict[str, dict[str, int]]
    messages: MessageFigures | None = None


class CountDeliveries(Query, frozen=True, kw_only=True):
    """The counts of deliveries."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = DeliveryCounts


class RetryDelivery(Command, frozen=True, kw_only=True):
    """Try a delivery again now that failed for good or was refused, after its cause was put right."""

    right: ClassVar[Right] = Right.OPERATE

    delivery_id: UUID


class UnknownDelivery(Refusal):
    """There is no such delivery."""

    code = "notify.unknown_delivery"
    kind = RefusalKind.UNKNOWN


class NoLongerNeeded(Refusal):
    """The message went another way, is still under way, or may no longer be said."""

    code = "notify.no_longer_needed"
