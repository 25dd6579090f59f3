"""What providers push: receipts, read into one form whatever the vendor calls things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from services.notify.channels.asking import Known


@dataclass(frozen=True)
class Receipt:
    """What became of one message: `mark` is what was sent along, `reference` what the provider called it.

    A mail that came back is known by its `letter`, the token of its return address; where we did not write
    that, the receipt is not believed.
    """

    known: Known
    address: str = field(repr=False)  # the last eleven digits of its number, or fewer; or its mail address
    mark: str = ""
    reference: str = ""
    code: str = ""
    opts_out: bool = (
        False  # nothing more goes to this address: its provider holds it back, or nobody is there
    )
    letter: str = field(default="", repr=False)
    attempt: int | None = None  # the try it is about, where that is known


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
