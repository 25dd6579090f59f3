"""The seal: nothing changed opens, keys rotate, look-ups tell nothing else, refusals hold no secret."""

import base64
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.contracts import Sealed
from services.chassis.sealing import BrokenSeal, Seals, mask_name, mask_phone
from services.chassis.settings import Sealing, WrongSettings


def key(algorithm: str, size: int) -> str:
    """Return a fresh key as it is written in settings."""
    return f"{algorithm}:{base64.b64encode(os.urandom(size)).decode()}"


AES, SM4 = key("aes256gcm", 32), key("sm4gcm", 16)
INDEX_KEY = base64.b64encode(os.urandom(32)).decode()


def seals(current: str = "k1", **keys: str) -> Seals:
    """Return seals with these keys."""
    return Seals(keys or {"k1": AES}, current, INDEX_KEY)


BOTH = pytest.mark.parametrize("written", [AES, SM4], ids=["aes256gcm", "sm4gcm"])


@BOTH
@given(text=st.text(max_size=200))
def test_what_was_sealed_opens_to_the_same(written: str, text: str) -> None:
    made = seals(k1=written)
    sealed = made.seal(text)
    assert made.open(sealed) == text
    assert sealed != made.seal(text)


@BOTH
def test_a_seal_of_which_one_byte_was_changed_does_not_open(written: str) -> None:
    made = seals(k1=written)
    key_id, _, encoded = made.seal("13800001234").partition(".")
    box = bytearray(base64.urlsafe_b64decode(encoded))
    for place in range(len(box)):
        changed = bytearray(box)
        changed[place] ^= 1
        with pytest.raises(BrokenSeal):
            made.open(f"{key_id}.{base64.urlsafe_b64encode(changed).decode()}")


@BOTH
def test_a_seal_does_not_open_under_the_name_of_another_key(written: str) -> None:
    made = seals(k1=written, k2=written)
    sealed = made.seal("13800001234")
    with pytest.raises(BrokenSeal):
        made.open(sealed.replace("k1.", "k2."))


def test_after_a_rotation_old_seals_open_and_new_ones_carry_the_new_key() -> None:
    old = seals("k1", k1=AES)
    new = seals("k2", k1=AES, k2=SM4)
    assert new.open(old.seal("王秀英")) == "王秀英"
    assert new.seal("王秀英").startswith("k2.")
    with pytest.raises(BrokenSeal):
        old.open(new.seal("王秀英"))


@pytest.mark.parametrize(
    "not_sealed", ["", "王秀英", "13800001234", "k1.", "k1.====", "k1.AAAA", "k9.AAAA", "."]
)
def test_what_was_never_sealed_does_not_open_and_is_not_quoted(not_sealed: str) -> None:
    with pytest.raises(BrokenSeal) as broken:
        seals().open(Sealed(not_sealed))
    assert str(broken.value) in {"k1", "not one of our keys"}


def test_the_blind_index_is_equal_for_equal_texts_and_keyed() -> None:
    other = Seals({"k1": AES}, "k1", base64.b64encode(os.urandom(32)).decode())
    assert seals().index("13800001234") == seals(k1=SM4).index("13800001234")
    assert seals().index("13800001234") != seals().index("13800001235")
    assert seals().index("13800001234") != other.index("13800001234")
    assert len(seals().index("")) == 40


def test_nothing_is_sealed_as_nothing() -> None:
    assert seals().seal_or_none(None) is None
    assert seals().seal_or_none("") is None
    assert seals().open(seals().seal_or_none("x") or "") == "x"


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": {"k1": "aes256gcm:c2hvcnQ="}},
        {"keys": {"k1": "aes128:" + AES.partition(":")[2]}},
        {"keys": {"k1": AES.partition(":")[2]}},
        {"keys": {"k1": "sm4gcm:not base64 at all"}},
        {"keys": {"k.1": AES}, "current": "k.1"},
        {"current": "k2"},
        {"index_key": "c2hvcnQ="},
        {"index_key": "***"},
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_being_told(changes: dict[str, Any]) -> None:
    written: dict[str, Any] = {"keys": {"k1": AES}, "current": "k1", "index_key": INDEX_KEY} | changes
    with pytest.raises(WrongSettings, match=r"^\[sealing\] ") as refused:
        Sealing(**written).seals()
    assert AES.partition(":")[2] not in str(refused.value)


def test_a_screen_shows_no_more_than_it_must() -> None:
    assert mask_phone("13800001234") == "***1234"
    assert [mask_name(name) for name in ("王", "王英", "王秀英", "欧阳娜娜")] == [
        "王*",
        "王*",
        "王**",
        "欧**",
    ]


def test_nothing_sealed_opens_as_nothing() -> None:
    keeper = seals()
    assert keeper.open_or_none(keeper.seal_or_none("老张")) == "老张"
    assert keeper.open_or_empty(keeper.seal("老张")) == "老张"
    assert keeper.open_or_none(None) is None
    assert keeper.open_or_empty(None) == ""
