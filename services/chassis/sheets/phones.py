"""Telephone numbers as people write them: read into E.164 or refused with a reason, never guessed."""

import re
import unicodedata
from decimal import Decimal

import phonenumbers

from services.chassis.sheets.cells import Cell, Reason, clean_text

CHINA = 86
_LONGEST_NATIONAL = 11

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")
_LABEL = re.compile(r"^(?:联系)?(?:电话|手机|座机|固话)号?码?[:\s]*|^tel(?:ephone)?[:.\s]*", re.IGNORECASE)
_DASHES = re.compile(r"[‐‑‒–—―−ー_~]")
_SEVERAL = re.compile(r"[/\\、,，;；|\n]|或|和")
_SCIENTIFIC = re.compile(r"([0-9](?:\.[0-9]+)?)E\+?([0-9]{1,2})", re.IGNORECASE)
_AS_WRITTEN = re.compile(r"[( ]*\+?[0-9()\-. ]+")


def read_phone(cell: Cell, area_code: str | None) -> str | Reason:
    """Return the number as E.164 (`+8613812345678`), or the reason why it is not one.

    `area_code` is the district's (`0738` or `738`) and completes local numbers of 7 or 8 digits;
    without it a local number is refused (FORMS.md: never guess a phone number).
    """
    written = _as_written(cell)
    if isinstance(written, Reason):
        return written
    if not written:
        return Reason("sheets.missing")
    if refused := _why_not_one_number(written):
        return refused
    number = _number(written, _digits(unicodedata.normalize("NFKC", area_code or "")).removeprefix("0"))
    if isinstance(number, Reason):
        return number
    if number is None or not phonenumbers.is_valid_number(number):
        return _unreadable(written)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_as_written(e164: str) -> str:
    """Return an E.164 number as the official forms show it: 13812345678, 0738-8312345, +852…"""
    number = phonenumbers.parse(e164)
    if number.country_code != CHINA:
        return e164
    national = str(number.national_number)
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.FIXED_LINE:
        return national
    area = phonenumbers.length_of_geographical_area_code(number)
    return f"0{national[:area]}-{national[area:]}" if area else f"0{national}"


def _as_written(cell: Cell) -> str | Reason:
    """Return the number as text: a number cell without its exponent, a text without its wrapping."""
    if isinstance(cell, bool):
        return Reason("sheets.phone_unreadable", {"digits": "0"})
    if isinstance(cell, int | float):
        is_count = cell >= 0 and (isinstance(cell, int) or cell.is_integer())
        return str(int(cell)) if is_count else Reason("sheets.phone_unreadable", {"digits": "0"})
    text = unicodedata.normalize("NFKC", clean_text(cell or ""))
    text = text.removeprefix("=").strip("\"' ,;、。")  # ="0738…" and '0738… keep a leading zero in a sheet
    text = _DASHES.sub("-", _LABEL.sub("", text)).strip()
    if scientific := _SCIENTIFIC.fullmatch(text):
        return _from_scientific(scientific[1], int(scientific[2]))
    return re.sub(r"(?<=[0-9]{7})\.0$", "", text)


def _from_scientific(mantissa: str, exponent: int) -> str | Reason:
    """Return every digit of 1.3812345678E+10; refuse 1.38E+10, whose other digits the sheet dropped."""
    if len(mantissa.replace(".", "")) != exponent + 1:
        return Reason("sheets.phone_digits_lost")
    return str(int(Decimal(f"{mantissa}E{exponent}")))


def _why_not_one_number(written: str) -> Reason | None:
    parts = [part for part in _SEVERAL.split(written) if len(_digits(part)) >= 7]
    blocks = [block for block in written.split() if len(_digits(block)) >= 7]
    if len(parts) > 1 or len(blocks) > 1:
        return Reason("sheets.phone_several")
    if any(character.isalpha() for character in written):
        return Reason("sheets.phone_with_words")
    return None if _AS_WRITTEN.fullmatch(written) else _unreadable(written)


def _number(written: str, area_code: str) -> phonenumbers.PhoneNumber | Reason | None:
    """Return the one number that these signs can mean, or None when they mean none or more than one."""
    digits = _digits(written)
    if "+" in written or digits.startswith("00"):
        return _international(written, digits.removeprefix("00"))
    if digits.startswith(str(CHINA)) and len(digits) > _LONGEST_NATIONAL:
        return _international(written, digits)
    if _MOBILE.fullmatch(digits):
        return _chinese(digits)
    if _has_extension(written):
        return None
    if _LOCAL.fullmatch(digits):
        return _chinese(area_code + digits) if area_code else Reason("sheets.phone_area_code_missing")
    return _chinese(digits.removeprefix("0"))


def _international(written: str, digits: str) -> phonenumbers.PhoneNumber | None:
    if not digits.startswith(str(CHINA)):
        return _foreign(digits)
    national = digits[2:].removeprefix("0")
    if _has_extension(written) and not _MOBILE.fullmatch(national):
        return None
    return _chinese(national)


def _chinese(national: str) -> phonenumbers.PhoneNumber | None:
    """Return the number in the Chinese plan; a mobile that lacks a digit must not pass as a landline."""
    is_mobile_cut_short = national.startswith("1") and not _MOBILE.fullmatch(national)
    if len(national) not in (10, 11) or (is_mobile_cut_short and not national.startswith("10")):
        return None
    return phonenumbers.PhoneNumber(country_code=CHINA, national_number=int(national))


def _foreign(digits: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None


def _has_extension(written: str) -> bool:
    """Say whether the last group of digits is too short to end a landline: 8312345-8 is no 83123458."""
    groups = re.findall("[0-9]+", written)
    return len(groups) > 1 and len(groups[-1]) < 4


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", text))


def _unreadable(written: str) -> Reason:
    return Reason("sheets.phone_unreadable", {"digits": str(len(_digits(written)))})
