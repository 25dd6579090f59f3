"""The seal on personal data: authenticated encryption at rest and in transit, and blind look-ups."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from services.chassis.contracts import Sealed

_NONCE = 12
_TAG = 16

KEY_SIZES = {"aes256gcm": 32, "sm4gcm": 16}
"""Bytes of a key, by the algorithm it is written with."""

SHORTEST_INDEX_KEY = 16
"""Bytes that the key of the blind index has at least, or look-ups could be tried out."""


class BrokenSeal(Exception):
    """The sealed text was changed, or its key is not among ours."""


class Sm4Gcm:
    """SM4-GCM (GB/T 32907-2016) with the interface of `AESGCM`, for cities that must use national ciphers."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 16 bytes."""
        self._algorithm = SM4(key)

    def encrypt(self, nonce: bytes, text: bytes, associated: bytes) -> bytes:
        """Return ciphertext and tag."""
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(text) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, box: bytes, associated: bytes) -> bytes:
        """Return the text; raise `InvalidTag` when it was changed."""
        decryptor = Cipher(self._algorithm, GCM(nonce, box[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(box[:-_TAG]) + decryptor.finalize()


def _cipher(key: str) -> AESGCM | Sm4Gcm:
    """Return the cipher for a key written `aes256gcm:<base64>` or `sm4gcm:<base64>`."""
    algorithm, _, encoded = key.partition(":")
    if algorithm not in KEY_SIZES:
        raise ValueError(f"a key begins with {' or '.join(f'{name}:' for name in KEY_SIZES)}")
    material = base64.b64decode(encoded, validate=True)
    if len(material) != KEY_SIZES[algorithm]:
        raise ValueError(f"a key of {algorithm} has {KEY_SIZES[algorithm]} bytes, not {len(material)}")
    return Sm4Gcm(material) if algorithm == "sm4gcm" else AESGCM(material)


class Seals:
    """Seals and opens with rotating keys; the id of the key is in the ciphertext."""

    def __init__(self, keys: Mapping[str, str], current: str, index_key: str) -> None:
        """Take keys by id (`aes256gcm:…`, `sm4gcm:…`), the id to seal with, and the key of the blind index.

        Raises `ValueError` with what is wrong, never with a key.
        """
        self._ciphers = {key_id: _cipher(key) for key_id, key in keys.items()}
        if current not in keys or any("." in key_id for key_id in keys):
            raise ValueError("`current` is the id of one of the keys, and no id holds a dot")
        self._current = current
        self._index_key = base64.b64decode(index_key, validate=True)
        if len(self._index_key) < SHORTEST_INDEX_KEY:
            raise ValueError(f"`index_key` has at least {SHORTEST_INDEX_KEY} bytes")

    def seal(self, text: str) -> Sealed:
        """Return `text` sealed under the current key."""
        nonce = os.urandom(_NONCE)
        box = self._ciphers[self._current].encrypt(nonce, text.encode(), self._current.encode())
        return Sealed(f"{self._current}.{base64.urlsafe_b64encode(nonce + box).decode()}")

    def open(self, sealed: Sealed | str) -> str:
        """Return the text under the seal; raise `BrokenSeal` when it cannot be opened."""
        key_id, _, encoded = sealed.partition(".")
        try:
            box = base64.urlsafe_b64decode(encoded)
            return self._ciphers[key_id].decrypt(box[:_NONCE], box[_NONCE:], key_id.encode()).decode()
        except (KeyError, ValueError, InvalidTag):
            raise BrokenSeal(key_id if key_id in self._ciphers else "not one of our keys") from None

    def seal_or_none(self, text: str | None) -> Sealed | None:
        """Return `text` sealed, or None for nothing."""
        return self.seal(text) if text else None

    def open_or_none(self, sealed: Sealed | str | None) -> str | None:
        """Return the text under the seal, or None where nothing was sealed."""
        return self.open(sealed) if sealed else None

    def open_or_empty(self, sealed: Sealed | str | None) -> str:
        """Return the text under the seal, or the empty text where nothing was sealed."""
        return self.open(sealed) if sealed else ""

    def index(self, text: str) -> str:
        """Return the keyed blind index of `text`, equal for equal texts, telling nothing else."""
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256).hex()[:40]


def mask_phone(phone: str) -> str:
    """Return a phone number fit for a screen: the last four digits only."""
    return f"***{phone[-4:]}"


def mask_name(name: str) -> str:
    """Return a name fit for a screen: the surname and stars."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 2))
