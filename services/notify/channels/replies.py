"""What people answer to SMS, as providers push it, read into one form whatever the vendor calls things."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from services.notify.domain import CHINA


@dataclass(frozen=True)
class Reply:
    """An answer: `phone` is the number in international form, or what could not be made one."""

    phone: str = field(repr=False)
    text: str = field(repr=False)


@runtime_checkable
class TakesReplies(Protocol):
    """A channel whose provider pushes answers to the same kind of address as receipts."""

    receipt_token: str | None

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Return the answers in a push; what cannot be read is left out."""
        ...


def international(number: Any, country: Any = None) -> str:
    """Return a number as vendors write it, +8613… or 8613… or 13… of China, in international form."""
    written = str(number or "").strip()
    digits = re.sub(r"\D", "", written)
    if written.startswith("+"):
        return f"+{digits}"
    if re.fullmatch(r"1\d{10}", digits) and str(country or "86") in {"86", "+86"}:
        return f"{CHINA}{digits}"
    stated = re.sub(r"\D", "", str(country or ""))
    return f"+{digits}" if digits.startswith(stated or "86") else f"+{stated}{digits}"


def replies_in(
    replies: Sequence[Mapping[str, Any]], phone: str, text: str, country: str | None = None
) -> list[Reply]:
    """Return the answers in which a vendor names number, words and maybe country so."""
    return [
        Reply(international(reply[phone], reply.get(country) if country else None), reply[text])
        for reply in replies
        if isinstance(reply.get(phone), str | int) and isinstance(reply.get(text), str)
    ]
