"""Reads a file as a form: every row with its values or with what is wrong, and nothing passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

import msgspec

from services.chassis.refusals import Refusal
from services.chassis.sheets.above import find_blanks
from services.chassis.sheets.cells import Reason
from services.chassis.sheets.files import Sheet, SheetRow, read_sheets
from services.chassis.sheets.forms import Column, Form, Problem
from services.chassis.sheets.tables import Table, find_table, which_form

Row = TypeVar("Row")
Above = TypeVar("Above")


class RowStatus(StrEnum):
    """Whether a row is imported when the user says so."""

    OK = "ok"  # imported
    WARNING = "warning"  # imported; somebody should look at it
    ERROR = "error"  # not imported


class FormRow(msgspec.Struct, Generic[Row], frozen=True):
    """A record: its row in the sheet as a user sees it, and its values unless it has an error."""

    row: int
    status: RowStatus
    problems: list[Problem]
    values: Row | None


class FormReading(msgspec.Struct, Generic[Row, Above], frozen=True):
    """What a file says as a form; `problems` are those of the file and of the lines above the table.

    `form` is the key of the form, empty when the file is none that is known; then `rows` is empty too.
    """

    form: str
    rows: list[FormRow[Row]]
    above: Above | None
    problems: list[Problem]

    def refuse_unreadable(self, refusal: type[Refusal]) -> None:
        """Raise `refusal` for a file that is none of the forms, with the first thing wrong with it."""
        for problem in self.problems:
            if problem.is_error:
                raise refusal(reason=problem.reason_code, **problem.arguments)
        if not self.form:
            raise refusal(reason="sheets.form_unknown")


@dataclass(frozen=True)
class _Found:
    """The form of a file, its table, and the other tabs that hold a table too."""

    form: Form[Any, Any]
    table: Table
    other_tabs: list[int]


def read_form(
    form: Form[Row, Above], file_name: str, content: bytes, area_code: str | None
) -> FormReading[Row, Above]:
    """Return what the file says as `form`; `area_code` completes local numbers. Blocks: use a thread."""
    return read_any((form,), file_name, content, area_code)


def read_any(
    forms: Sequence[Form[Any, Any]], file_name: str, content: bytes, area_code: str | None
) -> FormReading[Any, Any]:
    """Return what the file says as the one of `forms` that it is. Blocks: call it in a thread."""
    found = _find(forms, file_name, content)
    if isinstance(found, Reason):
        key = forms[0].key if len(forms) == 1 else ""
        return FormReading(key, [], None, [_of_the_file(found, is_error=True)])
    rows = [_read_row(found, row, area_code) for row in found.table.rows]
    above, problems = _read_above(found, area_code)
    return FormReading(found.form.key, rows, above, problems + _left_aside(found))


def detect(forms: Sequence[Form[Any, Any]], file_name: str, content: bytes) -> str | Reason:
    """Return the key of the form a file is, or why it is none of `forms`. Blocks: call it in a thread."""
    found = _find(forms, file_name, content)
    return found if isinstance(found, Reason) else found.form.key


def _find(forms: Sequence[Form[Any, Any]], file_name: str, content: bytes) -> _Found | Reason:
    """Return the first tab that is one of the forms; the reason is that of the first tab."""
    sheets = read_sheets(file_name, content)
    if isinstance(sheets, Reason):
        return sheets
    answers = [(sheet, _form_of(sheet, forms)) for sheet in sheets]
    tables = [(sheet, answer) for sheet, answer in answers if not isinstance(answer, Reason)]
    if not tables:
        return cast(Reason, answers[0][1])
    form, table = tables[0][1]
    return _Found(form, table, other_tabs=[sheet.tab for sheet, _ in tables[1:]])


def _form_of(sheet: Sheet, forms: Sequence[Form[Any, Any]]) -> tuple[Form[Any, Any], Table] | Reason:
    form = forms[0] if len(forms) == 1 else which_form(sheet, forms)
    if isinstance(form, Reason):
        return form
    table = find_table(sheet, form)
    return table if isinstance(table, Reason) else (form, table)


def _read_row(found: _Found, row: SheetRow, area_code: str | None) -> FormRow[Any]:
    cells = {column: row.cell(found.table.positions.get(column.field)) for column in found.form.columns}
    answers = {column: column.understand(cell, area_code) for column, cell in cells.items()}
    problems = [problem for _, problem in answers.values() if problem is not None]
    if any(problem.is_error for problem in problems):
        return FormRow(row.number, RowStatus.ERROR, problems, None)
    values = found.form.row(**{column.field: value for column, (value, _) in answers.items()})
    return FormRow(row.number, RowStatus.WARNING if problems else RowStatus.OK, problems, values)


def _read_above(found: _Found, area_code: str | None) -> tuple[Any, list[Problem]]:
    columns: tuple[Column, ...] = found.form.lines_above
    blanks = find_blanks(found.table.above, columns)
    answers = {column: column.understand(blanks.get(column.field), area_code) for column in columns}
    values = found.form.above(**{column.field: value for column, (value, _) in answers.items()})
    return values, [problem for _, problem in answers.values() if problem is not None]


def _left_aside(found: _Found) -> list[Problem]:
    """Return what of the file is not imported, so that a person can say whether that is right."""
    table = found.table
    aside = {
        "sheets.column_unknown": [_letter(position) for position in table.unknown],
        "sheets.column_repeated": [_letter(position) for position in table.repeated],
        "sheets.remarks_left_out": [str(row.number) for row in table.remarks],
        "sheets.tabs_left_out": [str(tab) for tab in found.other_tabs],
    }
    problems = [Reason(code, {"where": "、".join(places)}) for code, places in aside.items() if places]
    if not table.rows:
        problems.append(Reason("sheets.no_rows", {"row": str(table.header_row)}))
    return [_of_the_file(reason, is_error=False) for reason in problems]


def _of_the_file(reason: Reason, is_error: bool) -> Problem:
    return Problem("", reason.code, reason.arguments, is_error)


def _letter(position: int) -> str:
    """Return the letter a user sees above the column at `position` (from 0): A, Z, AA."""
    letters = ""
    number = position + 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
