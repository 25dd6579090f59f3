"""Tokens in mails, for whoever comes back with one: they name the mail, and prove that we wrote it."""

import base64
from hmac import compare_digest
from uuid import UUID

from services.chassis.sealing import Seals
from services.notify.contracts import UnknownLetter

_ID_LENGTH = 32  # hexadecimal digits
_NAME_SIZE = 18  # bytes: the delivery, and which of its tries
_PROOF_SIZE = 12  # bytes


def token_of(seals: Seals, delivery_id: UUID) -> str:
    """Return the token by which a mail is unsubscribed from: its number, and a proof that we wrote it."""
    return delivery_id.hex + _proof(seals, "unsubscribe", delivery_id.hex)[:_ID_LENGTH]


def letter_of(seals: Seals, token: str) -> UUID:
    """Return what a token to unsubscribe names; raise `UnknownLetter` when we did not write it."""
    try:
        delivery_id = UUID(hex=token[:_ID_LENGTH])
    except ValueError:
        raise UnknownLetter() from None
    if not compare_digest(token_of(seals, delivery_id).encode(), token.encode()):
        raise UnknownLetter()
    return delivery_id


def return_token_of(seals: Seals, delivery_id: UUID, attempt: int) -> str:
    """Return the token in the return address of a try: 48 characters, since an address has room for few."""
    named = delivery_id.bytes + attempt.to_bytes(2)
    proof = bytes.fromhex(_proof(seals, "return", named.hex()))[:_PROOF_SIZE]
    return base64.b32encode(named + proof).decode().lower()


def returned_letter(seals: Seals, token: str) -> tuple[UUID, int] | None:
    """Return which delivery came back, and which of its tries; None when we did not write the token."""
    try:
        named = base64.b32decode(token.upper())[:_NAME_SIZE]
        delivery_id, attempt = UUID(bytes=named[:16]), int.from_bytes(named[16:])
    except ValueError:
        return None
    is_ours = compare_digest(return_token_of(seals, delivery_id, attempt).encode(), token.lower().encode())
    return (delivery_id, attempt) if is_ours else None


def _proof(seals: Seals, use: str, named: str) -> str:
    """Return the proof for one use: it is good for no other."""
    return seals.index(f"{use} {named}")
