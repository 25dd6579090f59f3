"""What people write, as an SMS may carry it: nothing that reads like a link, nor like another's signature.

A wish is said by anybody, for any number: what the city's number says to that must not be theirs to choose.
Source: NOTIFY 7, "no URL in variables".
"""

import re
from collections.abc import Mapping
from typing import Any

_SITE = r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|gov|edu|top|vip|io|cc)\b|(?:\d{1,3}\.){3}\d{1,3}"
NAMES_A_SITE = re.compile(_SITE, re.IGNORECASE)
FORGES_A_SIGNATURE = re.compile(r"[【】]")

_LINK = re.compile(rf"(?:{_SITE})[^\s，。；、）」]*", re.IGNORECASE)
_PLAIN = str.maketrans("【】", "「」")


def is_harmless(value: str) -> bool:
    """Say whether a value may stand in an SMS as it is."""
    return not (NAMES_A_SITE.search(value) or FORGES_A_SIGNATURE.search(value))


def harmless(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return words without links, and with other brackets than a signature has."""
    return {name: _without(value) if isinstance(value, str) else value for name, value in said.items()}


def _without(value: str) -> str:
    return value if is_harmless(value) else _LINK.sub("…", value).translate(_PLAIN)
