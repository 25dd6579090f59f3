"""What became of deliveries, counted: of a burst, of a wish, through a provider, by state and last code."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Query, View
from services.chassis.rights import Right

__all__ = [
    "CountOutcomes",
    "OutcomeCount",
    "OutcomeCounts",
]


class OutcomeCount(View, frozen=True, kw_only=True):
    """How many deliveries of one channel and provider stand alike; `code` says why they did not arrive."""

    channel: str
    provider: str  # empty while nobody has carried them
    state: str
    code: str  # of the last attempt; empty for what was accepted, and for what was not tried yet
    number: int


class OutcomeCounts(View, frozen=True, kw_only=True):
    """The deliveries in the caller's areas, counted: the most frequent first, at most two hundred kinds."""

    items: list[OutcomeCount]


class CountOutcomes(Query, frozen=True, kw_only=True):
    """What became of the deliveries of a burst (`occasion`), about a thing, or through a provider.

    Without an occasion or a thing only those of the last `days` are counted, a year of them at most.
    """

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = OutcomeCounts

    occasion: UUID | None = None
    subject_id: UUID | None = None
    topic: str | None = None
    channel: str | None = None
    provider: str | None = None
    days: int = 31
