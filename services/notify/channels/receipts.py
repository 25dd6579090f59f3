"""What providers push: receipts, read into one form whatever the vendor calls things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from services.notify.channels.asking import Known

MOST_PARTS = 99
"""More than any SMS has: whoever says so means something else."""


@dataclass(frozen=True)
class Receipt:
    """What became of one message: `mark` is what was sent along, `reference` what the provider called it."""

    known: Known
    phone: str = field(repr=False)  # its last eleven digits, or fewer
    mark: str = ""
    reference: str = ""
    code: str = ""
    parts: int | None = None  # of which it consisted, as the provider counts; None: it does not say


def counted(parts: Any) -> int | None:
    """Return of how many parts a provider says that an SMS consists; None for what is no such number."""
    said = str(parts)
    return int(said) if said.isascii() and said.isdigit() and 0 < int(said) <= MOST_PARTS else None


@runtime_checkable
class TakesReceipts(Protocol):
    """A channel whose provider pushes receipts to an address that nobody can guess."""

    receipt_token: str | None

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts in a push; what cannot be read is left out."""
        ...
