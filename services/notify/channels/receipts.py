"""What providers push: receipts, read into one form whatever the vendor calls things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from services.notify.channels.asking import Known


@dataclass(frozen=True)
class Receipt:
    """What became of one message: `mark` is what was sent along, `reference` what the provider called it."""

    known: Known
    phone: str = field(repr=False)  # where it went: the last eleven digits of a number, or another address
    mark: str = ""
    reference: str = ""
    code: str = ""


@runtime_checkable
class TakesReceipts(Protocol):
    """A channel whose provider pushes receipts to an address that nobody can guess."""

    receipt_token: str | None

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts in a push; what cannot be read is left out."""
        ...


@runtime_checkable
class SignsPushes(Protocol):
    """A channel whose provider signs what it pushes, and wants to hear a word of its own."""

    def word_for(self, reports: Sequence[Mapping[str, Any]]) -> str | None:
        """Return that word, or None when a push does not bear the provider's signature."""
        ...
