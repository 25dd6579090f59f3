"""What people decide about being told, and who wants to be left alone."""

from datetime import datetime
from typing import ClassVar

from services.chassis.contracts import Command, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "CannotBeSwitchedOff",
    "ChannelSwitch",
    "CheckSuppression",
    "LiftSuppression",
    "MyPreferences",
    "Preferences",
    "SetPreferences",
    "SuppressAddress",
    "SuppressionList",
    "SuppressionView",
    "TopicChoice",
    "UnknownLanguage",
    "UnknownLetter",
    "UnknownSwitch",
    "Unsubscribe",
    "UnusableContact",
    "UnusableHours",
]


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
