"""Phone numbers as the house writes them: in international form, a plus and digits (E.164)."""

import re

CHINA = "+86"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_phone(address: str) -> bool:
    """Say whether an address is a number in international form."""
    return _E164.fullmatch(address) is not None


def is_mainland(phone: str) -> bool:
    """Say whether a number is one of mainland China; Hong Kong, Macau and Taiwan have codes of their own."""
    return phone.startswith(CHINA)


def national(phone: str) -> str:
    """Return a number of mainland China as it is dialled there; any other stays as it is."""
    return phone.removeprefix(CHINA)
