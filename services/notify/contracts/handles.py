"""Where channels of their own kind find people: who wants to be told, and what was told."""

from typing import ClassVar

from services.chassis.contracts import Command, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "MyChannels",
    "NoteHandle",
    "OwnChannel",
    "OwnChannels",
    "UnknownChannel",
    "UnusableHandle",
]


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


class UnknownChannel(Refusal):
    """No such channel is set up here, or it takes the phone or mail address that is known already."""

    code = "notify.unknown_channel"
    kind = RefusalKind.UNKNOWN


class UnusableHandle(Refusal):
    """What was given is no place where this channel finds somebody: too long, or unlike its ids."""

    code = "notify.unusable_handle"
    kind = RefusalKind.INVALID
