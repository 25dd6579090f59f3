"""Whether two wishes ask for the same thing, by their words; a guess for a hint, never a verdict; pure."""

import re
import unicodedata

# What almost every wish says, so that it tells two of them apart as little as the word “wish” does.
_COMMONPLACE = re.compile(
    "希望能?(?:有|得到)?|想(?:要|有|买)?|需要|请求?|帮(?:忙|助)?|给(?:我|孩子|老人)?|送|买|"
    "[一二两三四五六七八九十0-9]+(?:台|个|张|件|床|把|副|套|本|根|辆|双|部|盏|条|只)|能|的|了|我|家里?"
)
_NOT_A_WORD = re.compile(r"[^\w]+")

ALIKE_FROM = 0.5
"""Share of common pairs of characters from which two summaries are taken to say the same."""


def is_same_thing(one: str, other: str) -> bool:
    """Say whether two summaries seem to ask for the same: “想要一台收音机” and “希望有收音机” do."""
    first, second = _core(one), _core(other)
    if first in second or second in first:
        return True
    ours, theirs = _pairs(first), _pairs(second)
    return len(ours & theirs) >= ALIKE_FROM * min(len(ours), len(theirs))


def address_key(address: str) -> str:
    """Return an address as it is compared: without blanks and signs, full-width or not."""
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", address).lower())


def _core(title: str) -> str:
    """Return what is left of a summary without punctuation and commonplaces, or all of it."""
    plain = _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", title).lower())
    return _COMMONPLACE.sub("", plain) or plain


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}
