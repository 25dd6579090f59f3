"""Passwords: hashed with argon2id, and held against a hash in the same time whether or not there is one."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool
from eventlet.semaphore import Semaphore

Outcome = TypeVar("Outcome")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""m = 19 MiB, t = 2, p = 1: the OWASP Password Storage Cheat Sheet's setting for argon2id."""

_NOBODYS = _hasher.hash(secrets.token_hex())


HASHES_AT_ONCE = 2
"""Each takes 19 MiB and a processor: more of them at once are no faster, whoever storms the door."""

_places = Semaphore(HASHES_AT_ONCE)


def hash_password(password: str) -> str:
    """Return the hash of a password, made in a thread: it takes some 30 ms of a processor."""
    return _in_a_thread(_hasher.hash, password)


def proven_hash(kept: str | None, password: str) -> str | None:
    """Return `kept` when the password fits it, else None; without a hash it takes as long."""
    return kept if _in_a_thread(_fits, kept or _NOBODYS, password) else None


def _fits(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _in_a_thread(work: Callable[..., Outcome], *details: str) -> Outcome:
    """Return what `work` returns, done beside the event loop when one of the places is free."""
    with _places:
        outcome: Outcome = tpool.execute(work, *details)
    return outcome
