"""Mail addresses as they travel, those of other alphabets too (RFC 6531)."""

import re

LONGEST = 254  # octets (RFC 5321, 4.5.3.1.3)
LONGEST_LOCAL = 64  # octets (RFC 5321, 4.5.3.1.1)

_LOCAL = re.compile(r"(?!\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


def sendable(address: str) -> str:
    """Return an address as it can stand in an envelope and a header; nothing where it is none.

    Its domain is written in ASCII (RFC 5890). What is before that may be in any alphabet: such a mail is for
    servers that take those.
    """
    local, _, domain = address.rpartition("@")
    try:
        sent = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
        length, length_of_local = len(sent.encode()), len(local.encode())
    except UnicodeError:
        return ""
    has_shape = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(sent.rpartition("@")[2])
    if not has_shape or ".." in sent or not local.isprintable():
        return ""
    return sent if length <= LONGEST and length_of_local <= LONGEST_LOCAL else ""


def is_usable(address: str) -> bool:
    """Say whether a mail can be sent to `address`, by some server."""
    return bool(sendable(address))
