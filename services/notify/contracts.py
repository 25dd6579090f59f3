"""What notify answers: a person's inbox, and what became of messages."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right


class InboxItem(View, frozen=True, kw_only=True):
    """One message in a person's inbox."""

    is_personal: ClassVar[bool] = True

    id: UUID
    topic: str
    title: str
    body: str
    at: datetime
    is_read: bool


class Inbox(View, frozen=True, kw_only=True):
    """A page of an inbox."""

    is_personal: ClassVar[bool] = True

    items: list[InboxItem]
    next: str | None = None


class MyInbox(Page, frozen=True, kw_only=True):
    """The signed-in person's inbox, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Inbox


class MarkRead(Command, frozen=True, kw_only=True):
    """The signed-in person has read a message."""

    right: ClassVar[Right] = Right.SIGNED_IN

    item_id: UUID


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


class DeliveryList(View, frozen=True, kw_only=True):
    """A page of deliveries."""

    items: list[DeliveryView]
    next: str | None = None


class ListDeliveries(Page, frozen=True, kw_only=True):
    """Deliveries, newest first, of a state or about a thing (a wish, a claim, a report)."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = DeliveryList

    state: str | None = None
    subject_id: UUID | None = None


class DeliveryCounts(View, frozen=True, kw_only=True):
    """How many deliveries are in which state, by channel."""

    by_channel: dict[str, dict[str, int]]


class CountDeliveries(Query, frozen=True, kw_only=True):
    """The counts of deliveries."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = DeliveryCounts


class RetryDelivery(Command, frozen=True, kw_only=True):
    """Try a failed delivery again now."""

    right: ClassVar[Right] = Right.OPERATE

    delivery_id: UUID


class UnknownMessage(Refusal):
    """There is no such message in this inbox."""

    code = "notify.unknown_message"
    kind = RefusalKind.UNKNOWN


class UnknownDelivery(Refusal):
    """There is no such delivery."""

    code = "notify.unknown_delivery"
    kind = RefusalKind.UNKNOWN
