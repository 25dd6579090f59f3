"""Dirty sheets, built as offices build them."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import xlwt

from services.chassis.sheets import Cell, FormReading, Reason


def code_of(found: object) -> str:
    """Return the code of what must be a reason."""
    assert isinstance(found, Reason), found
    return found.code


def codes(reading: FormReading[Any, Any], row: int = 0) -> list[tuple[str, str]]:
    """Return column and reason of each problem of the row at that place in the reading."""
    return [(problem.column, problem.reason_code) for problem in reading.rows[row].problems]


def new_workbook() -> tuple[Any, Any]:
    """Return an empty workbook and its page."""
    workbook = openpyxl.Workbook()
    return workbook, workbook.active


def first_page(content: bytes) -> Any:
    """Return the page of a workbook that was written."""
    return openpyxl.load_workbook(io.BytesIO(content)).active


def workbook_bytes(workbook: Any) -> bytes:
    """Return the workbook as the bytes somebody uploads."""
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def zipped(**parts: bytes) -> bytes:
    """Return an archive with these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def xlsx(rows: list[list[Cell]], merged: tuple[str, ...] = ()) -> bytes:
    """Return the rows as .xlsx; a text that begins with = stays a text."""
    workbook, page = new_workbook()
    for number, row in enumerate(rows, start=1):
        for position, cell in enumerate(row, start=1):
            written = page.cell(number, position, cell)
            written.data_type = "s" if isinstance(cell, str) else written.data_type  # "=…" stays text
    for area in merged:
        page.merge_cells(area)
    return workbook_bytes(workbook)


def xls(rows: list[list[Cell]]) -> bytes:
    """Return the rows as .xls."""
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet("Sheet1")
    for number, row in enumerate(rows):
        for position, cell in enumerate(row):
            page.write(number, position, cell)
    return workbook_bytes(workbook)


def csv_text(rows: list[list[Cell]], encoding: str) -> bytes:
    """Return the rows as .csv in an encoding."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)
