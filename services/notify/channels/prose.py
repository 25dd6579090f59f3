"""What mail servers say that write no report (RFC 3464): in their own words, whether a mail failed for good.

Which mail that was, its return address says. `flufl.bounce` knows how some fifty mail servers put it, qmail
(cr.yp.to/proto/qsbmf.txt) and Exim (X-Failed-Recipients) among them; of others, also in Chinese, the codes
are read with which a server refused the mail (RFC 3463; RFC 5321, 4.2).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parseaddr
from html import unescape

from flufl.bounce import all_failures

from services.notify.channels.asking import Known

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
"""A code of RFC 3463."""

MOST_READ = 8000
"""Characters: what failed stands at the beginning. The library is slow on long lines, 60,000 take seconds."""

IN_WORDS = "in_words"
"""The code of a failure that was told without one."""

_LONGEST_LINE = 998
_DEEPEST = 4  # parts within parts
_SERVERS = frozenset({"mailer-daemon", "postmaster", "mdaemon", "mail-daemon"})
_REPLY = re.compile(r"(?:^|[:(（：\"'“]|said)\s*(55[0-4])[ -](?=\S)", re.MULTILINE)
_COPY = re.compile(r"^(?:-{3}|Received:|Return-Path:)", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"<[/!]?[A-Za-z][^<>@]*>")
_STILL_TRYING = re.compile(
    r"delayed|not yet been|no action is required|(?:is|are) (?:just |only )?a warning"
    r"|will (?:be retried|retry|try again|continue|keep)|still (?:trying|being)"
    r"|延迟|延誤|延误|尚未|将(?:继续|重试|再次)|继续(?:尝试|投递|发送)|稍后(?:重试|再)",
    re.IGNORECASE,
)
"""Words of whoever has not given up; a code says more than they do."""

_SIGNS = ("From", "X-Mailer", "X-Failed-Recipients")
"""Headers by which the library tells mail servers apart."""


@dataclass(frozen=True)
class Said:
    """What a mail server's words mean: `address` is the one that they name, when it is only one."""

    known: Known
    code: str = ""
    address: str = field(default="", repr=False)


def is_of_a_mail_server(mail: Message) -> bool:
    """Say whether a mail server wrote a mail: in a server's name, and to be answered by nobody.

    What people write has a return path of theirs (RFC 5321, 4.5.5), and what their programmes answer has
    their name. The server that delivers a mail notes its return path (RFC 5321, 4.4); else nobody knows.
    """
    path, sender = (parseaddr(str(mail.get(name) or ""))[1].lower() for name in ("Return-Path", "From"))
    is_from_nobody = "Return-Path" in mail and path.partition("@")[0] in {"", "mailer-daemon"}
    is_in_its_name = sender.partition("@")[0] in _SERVERS and not is_an_answer(mail)
    kind = str(mail.get_param("report-type") or "delivery-status").lower()
    return is_from_nobody and is_in_its_name and kind == "delivery-status"


def is_an_answer(mail: Message) -> bool:
    """Say whether a mail has a mark of programmes that answer for somebody, whose name they may bear."""
    said, precedence = (str(mail.get(name) or "").lower() for name in ("Auto-Submitted", "Precedence"))
    is_marked = "X-Autoreply" in mail or "X-Autorespond" in mail
    return is_marked or "vacation" in said or precedence.strip() == "auto_reply"


def said_by(mail: Message) -> Said | None:
    """Return what the words of a mail server mean, failed or still waiting; None where that is not clear."""
    parts = list(_parts(mail))
    told = "\n".join(text for _, text in parts)
    told = told[: found.start()] if (found := _COPY.search(told)) else told
    late, gone = _found_by_library(mail, parts)
    code = _code_in(told)
    if late or (not code and _STILL_TRYING.search(told)):
        return Said(Known.WAITING)
    if not code and not gone:
        return None
    address = next(iter(gone)).decode("ascii", "replace") if len(gone) == 1 else ""
    return Said(Known.FAILED, code or IN_WORDS, address)


def _code_in(told: str) -> str:
    """Return the code of a refusal for good, or nothing; one of RFC 3463 says more than a reply does."""
    status = next((code for code in STATUS.findall(told) if code[0] == "5"), "")
    reply = _REPLY.search(told)
    return status or (reply[1] if reply else "")


def _found_by_library(
    mail: Message, parts: list[tuple[str, str]]
) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return which addresses the library takes for late, and which for failed."""
    seen = Message()
    for name in _SIGNS:
        if name in mail:
            seen[name] = str(mail[name])
    if mail.is_multipart():
        seen["Content-Type"] = "multipart/mixed"
        for description, text in parts:
            part = Message()
            part["Content-Type"], part["Content-Description"] = "text/plain", description
            part.set_payload(_plain(text))
            seen.attach(part)
    else:
        seen.set_payload(_plain("".join(text for _, text in parts)))
    try:
        return all_failures(seen)
    except Exception:  # a stranger wrote it, and the library's patterns are many
        return frozenset(), frozenset()


def _parts(mail: Message) -> Iterator[tuple[str, str]]:
    """Yield the beginnings of the texts in a mail, each behind its description, and no mail within it."""
    left = MOST_READ
    for part in _leaves(mail):
        if (
            part.get_content_maintype() != "text"
            or part.get_content_subtype() == "rfc822-headers"
            or not left
        ):
            continue
        lines = _text(part)[:left].splitlines()
        text = "\n".join(line[:_LONGEST_LINE] for line in lines)
        left -= len(text)
        yield str(part.get("Content-Description") or ""), text


def _plain(text: str) -> str:
    """Return a text as the library can read it: what it looks for is ASCII.

    One of its patterns takes any address between two commas for a failure, so there are none.
    """
    return text.encode("ascii", "replace").decode("ascii").replace(",", " ")


def _leaves(part: Message, depth: int = 0) -> Iterator[Message]:
    if not part.is_multipart():
        yield part
    elif part.get_content_maintype() == "multipart" and depth < _DEEPEST:
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from _leaves(inner, depth + 1)


def _text(part: Message) -> str:
    """Return the words of a part, without tags."""
    content = part.get_payload(decode=True)
    raw = content[: 8 * MOST_READ] if isinstance(content, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # an encoding that nobody knows
        text = raw.decode("utf-8", "replace")
    return unescape(_TAG.sub(" ", text)) if part.get_content_subtype() == "html" else text
