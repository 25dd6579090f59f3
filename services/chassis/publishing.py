"""What must not stand in words that everyone reads: numbers by which somebody is found."""

import re
import unicodedata

_DIGITS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_MOBILE = re.compile(r"(?<![0-9])1[ .\-]?[3-9](?:[ .\-]?[0-9]){9}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}[ .\-]?[0-9]{7,8}(?![0-9])")
_IDENTITY = re.compile(r"(?<![0-9])(?:[0-9][ \-]?){17}[0-9xX](?![0-9])")
_SEVEN_DIGITS = re.compile(r"[0-9]{7,}")


def holds_number_of_a_person(text: str) -> bool:
    """Say whether a text holds a phone number or an 18-digit identity number, however it is spelled.

    Seven digits in a row are taken for a number of somebody: there is no other need for them in a summary.
    """
    plain = unicodedata.normalize("NFKC", text)
    spelled = plain.translate(_DIGITS)
    signs = (_MOBILE, _IDENTITY)
    return any(sign.search(spelled) for sign in signs) or any(
        sign.search(plain) for sign in (_LANDLINE, _SEVEN_DIGITS)
    )
