"""Bounces: mails have a return address each, and what comes back to it is read as a receipt (RFC 3464).

The report of a mail server counts, whoever's it is: its parts are read, and its prose where it has none of
them. So do complaints (RFC 5965). What people or their programmes answer is no report and is passed over.
"""

import re
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from typing import Any

from services.chassis.settings import WrongSettings
from services.notify.channels.asking import Known
from services.notify.channels.complaints import complained_about, is_feedback, parts_of
from services.notify.channels.prose import STATUS, is_an_answer, is_of_a_mail_server, said_by
from services.notify.channels.receipts import Receipt
from services.notify.contracts import UnreadableBounce

TOKEN_LENGTH = 48
LONGEST_LOCAL = 64 - 1 - TOKEN_LENGTH
"""Characters before the @ that leave room for a plus and the token (RFC 5321, 4.5.3.1.1)."""

NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"})
"""Codes of RFC 3463 for an address that does not exist, moved away or is closed: there is nobody to tell."""

REPORT = "message/delivery-status"
"""The part that is for programmes to read; with it, be it empty, the prose is not read."""

LARGEST = 256 * 1024  # characters; the door takes less

_WORD = re.compile(r"\s*([A-Za-z]+)")
_ADDRESS = re.compile(r"\s*(?:rfc822|utf-8)\s*;\s*<?([^\s<>]{1,254}@[^\s<>]{1,254})>?\s*", re.IGNORECASE)
_ENDS = {"failed": Known.FAILED, "error": Known.FAILED, "delivered": Known.ARRIVED}
"""Actions that are the last word (OpenSMTPD says `error`); `delayed` is none, and `relayed` and `expanded`
say who knows no more."""


class ReturnAddress:
    """Where mails come back to: of `bounce@example.org`, for each mail `bounce+TOKEN@example.org`."""

    def __init__(self, address: str) -> None:
        """Take the address; raise `WrongSettings` when it has no room for a token."""
        local, _, domain = address.partition("@")
        if not re.fullmatch(r"[a-z0-9._-]+", local) or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", domain):
            raise WrongSettings(f"bounces: {address} is no plain address in small letters.")
        if len(local) > LONGEST_LOCAL:
            raise WrongSettings(f"bounces: {local} has more than {LONGEST_LOCAL} letters.")
        self._local, self._domain = local, domain
        token = f"([a-z2-7]{{{TOKEN_LENGTH}}})"
        self._named = re.compile(rf"\b{re.escape(local)}\+{token}@{re.escape(domain)}\b", re.IGNORECASE)

    def of(self, letter: str) -> str:
        """Return the return address of the mail that a token names."""
        return f"{self._local}+{letter}@{self._domain}"

    def letter_in(self, mail: Message) -> str:
        """Return the token in the address to which a mail was sent, or nothing."""
        found = self._named.search("\n".join(str(value) for value in mail.values()))
        return found[1] if found else ""


def bounces_in(reports: Sequence[Mapping[str, Any]], home: ReturnAddress) -> list[Receipt]:
    """Return the receipts in mails that came back: each is a `mail`, with a character for every byte.

    Raises `UnreadableBounce` for what is neither a report, nor words of a mail server that say what happened,
    nor an answer that a programme gave by itself.
    """
    read = (_receipt(_mail(report), home) for report in reports)
    return [receipt for receipt in read if receipt is not None]


def _mail(report: Mapping[str, Any]) -> Message:
    handed = report.get("mail")
    if not isinstance(handed, str) or len(handed) > LARGEST:
        raise UnreadableBounce()
    try:
        return message_from_bytes(handed.encode("latin-1", "replace"))
    except (MessageError, RecursionError, ValueError, LookupError):  # a stranger wrote it
        raise UnreadableBounce() from None


def _receipt(mail: Message, home: ReturnAddress) -> Receipt | None:
    """Return what a mail reports of ours, or None when that is nothing."""
    recipients = _recipients(mail)
    if not recipients:
        return _complaint(mail, home) if is_feedback(mail) else _told_in_words(mail, home)
    letter = home.letter_in(mail)
    ends = {_end(recipient) for recipient in recipients}
    if not letter or len(ends) != 1:  # of a list, some may have been reached
        return None
    code = _code(recipients[0])
    (known,) = ends
    return Receipt(
        known,
        _address(recipients[0]),
        code=code,
        opts_out=known is Known.FAILED and code in NOBODY_THERE,
        letter=letter,
    )


def _complaint(mail: Message, home: ReturnAddress) -> Receipt | None:
    """Return what a complaint says: that our mail arrived, and that no more are wanted."""
    letters = (home.letter_in(part) for part in complained_about(mail))
    letter = next(filter(None, letters), "")
    return Receipt(Known.ARRIVED, "", code="complaint", letter=letter, complains=True) if letter else None


def _told_in_words(mail: Message, home: ReturnAddress) -> Receipt | None:
    """Return what a mail server says in its own words; they alone are no reason to leave an address alone."""
    said = None if parts_of(mail, REPORT) or not is_of_a_mail_server(mail) else said_by(mail)
    if said is None and not _is_automatic(mail):
        raise UnreadableBounce()
    letter = home.letter_in(mail)
    if said is None or said.known is not Known.FAILED or not letter:
        return None
    is_gone = bool(said.address) and said.code.startswith("5.1.") and said.code in NOBODY_THERE
    return Receipt(said.known, said.address, code=said.code, opts_out=is_gone, letter=letter)


def _recipients(mail: Message) -> list[Message]:
    """Return what a report says of each recipient; nothing where a mail is no report."""
    return [
        block
        for part in parts_of(mail, REPORT)
        for block in part.get_payload()
        if isinstance(block, Message) and ("Action" in block or "Final-Recipient" in block)
    ]


def _is_automatic(mail: Message) -> bool:
    """Say whether a programme answered: out of the office, read, to be confirmed."""
    said = _text(mail, "Auto-Submitted").strip().lower() or "no"
    is_bulk = _text(mail, "Precedence").strip().lower() in {"bulk", "junk"}
    is_report = mail.get_content_type() == "multipart/report"
    return said != "no" or is_bulk or is_report or is_an_answer(mail)


def _end(recipient: Message) -> Known:
    """Return what became of one recipient; a failure for good is one, also after days of trying (4.x.x)."""
    word = _WORD.match(_text(recipient, "Action"))
    if word is None and _code(recipient).startswith("5"):  # some leave the action out
        return Known.FAILED
    return _ENDS.get(word[1].lower(), Known.WAITING) if word else Known.WAITING


def _code(recipient: Message) -> str:
    """Return the status (RFC 3463); where that names its class only, the one in the words of the server."""
    status = STATUS.search(_text(recipient, "Status"))
    said = STATUS.search(_text(recipient, "Diagnostic-Code"))
    if said and (status is None or status[1].endswith(".0.0")):
        return said[1]
    return status[1] if status else ""


def _address(recipient: Message) -> str:
    """Return the address to which the mail was sent, as far as the report names it."""
    named = (_ADDRESS.fullmatch(_text(recipient, name)) for name in ("Original-Recipient", "Final-Recipient"))
    return next((found[1] for found in named if found), "")


def _text(mail: Message, name: str) -> str:
    return str(mail.get(name) or "")
