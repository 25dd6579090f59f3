"""Writes a form as .xlsx for print: title, lines above, header, rows and note; every text stays a text."""

import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

from services.chassis.sheets.cells import clean_text
from services.chassis.sheets.forms import NUMBERING, Form

Written: TypeAlias = str | int | float | date | None

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_A4 = 9
_LINE = 20  # points
_LONGEST_CELL = 32_767
_BODY = {"font_name": "仿宋", "font_size": 12, "valign": "vcenter", "text_wrap": True}
_FORMATS: dict[str, dict[str, Any]] = {
    "title": _BODY | {"font_name": "方正小标宋简体", "font_size": 20, "align": "center"},
    "line": _BODY,
    "heading": _BODY | {"font_name": "黑体", "align": "center", "border": 1},
    "text": _BODY | {"border": 1, "num_format": "@"},  # a text cell, also when somebody edits it
    "number": _BODY | {"border": 1, "align": "center"},
}


@dataclass(frozen=True, kw_only=True)
class PrintedSheet:
    """A form as it is printed; `widths` are those of the columns, in characters of the sheet."""

    title: str
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Sequence[Sequence[Written]]
    lines_above: tuple[str, ...] = ()
    note: str = ""
    name: str = "Sheet1"


def fill_form(
    form: Form[Any, Any],
    rows: Sequence[Sequence[Written]],
    *,
    place: str = "",
    above: dict[str, str] | None = None,
    blank_rows: int = 5,
) -> PrintedSheet:
    """Return `form` with `rows`, whose cells follow its columns; numbered where the form is.

    `above` fills the lines above the table by field; without rows it is an empty form to fill in.
    """
    columns = ((NUMBERING,) if form.is_numbered else ()) + form.columns
    records = rows or [[None] * len(form.columns)] * blank_rows
    return PrintedSheet(
        title=form.title.format(place=place or form.default_place),
        headings=tuple(column.title for column in columns),
        widths=tuple(column.width for column in columns),
        rows=[[number, *row] if form.is_numbered else row for number, row in enumerate(records, start=1)],
        lines_above=_lines_above(form, above or {}),
    )


def _lines_above(form: Form[Any, Any], above: dict[str, str]) -> tuple[str, ...]:
    blanks = [f"{column.title}：{above.get(column.field, '')}" for column in form.lines_above]
    return ("\u3000".join(blanks),) if blanks else ()


def write_sheet(sheet: PrintedSheet) -> bytes:
    """Return the .xlsx file: A4 across, one page wide, the header on every page. Blocks: use a thread."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as workbook:
        page = workbook.add_worksheet(sheet.name)
        formats = {name: workbook.add_format(properties) for name, properties in _FORMATS.items()}
        _set_up(page, sheet)
        _write_band(page, 0, sheet.title, sheet, formats["title"], height=2 * _LINE)
        for number, line in enumerate(sheet.lines_above, start=1):
            _write_band(page, number, line, sheet, formats["line"])
        header = 1 + len(sheet.lines_above)
        page.write_row(header, 0, sheet.headings, formats["heading"])
        page.repeat_rows(header)
        for number, row in enumerate(sheet.rows, start=header + 1):
            _write_row(page, number, row, formats)
        if sheet.note:
            _write_band(page, header + 1 + len(sheet.rows), sheet.note, sheet, formats["line"])
    return content.getvalue()


def _set_up(page: Any, sheet: PrintedSheet) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.set_footer("&C&P / &N")
    for position, width in enumerate(sheet.widths):
        page.set_column(position, position, width)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _write_band(
    page: Any, row: int, text: str, sheet: PrintedSheet, style: Any, height: int | None = None
) -> None:
    """Write a text across all columns; a spreadsheet does not find the height of merged cells itself."""
    signs = sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)
    page.set_row(row, height or _LINE * math.ceil((signs + 1) / sum(sheet.widths)))
    if len(sheet.headings) > 1:
        page.merge_range(row, 0, row, len(sheet.headings) - 1, "", style)
    page.write_string(row, 0, text, style)


def _write_row(page: Any, number: int, row: Sequence[Written], formats: dict[str, Any]) -> None:
    if all(cell is None for cell in row[1:]):
        page.set_row(number, 1.5 * _LINE)  # to be filled in by hand; a filled row finds its own height
    for position, cell in enumerate(row):
        if cell is None:
            page.write_blank(number, position, None, formats["text"])
        elif isinstance(cell, str):
            page.write_string(number, position, clean_text(cell)[:_LONGEST_CELL], formats["text"])
        elif isinstance(cell, date):
            page.write_string(number, position, cell.isoformat(), formats["text"])
        else:
            page.write_number(number, position, cell, formats["number"])
