"""What one cell says: a text, a name, an age, a day, a list; or the reason why nobody can tell."""

import math
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Generic, TypeAlias, TypeVar

import msgspec

Cell: TypeAlias = str | int | float | bool | None
"""A value as a sheet holds it; days and hours arrive as ISO text."""

Value = TypeVar("Value")

OLDEST = 130
"""Nobody on record grew older; a greater number is a year, a phone or a slip."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
    "|_x000D_"  # how a spreadsheet spells a carriage return it did not expect
)
_NOTHING = re.compile(r"[/\\|\-—–_.。、*×~]+|无|没有|暂无|空|n/?a|none|null|nil|", re.IGNORECASE)
_HAN = "[\u3007\u3400-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U0003ffff]"  # with the rare names of GBK
_GAP_BETWEEN_HAN = re.compile(f"(?<={_HAN}) (?={_HAN})")
_DOT_OF_A_NAME = re.compile(rf" ?[·•‧∙⋅・･] ?|(?<={_HAN}) ?[.．] ?(?={_HAN})")
_YEARS = re.compile(r"([0-9]{1,3})(?:\.[0-9]+)?(?:[周足]?岁(?:半|零?[0-9]{1,2}个?月)?)?")
_MONTHS = re.compile(r"([0-9]{1,2})个?月大?")
_DAY = re.compile(r"([0-9]{4})(?:[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
_HOUR = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}.*$")
_BETWEEN_ITEMS = re.compile(r"[、,，;；/／\s]+")


class Reason(msgspec.Struct, frozen=True):
    """Why a cell, a row or a file was not understood: a code and what its sentence needs.

    The arguments never hold what the cell said, since that may be a person's name or phone.
    """

    code: str
    arguments: dict[str, str] = {}


class Noted(msgspec.Struct, Generic[Value], frozen=True):
    """A value that was understood, with a reason for a person to look at it."""

    value: Value
    reason: Reason


def clean_text(text: str) -> str:
    """Return the visible words, one blank between them, without empty lines."""
    if text.isalnum():
        return text  # most cells; a register of a city has millions
    lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def text_of(cell: Cell) -> str:
    """Return what a person sees in the cell; 72.0 is seen as 72."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean_text(str(cell))


def is_blank(cell: Cell) -> bool:
    """Say whether the cell holds nothing, or one of the ways to write “nothing” (无, /, —)."""
    if isinstance(cell, int | float):
        return False
    return _NOTHING.fullmatch(unicodedata.normalize("NFKC", text_of(cell))) is not None


def clean_name(text: str) -> str:
    """Return a name as it is spoken: 彭 彤 is 彭彤, Anna Li keeps her blank, 阿依古丽·买买提 the dot.

    Full-width letters become plain ones, brackets of a unit's name stay as they are (FORMS.md).
    """
    letters = "".join(_plain_letter(character) for character in " ".join(clean_text(text).split()))
    return _GAP_BETWEEN_HAN.sub("", _DOT_OF_A_NAME.sub("·", letters))


def _plain_letter(character: str) -> str:
    is_radical = "\u2f00" <= character <= "\u2fdf"  # copied out of a PDF, these look like characters
    if is_radical or character.isalpha() or character.isdecimal():
        return unicodedata.normalize("NFKC", character)
    return character


def has_words(text: str) -> bool:
    """Say whether the text holds at least one letter or character."""
    return any(character.isalpha() or "\ue000" <= character <= "\uf8ff" for character in text)


def read_name(cell: Cell) -> str | Reason:
    """Return the clean name of a person, a unit or a place, or why it cannot be one."""
    name = clean_name(text_of(cell))
    if not has_words(name):
        return Reason("sheets.no_words")
    return name if len(name) <= 100 else _over_limit(name, 100)


def text_within(limit: int) -> Callable[[Cell], str | Reason]:
    """Return a reader of plain text of at most `limit` characters."""

    def read_text(cell: Cell) -> str | Reason:
        text = text_of(cell)
        return text if len(text) <= limit else _over_limit(text, limit)

    return read_text


def _over_limit(text: str, limit: int) -> Reason:
    return Reason("sheets.over_limit", {"limit": str(limit), "length": str(len(text))})


def read_age(cell: Cell) -> int | Reason:
    """Return the age in whole years: 72, "72岁", 72.0, "5岁半" (5), "8个月" (0).

    An approximate age (70多岁) or a year of birth is a reason, not an age.
    """
    if isinstance(cell, bool):
        return Reason("sheets.age_unreadable")
    years = _whole_years(cell)
    if years is None:
        return Reason("sheets.age_unreadable")
    return years if 0 <= years <= OLDEST else Reason("sheets.age_out_of_range", {"limit": str(OLDEST)})


def _whole_years(cell: Cell) -> int | None:
    if isinstance(cell, int | float):
        return math.floor(cell) if math.isfinite(cell) else None
    written = "".join(unicodedata.normalize("NFKC", text_of(cell)).split())
    if years := _YEARS.fullmatch(written):
        return int(years[1])
    if months := _MONTHS.fullmatch(written):
        return int(months[1]) // 12
    return 0 if written in ("半岁", "半周岁") else None


def read_day(cell: Cell) -> date | Reason:
    """Return the day: 2022年6月10日, 2022.6.10, 2022/6/10, 20220610 or a date cell of the sheet."""
    written = "".join(_HOUR.sub("", unicodedata.normalize("NFKC", text_of(cell))).split())
    if found := _DAY.fullmatch(written):
        year, month, day = (int(part) for part in found.groups() if part)
        with suppress(ValueError):  # the thirtieth of February
            return date(year, month, day)
    return Reason("sheets.day_unreadable")


def read_list(cell: Cell) -> tuple[str, ...] | Reason:
    """Return the items of a list written in one cell, each once, in the order they were written."""
    text = text_of(cell)
    if len(text) > 500:
        return _over_limit(text, 500)
    return tuple(dict.fromkeys(item for item in _BETWEEN_ITEMS.split(text) if not is_blank(item)))
