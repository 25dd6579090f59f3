"""Signs that no text should hold: NUL is refused, what nobody sees or what turns a line around is left out.

A telephone copied from a list of contacts often comes wrapped in marks of writing direction, so these are no
reason to send anybody away; shown again, they could make a title say something else than it says.
"""

import re
from typing import Any

import msgspec

from services.gateway.contracts import TextUnusable

_UNWANTED = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MAY_BE_UNWANTED = re.compile(rb"\x7f|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\\u00|\\u20|\\[bf]")
"""How they stand in JSON, by themselves or escaped (and some harmless neighbours)."""


def plain_text(text: str, field: str) -> str:
    """Return `text` without signs that nobody should see; raise `TextUnusable` for NUL, with the field."""
    if "\0" in text:
        raise TextUnusable(field=field)
    return _UNWANTED.sub("", text)


def plain_json(body: bytes) -> bytes:
    """Return a JSON document whose texts are plain; nearly always it is the one that was given."""
    if _MAY_BE_UNWANTED.search(body) is None:
        return body
    return msgspec.json.encode(_plain(msgspec.json.decode(body), "body"))


def _plain(value: Any, field: str) -> Any:
    if isinstance(value, str):
        return plain_text(value, field)
    if isinstance(value, list):
        return [_plain(one, field) for one in value]
    if isinstance(value, dict):
        return {plain_text(name, field): _plain(one, plain_text(name, field)) for name, one in value.items()}
    return value
