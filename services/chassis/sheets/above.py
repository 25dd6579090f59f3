"""Reads the lines above a table: 单位：　填报人：　联系电话：　填报日期：, in one cell or in many."""

import re
from collections.abc import Sequence
from functools import cache

from services.chassis.sheets.cells import text_of
from services.chassis.sheets.files import SheetRow
from services.chassis.sheets.forms import Column

_HAN = "[\u4e00-\u9fff]"
_UNFILLED = " \t年月日_"


def find_blanks(rows: Sequence[SheetRow], columns: tuple[Column, ...]) -> dict[str, str]:
    """Return what was filled in after each label, by field; the first row that fills it counts."""
    found: dict[str, str] = {}
    for row in rows if columns else ():
        for field, text in _filled_in(_line(row, columns), columns):
            found.setdefault(field, text)
    return found


def _line(row: SheetRow, columns: tuple[Column, ...]) -> str:
    """Return the row as one line, in which a label alone in its cell gets the colon it lacks."""
    texts = [" ".join(text_of(cell).split()) for cell in row.cells]
    alone = _labels_alone(columns)
    return "\t".join(f"{text}:" if alone.fullmatch(text) else text for text in texts if text)


def _filled_in(line: str, columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """Return the texts between one label and the next."""
    labels = list(_labels(columns).finditer(line))
    ends = [label.start() for label in labels[1:]] + [len(line)]
    pairs = [(label.lastgroup, line[label.end() : end]) for label, end in zip(labels, ends, strict=False)]
    return [(field, text.strip()) for field, text in pairs if field and text.strip(_UNFILLED)]


@cache
def _labels(columns: tuple[Column, ...]) -> re.Pattern[str]:
    """Match a known label (a named group) or, after a blank, other words before a colon.

    Other words that end in a known label are a value written up to it: 单位： 高新一中填报人：张三.
    """
    known = "|".join(f"(?P<{column.field}>{_spelled(column)})" for column in columns)
    other = rf"(?:^|(?<=\s))(?!{_HAN}*?(?:{_any_of(columns)})\s*[:：]){_HAN}{{2,8}}"
    return re.compile(rf"(?:{known}|{other})\s*[:：]")


@cache
def _labels_alone(columns: tuple[Column, ...]) -> re.Pattern[str]:
    return re.compile(_any_of(columns))


def _any_of(columns: tuple[Column, ...]) -> str:
    return "|".join(_spelled(column) for column in columns)


def _spelled(column: Column) -> str:
    """Match the label with any blanks in it, and with a remark in brackets: 单 位（盖章）."""
    words = sorted((column.title, *column.spellings), key=len, reverse=True)
    either = "|".join(r"\s*".join(map(re.escape, word)) for word in words)
    return rf"(?:{either})(?:\s*[(（][^)）]*[)）])?"
