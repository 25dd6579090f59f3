"""The inbox of a person: what they were told, whether or not it reached them elsewhere."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Page, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "Inbox",
    "InboxItem",
    "MarkRead",
    "MyInbox",
    "UnknownMessage",
]


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


class UnknownMessage(Refusal):
    """There is no such message in this inbox."""

    code = "notify.unknown_message"
    kind = RefusalKind.UNKNOWN
