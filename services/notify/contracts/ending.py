"""What should have come to an end and has not."""

from datetime import datetime
from typing import ClassVar

from services.chassis.contracts import Query, View
from services.chassis.rights import Right

__all__ = [
    "ListUnended",
    "Unended",
    "UnendedList",
]


class Unended(View, frozen=True, kw_only=True):
    """Deliveries of one provider that should have come to their end a day ago, and have not."""

    channel: str
    provider: str
    state: (
        str  # accepted: no receipt came; ambiguous: its doubt should have ended; sending: something is stuck
    )
    number: int
    oldest_at: datetime


class UnendedList(View, frozen=True, kw_only=True):
    """What the daily audit of final states would find now; nothing, when all is well."""

    items: list[Unended]


class ListUnended(Query, frozen=True, kw_only=True):
    """What has come to no end, by provider."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = UnendedList
