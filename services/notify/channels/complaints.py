"""Complaints: what a mail provider reports of people who call a mail of ours spam (RFC 5965)."""

from email import message_from_string
from email.message import Message

COMPLAINING = frozenset({"abuse", "fraud"})
"""Kinds of feedback in which somebody complains; others say that a mail is no spam, or speak of servers."""


def is_feedback(mail: Message) -> bool:
    """Say whether a mail is a report on what somebody thinks of one, whatever they think."""
    return mail.get_content_type() == "multipart/report" and bool(parts_of(mail, "message/feedback-report"))


def complained_about(mail: Message) -> list[Message]:
    """Return the headers in which a complaint may name a mail of ours; none where feedback is no complaint.

    They are its own, its fields (Original-Mail-From), and those of our mail (Return-Path).
    """
    fields = [field for part in parts_of(mail, "message/feedback-report") for field in _inner(part)]
    kinds = {str(field.get("Feedback-Type") or "").strip().lower() for field in fields}
    if not kinds & COMPLAINING:
        return []
    returned = [inner for part in parts_of(mail, "message/rfc822") for inner in _inner(part)]
    quoted = [_headers(part) for part in parts_of(mail, "text/rfc822-headers")]
    return [mail, *fields, *returned, *quoted]


def parts_of(mail: Message, kind: str) -> list[Message]:
    """Return the parts of one kind in a mail that has several, and none that lie deeper."""
    parts = mail.get_payload() if mail.is_multipart() else []
    return [part for part in parts if isinstance(part, Message) and part.get_content_type() == kind]


def _inner(part: Message) -> list[Message]:
    return [inner for inner in part.get_payload() if isinstance(inner, Message)]


def _headers(part: Message) -> Message:
    text = part.get_payload(decode=True)
    return message_from_string(text.decode("latin-1") if isinstance(text, bytes) else "")
