"""What notify answers: a person's inbox, and what became of messages."""

from datetime import datetime
from typing import Any, ClassVar
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


class MessageFigures(View, frozen=True, kw_only=True):
    """How messages stand, counted from the tables: every due message is in exactly one of the first five.

    Source: RELIABILITY, invariant 5 (`lost` and `duplicates` are 0 or something is broken).
    """

    due: int  # every message there is: one per person, event and topic
    accepted: int  # accepted or delivered, once
    failed: int  # refused, given up, expired, suppressed or unreachable; the state says which
    in_doubt: int  # went out, and nobody knows whether it arrived
    under_way: int  # waits for its recipient, its time or its next try
    lost: int  # planned, but by no channel
    duplicates: int  # messages that a channel accepted more than once
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


class OwnChannel(View, frozen=True, kw_only=True):
    """A channel that reaches a person only where they said that it finds them."""

    channel: str
    is_noted: bool


class OwnChannels(View, frozen=True, kw_only=True):
    """The channels that are set up here and want to be told where to find somebody."""

    items: list[OwnChannel]


class MyChannels(Query, frozen=True, kw_only=True):
    """Which channels want to be told where they find the signed-in person, and which have been."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = OwnChannels


class NoteHandle(Command, frozen=True, kw_only=True):
    """Where a channel finds the signed-in person: a chat, a room, a member id. None: nowhere any more."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True

    channel: str
    handle: str | None


class ReceiptsTaken(View, frozen=True, kw_only=True):
    """What providers want to hear when they pushed receipts: Aliyun looks at `code`, Tencent at `result`."""

    code: int = 0
    result: int = 0
    errmsg: str = "OK"


class TakeReceipts(Command, frozen=True, kw_only=True):
    """A provider pushes what became of messages, in its own words, to an address that only it knows."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ReceiptsTaken
    is_personal: ClassVar[bool] = True

    provider: str
    token: str
    reports: list[dict[str, Any]]


class UnknownMessage(Refusal):
    """There is no such message in this inbox."""

    code = "notify.unknown_message"
    kind = RefusalKind.UNKNOWN


class UnknownDelivery(Refusal):
    """There is no such delivery."""

    code = "notify.unknown_delivery"
    kind = RefusalKind.UNKNOWN


class NoLongerNeeded(Refusal):
    """The message went another way, is still under way, or may no longer be said."""

    code = "notify.no_longer_needed"


class UnknownChannel(Refusal):
    """No such channel is set up here, or it takes the phone or mail address that is known already."""

    code = "notify.unknown_channel"
    kind = RefusalKind.UNKNOWN


class UnusableHandle(Refusal):
    """What was given is too long to be the place where a channel finds somebody, or not on one line."""

    code = "notify.unusable_handle"


class UnknownReceiver(Refusal):
    """Nobody takes receipts at this address."""

    code = "notify.unknown_receiver"
    kind = RefusalKind.UNKNOWN


# -- what people decide about being told


class ChannelSwitch(View, frozen=True, kw_only=True):
    """Whether somebody is told of a topic through a channel."""

    topic: str
    channel: str
    is_on: bool


class TopicChoice(View, frozen=True, kw_only=True):
    """What somebody is told of a topic, and how; not every topic may be switched off."""

    topic: str
    topic_class: str
    may_be_switched_off: bool
    channels: list[ChannelSwitch]


class Preferences(View, frozen=True, kw_only=True):
    """What somebody decided about being told, with what holds where they decided nothing."""

    topics: list[TopicChoice]
    wants_invitations: bool
    quiet_from: str  # 21:00
    quiet_to: str
    has_own_quiet_hours: bool
    wants_digest: bool
    language: str | None
    suppressed: list[str]  # phone, email: which of their addresses want to be left alone


class MyPreferences(Query, frozen=True, kw_only=True):
    """What the signed-in person decided; `for_unit`: what was decided for the unit for which they act."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Preferences

    for_unit: bool = False


class SetPreferences(Command, frozen=True, kw_only=True):
    """Change what the signed-in person decided, or what holds for their unit; None leaves a thing as it is.

    `keeps_house_hours` gives own quiet hours up again; equal hours mean that there are none. `resumes` takes
    their own addresses off the suppression list.
    """

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Preferences

    for_unit: bool = False
    switches: list[ChannelSwitch] = []
    wants_invitations: bool | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    keeps_house_hours: bool = False
    wants_digest: bool | None = None
    language: str | None = None
    resumes: bool = False


class CannotBeSwitchedOff(Refusal):
    """Somebody waits for this message, or it guards an account: it is always sent."""

    code = "notify.cannot_be_switched_off"


class UnknownSwitch(Refusal):
    """The caller is told of no such topic, or not through such a channel."""

    code = "notify.unknown_switch"
    kind = RefusalKind.INVALID


class UnusableHours(Refusal):
    """Quiet hours are two times of the day."""

    code = "notify.unusable_hours"
    kind = RefusalKind.INVALID


class UnknownLanguage(Refusal):
    """Messages are written in no such language."""

    code = "notify.unknown_language"
    kind = RefusalKind.INVALID


# -- who wants to be left alone


class SuppressionView(View, frozen=True, kw_only=True):
    """That an address is on the suppression list: since when, and who put it there."""

    kind: str
    source: str
    reason: str
    since: datetime


class SuppressionList(View, frozen=True, kw_only=True):
    """The entries of one address; none: it is written to."""

    items: list[SuppressionView]


class CheckSuppression(Query, frozen=True, kw_only=True):
    """Whether a phone number or mail address is on the suppression list."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = SuppressionList
    is_personal: ClassVar[bool] = True

    contact: str


class SuppressAddress(Command, frozen=True, kw_only=True):
    """Leave a phone number or mail address alone: its owner asked for it."""

    right: ClassVar[Right] = Right.OPERATE
    is_personal: ClassVar[bool] = True

    contact: str


class LiftSuppression(Command, frozen=True, kw_only=True):
    """Write to a phone number or mail address again, whoever put it on the list."""

    right: ClassVar[Right] = Right.OPERATE
    is_personal: ClassVar[bool] = True

    contact: str


class TakeReplies(Command, frozen=True, kw_only=True):
    """A provider pushes what people answered to SMS, in its own words, to an address that only it knows."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ReceiptsTaken
    is_personal: ClassVar[bool] = True

    provider: str
    token: str
    replies: list[dict[str, Any]]


class Unsubscribe(Command, frozen=True, kw_only=True):
    """Whoever holds the token of a mail wants no more of them that are not owed to them (RFC 8058)."""

    right: ClassVar[Right] = Right.OPEN

    token: str


class UnusableContact(Refusal):
    """What was given is neither a phone number in international form nor a mail address."""

    code = "notify.unusable_contact"
    kind = RefusalKind.INVALID


class UnknownLetter(Refusal):
    """The token belongs to no mail of ours."""

    code = "notify.unknown_letter"
    kind = RefusalKind.UNKNOWN
