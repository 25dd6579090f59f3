"""What notify answers: a person's inbox, and what became of messages."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.notify.contracts.bursts import (
    BurstList,
    BurstSchedule,
    BurstSlot,
    BurstSummary,
    BurstView,
    GetBurst,
    ListBursts,
    PauseBurst,
    PlanBurst,
    ResumeBurst,
    StartBurst,
    UnknownBurst,
)
from services.notify.contracts.costs import (
    BudgetView,
    CostsOfMonth,
    GetCosts,
    ProviderCost,
    SetBudget,
    UnusableAmount,
    UnusableMonth,
)
from services.notify.contracts.deciding import (
    CannotBeSwitchedOff,
    ChannelSwitch,
    CheckSuppression,
    LiftSuppression,
    MyPreferences,
    Preferences,
    SetPreferences,
    SuppressAddress,
    SuppressionList,
    SuppressionView,
    TopicChoice,
    UnknownLanguage,
    UnknownLetter,
    UnknownSwitch,
    Unsubscribe,
    UnusableContact,
    UnusableHours,
)
from services.notify.contracts.ending import ListUnended, Unended, UnendedList
from services.notify.contracts.handles import (
    MyChannels,
    NoteHandle,
    OwnChannel,
    OwnChannels,
    UnknownChannel,
    UnusableHandle,
)
from services.notify.contracts.operating import (
    ChannelNotThere,
    ChannelsSeen,
    ChannelStanding,
    ChannelTried,
    CheckWords,
    NoTemplateToTry,
    ProviderStanding,
    RegisteredTemplateView,
    SeeChannels,
    TryChannel,
    UnusableReceiver,
    WordsChecked,
    WordsProblem,
)
from services.notify.contracts.outcomes import CountOutcomes, OutcomeCount, OutcomeCounts
from services.notify.contracts.pushes import (
    PushedAs,
    ReceiptsTaken,
    TakeReceipts,
    TakeReplies,
    UnknownReceiver,
    UnreadableBounce,
)
from services.notify.contracts.wording import (
    ForbiddenContent,
    ForbiddenSyntax,
    ListOverrides,
    NobodyIsTold,
    OverrideList,
    OverrideView,
    OverrideWords,
    PreviewWords,
    ReadWords,
    UnknownArea,
    UnknownOverride,
    UnknownWord,
    WithdrawOverride,
    WordsMissing,
    WordsPreview,
    WordsShown,
    WordsTooLong,
    WordsView,
)


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


__all__ = [
    "AttemptView",
    "BudgetView",
    "BurstList",
    "BurstSchedule",
    "BurstSlot",
    "BurstSummary",
    "BurstView",
    "CannotBeSwitchedOff",
    "ChannelNotThere",
    "ChannelStanding",
    "ChannelSwitch",
    "ChannelTried",
    "ChannelsSeen",
    "CheckSuppression",
    "CheckWords",
    "CostsOfMonth",
    "CountDeliveries",
    "CountOutcomes",
    "DeliveryCounts",
    "DeliveryList",
    "DeliveryView",
    "ForbiddenContent",
    "ForbiddenSyntax",
    "GetBurst",
    "GetCosts",
    "Inbox",
    "InboxItem",
    "LiftSuppression",
    "ListBursts",
    "ListDeliveries",
    "ListOverrides",
    "ListUnended",
    "MarkRead",
    "MessageFigures",
    "MyChannels",
    "MyInbox",
    "MyPreferences",
    "NoLongerNeeded",
    "NoTemplateToTry",
    "NobodyIsTold",
    "NoteHandle",
    "OutcomeCount",
    "OutcomeCounts",
    "OverrideList",
    "OverrideView",
    "OverrideWords",
    "OwnChannel",
    "OwnChannels",
    "PauseBurst",
    "PlanBurst",
    "Preferences",
    "PreviewWords",
    "ProviderCost",
    "ProviderStanding",
    "PushedAs",
    "ReadWords",
    "ReceiptsTaken",
    "RegisteredTemplateView",
    "ResumeBurst",
    "RetryDelivery",
    "SeeChannels",
    "SetBudget",
    "SetPreferences",
    "StartBurst",
    "SuppressAddress",
    "SuppressionList",
    "SuppressionView",
    "TakeReceipts",
    "TakeReplies",
    "TopicChoice",
    "TryChannel",
    "Unended",
    "UnendedList",
    "UnknownArea",
    "UnknownBurst",
    "UnknownChannel",
    "UnknownDelivery",
    "UnknownLanguage",
    "UnknownLetter",
    "UnknownMessage",
    "UnknownOverride",
    "UnknownReceiver",
    "UnknownSwitch",
    "UnknownWord",
    "UnreadableBounce",
    "Unsubscribe",
    "UnusableAmount",
    "UnusableContact",
    "UnusableHandle",
    "UnusableHours",
    "UnusableMonth",
    "UnusableReceiver",
    "WithdrawOverride",
    "WordsChecked",
    "WordsMissing",
    "WordsPreview",
    "WordsProblem",
    "WordsShown",
    "WordsTooLong",
    "WordsView",
]
