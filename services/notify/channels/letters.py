"""A letter as it crosses the wire: few headers, a text and the same as HTML, put together without ceremony.

The library's `EmailMessage` parses every header that it is given and folds it again, which takes ten times as
long as sending the letter does. What it guards against is guarded here: a header is one line of ASCII.
"""

import base64
import re
from collections.abc import Mapping
from email.header import Header
from functools import lru_cache
from uuid import uuid4

LINE = "\r\n"

_ENDS_A_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


_IS_TAKEN_WRONG = re.compile(r"=\?|\S{900}")
"""ASCII that readers would decode (RFC 2047), or that cannot be folded (RFC 5322, 2.1.1)."""

_LONGEST_ENCODED = 76  # characters of a line with encoded words (RFC 2047, 2)


class BrokenHeader(ValueError):
    """A header that would end before its end, or holds what no header may; the text is its name."""


class Letter:
    """The headers of a letter, set like those of a message, and its two bodies."""

    def __init__(self, text: str, html: str = "") -> None:
        """Take the words; without HTML the text stands alone."""
        self._text, self._html = text, html
        self._headers: dict[str, str] = {}

    def __setitem__(self, name: str, value: str) -> None:
        """Set a header whose value is ASCII already; raise `BrokenHeader` when it is not one line of it."""
        if not value.isascii() or _ENDS_A_HEADER.search(value):
            raise BrokenHeader(name)
        self._headers[name] = value

    def say(self, name: str, words: str) -> None:
        """Set a header to words in any language, one line of them."""
        if _ENDS_A_HEADER.search(words):
            raise BrokenHeader(name)
        self._headers[name] = _encoded(name, words)

    def come_from(self, name: str, address: str) -> None:
        """Say who writes; raise `BrokenHeader` when the name is more than one line."""
        if not address.isascii() or _ENDS_A_HEADER.search(name + address):
            raise BrokenHeader("From")
        self._headers["From"] = _named(name, address)

    def go_to(self, address: str) -> None:
        """Say who is written to; an address of another alphabet stands there as it is (RFC 6532)."""
        if _ENDS_A_HEADER.search(address):
            raise BrokenHeader("To")
        self._headers["To"] = address

    def as_bytes(self) -> bytes:
        """Return the letter, every line ended as SMTP has it."""
        text = _part("text/plain", self._text)
        if not self._html:
            return _with({**self._headers, "MIME-Version": "1.0"}, text)
        boundary = f"=_{uuid4().hex}"
        kind = f'multipart/alternative; boundary="{boundary}"'
        parts = [text, _part("text/html", self._html)]
        body = "".join(f"--{boundary}{LINE}{part}" for part in parts) + f"--{boundary}--{LINE}"
        headers = {**self._headers, "MIME-Version": "1.0", "Content-Type": kind}
        return _with(headers, LINE + body)


@lru_cache(maxsize=256)
def _encoded(name: str, words: str) -> str:
    """Return words as a header holds them (RFC 2047); a release has one subject for everybody."""
    charset = "us-ascii" if words.isascii() and not _IS_TAKEN_WRONG.search(words) else "utf-8"
    return Header(words, charset, header_name=name, maxlinelen=75).encode(linesep=LINE)


def _named(name: str, address: str) -> str:
    """Return an address with the name of its owner; a long one takes several lines (RFC 2047, 2)."""
    if not name:
        return address
    if name.isascii():
        return f'"{_escaped(name)}" <{address}>'
    shown = _encoded("From", name)
    has_room = len(shown.rpartition(LINE)[2]) + len(address) + len("From:  <>") <= _LONGEST_ENCODED
    return f"{shown}{'' if has_room else LINE} <{address}>"


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _part(kind: str, words: str) -> str:
    """Return one body with its own headers, in base64, which needs no dots doubled and has no long lines.

    Within it lines end as on the wire, too (RFC 2045, 6.8).
    """
    content = (words if words.endswith("\n") else f"{words}\n").replace("\r\n", "\n").replace("\n", LINE)
    encoded = base64.encodebytes(content.encode()).decode("ascii").replace("\n", LINE)
    headers = f'Content-Type: {kind}; charset="utf-8"{LINE}Content-Transfer-Encoding: base64{LINE}'
    return f"{headers}{LINE}{encoded}"


def _with(headers: Mapping[str, str], rest: str) -> bytes:
    written = "".join(f"{name}: {value}{LINE}" for name, value in headers.items())
    return f"{written}{rest}".encode()
