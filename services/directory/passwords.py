"""Passwords: hashed with argon2id, and held against a hash in the same time whether or not there is one."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""m = 19 MiB, t = 2, p = 1: the OWASP Password Storage Cheat Sheet's setting for argon2id."""

_NOBODYS = _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """Return the hash of a password. Takes some 30 ms of the processor: call it in a thread."""
    return _hasher.hash(password)


def proven_hash(kept: str | None, password: str) -> str | None:
    """Return `kept` when the password fits it, else None; without a hash it takes as long. Use a thread."""
    try:
        _hasher.verify(kept or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return None
    return kept
