"""A form is a table of columns: what each is called, how its cells are read, and what may be missing."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from services.chassis.import_reports import RowProblem
from services.chassis.sheets.cells import Cell, Noted, Reason, is_blank, text_of
from services.chassis.sheets.phones import read_phone
from services.chassis.sheets.quarantine import FORMULA

Row = TypeVar("Row")
Above = TypeVar("Above")

_REMARK = re.compile(r"[(\[{〔【〖].*?(?:[)\]}〕】〗]|$)")
_LONGEST_HEADING = 40
_WITHOUT_REMARK = 100


class Need(StrEnum):
    """What an empty cell means for its row."""

    REQUIRED = "required"  # the row cannot be imported
    WANTED = "wanted"  # the row is imported, and somebody is told
    OPTIONAL = "optional"  # nothing


class Problem(msgspec.Struct, frozen=True):
    """What is wrong in one column; `reason_code` and `arguments` give the sentence a user reads."""

    column: str
    reason_code: str
    arguments: dict[str, str] = {}
    is_error: bool = False

    def told(self) -> RowProblem:
        """Return it as the report of an import tells it."""
        return RowProblem(column=self.column, reason=self.reason_code, arguments=self.arguments)


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column of a form, or one blank to fill in the lines above its table.

    `read` returns the value, a `Noted` value (a warning) or a `Reason` (an error; with
    `is_lenient` a warning, and the value is `blank`).
    """

    field: str
    title: str
    read: Callable[[Cell], Any]
    spellings: tuple[str, ...] = ()
    need: Need = Need.OPTIONAL
    blank: Any = ""
    is_lenient: bool = False
    width: int = 12

    def understand(self, cell: Cell, area_code: str | None) -> tuple[Any, Problem | None]:
        """Return the value of a cell of this column and what is wrong with it, if anything."""
        if cell == FORMULA:
            return self.blank, self._problem(Reason("sheets.formula"), self.need is Need.REQUIRED)
        if is_blank(cell):
            return self.blank, self._what_emptiness_means()
        found = self.read_within(cell, area_code)
        if isinstance(found, Reason):
            return self.blank, self._problem(found, is_error=not self.is_lenient)
        if isinstance(found, Noted):
            return found.value, self._problem(found.reason, is_error=False)
        return found, None

    def read_within(self, cell: Cell, area_code: str | None) -> Any:
        """Read the cell; most columns mean the same in every district."""
        return self.read(cell)

    def _what_emptiness_means(self) -> Problem | None:
        if self.need is Need.OPTIONAL:
            return None
        is_required = self.need is Need.REQUIRED
        return self._problem(Reason("sheets.required" if is_required else "sheets.missing"), is_required)

    def _problem(self, reason: Reason, is_error: bool) -> Problem:
        return Problem(self.title, reason.code, reason.arguments, is_error)


NUMBERING = Column(field="number", title="序号", spellings=("编号", "行号", "No"), read=text_of, width=6)
"""The column that counts the rows; written where a form has it, never read."""


def _never(cell: Cell) -> Any:
    raise NotImplementedError("a phone is read with its area code")


@dataclass(frozen=True, kw_only=True, eq=False)
class PhoneColumn(Column):
    """A column of telephone numbers, whose local numbers the district's area code completes."""

    read: Callable[[Cell], Any] = _never
    width: int = 15

    def read_within(self, cell: Cell, area_code: str | None) -> Any:
        """Read the number with the area code of the district."""
        return read_phone(cell, area_code)


@dataclass(frozen=True, kw_only=True, eq=False)
class Form(Generic[Row, Above]):
    """A form of the programme; `title` names `{place}`, which is `default_place` on an empty form.

    `row` and `above` make the values of a row and of the lines above the table. `foreign` are
    headings that only another form has: a sheet that shows one of them is not this form.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    row: Callable[..., Row]
    above: Callable[..., Above]
    default_place: str = ""
    lines_above: tuple[Column, ...] = ()
    foreign: tuple[str, ...] = ()
    is_numbered: bool = False

    @property
    def required(self) -> tuple[Column, ...]:
        """Return the columns without which no table is this form."""
        return tuple(column for column in self.columns if column.need is Need.REQUIRED)


class Heading(msgspec.Struct, frozen=True):
    """The words of a heading, with and without the remarks in its brackets."""

    full: str
    bare: str


def heading_of(cell: Cell) -> Heading | None:
    """Return the words of a heading cell; None for numbers, sentences and labels that end in a colon."""
    if not isinstance(cell, str) or len(cell) > 4 * _LONGEST_HEADING:
        return None
    words = unicodedata.normalize("NFKC", cell).lower()
    bare = _REMARK.sub("", words)
    full = _letters(words)
    if ":" in bare or not full or len(full) > _LONGEST_HEADING:
        return None
    return Heading(full, _letters(bare) or full)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def column_named(heading: Heading, form: Form[Any, Any]) -> tuple[int, str] | None:
    """Return how well (0 is best) and which field of the form a heading names; None when none.

    A heading whose bracketed remark agrees too is better than one without.
    """
    by_full, by_bare = _names_in(form)
    return by_full.get(heading.full) or by_bare.get(heading.bare)


@cache
def _names_in(form: Form[Any, Any]) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    by_full: dict[str, tuple[int, str]] = {}
    by_bare: dict[str, tuple[int, str]] = {}
    for column in (*form.columns, NUMBERING):
        for rank, spelling in enumerate((column.title, *column.spellings)):
            if heading := heading_of(spelling):
                by_full.setdefault(heading.full, (rank, column.field))
                by_bare.setdefault(heading.bare, (rank + _WITHOUT_REMARK, column.field))
    return by_full, by_bare
