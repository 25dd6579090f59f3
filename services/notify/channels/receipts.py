"""What providers push: receipts, read into one form whatever the vendor calls things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from services.notify.channels.asking import Known

MOST_PARTS = 99
"""More than any SMS has: whoever says so means something else."""


@dataclass(frozen=True)
class Receipt:
    """What became of one message: `mark` is what was sent along, `reference` what the provider called it.

    A mail that came back is known by its `letter`, the token of its return address; where we did not write
    that, the receipt is not believed.
    """

    known: Known
    address: str = field(repr=False)  # the last digits of its number, or fewer; or its other address
    mark: str = ""
    reference: str = ""
    code: str = ""
    opts_out: bool = (
        False  # nothing more goes to this address: its provider holds it back, or nobody is there
    )
    letter: str = field(default="", repr=False)
    complains: bool = False  # it arrived, and whoever got it called it spam
    attempt: int | None = None  # the try it is about, where that is known
    parts: int | None = None  # of which it consisted, as the provider counts; None: it does not say

    @property
    def delivery(self) -> UUID | None:
        """Return the delivery that its mark is; the mark of a call is none, though it reads like one."""
        try:
            named = UUID(self.mark) if self.mark else None
        except ValueError:
            return None
        return named if str(named) == self.mark else None


def counted(parts: Any) -> int | None:
    """Return of how many parts a provider says that an SMS consists; None for what is no such number."""
    said = str(parts)
    return int(said) if said.isascii() and said.isdigit() and 0 < int(said) <= MOST_PARTS else None


@runtime_checkable
class TakesReceipts(Protocol):
    """A channel whose provider pushes receipts to an address that nobody can guess.

    One that says with `is_silent_on_arrival` that it hears of failures only is never waited for.
    """

    receipt_token: str | None

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts in a push; what cannot be read is left out, or refused."""
        ...


def is_awaited(channel: TakesReceipts) -> bool:
    """Say whether every message that a channel carried should have a receipt in the end."""
    return bool(channel.receipt_token) and not getattr(channel, "is_silent_on_arrival", False)


@runtime_checkable
class SignsPushes(Protocol):
    """A channel whose provider signs what it pushes, and wants to hear a word of its own."""

    def word_for(self, reports: Sequence[Mapping[str, Any]]) -> str | None:
        """Return that word, or None when a push does not bear the provider's signature."""
        ...
