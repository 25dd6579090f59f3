"""The question to a provider: what became of a message to which no answer came, or no receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID


class Known(StrEnum):
    """What a provider knows of a message."""

    WAITING = "waiting"  # it has it, and has not heard yet whether it arrived
    ARRIVED = "arrived"
    FAILED = "failed"  # it had it, and it did not arrive; nothing more will come
    NEVER = "never"  # its books are complete, and this is not in them
    UNSAID = "unsaid"  # it could not or would not say


@dataclass(frozen=True)
class Question:
    """What is asked: the delivery, where it went, and the reference that the attempt left, if any."""

    delivery_id: UUID
    address: str = field(repr=False)
    reference: str
    at: datetime  # when the attempt was written down, or its lease ended; see `SENT_WITHIN`


@dataclass(frozen=True)
class Word:
    """What was answered: `code` is the provider's, never its text."""

    known: Known
    code: str = ""
    reference: str = ""
    opts_out: bool = False  # as in receipts, for which such words stand in


UNSAID = Word(Known.UNSAID)

SENT_WITHIN = timedelta(hours=1)
"""How long before that a message can have gone out: around midnight, books kept by the day are two."""


@runtime_checkable
class CanBeAsked(Protocol):
    """A channel whose provider can be asked; one that does not have this method is never asked."""

    def ask(self, questions: Sequence[Question]) -> Mapping[UUID, Word]:
        """Return what the provider knows of each; who is left out counts as unsaid.

        They are asked one at a time, and none after a minute: a call that takes longer is cut off.
        """
        ...
