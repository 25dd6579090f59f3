"""Bytes that somebody uploaded, opened as sheets: .xlsx, .xls, and .csv in the encodings of real offices."""

import codecs
import csv
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

from services.chassis.sheets import quarantine
from services.chassis.sheets.cells import Cell, Reason

_ZIP = b"PK\x03\x04"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx behind a password
_TEXT_ENDINGS = (".csv", ".txt", ".tsv")
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")  # and none of the secrets of a service
_NO_ANSWER = {
    quarantine.PASSWORD_NEEDED: "sheets.file_needs_password",
    quarantine.TOO_MUCH: "sheets.file_too_much",
}
_ROWS_BY_SHEET = msgspec.msgpack.Decoder(list[list[tuple[int, list[Cell]]]])


class _TooMuch(Exception):
    """A text holds more rows or cells than anybody has a use for."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds something: its cells, and its number as a user sees it in the spreadsheet."""

    number: int
    cells: list[Cell]

    def cell(self, position: int | None) -> Cell:
        """Return the cell at `position` (from 0), None beyond the end or for a column that is not there."""
        return self.cells[position] if position is not None and position < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file; `tab` is its place among the visible ones, from 1."""

    rows: list[SheetRow]
    tab: int = 1


def read_sheets(file_name: str, content: bytes) -> list[Sheet] | Reason:
    """Return the sheets that hold something, or why the file cannot be opened. Blocks: call it in a thread.

    What the bytes are counts more than what the file is called: offices rename .xls to .xlsx.
    """
    if not content.strip():
        return Reason("sheets.file_empty")
    if content.startswith(_ZIP):
        sheets = _open_workbook(content) if _is_xlsx(content) else Reason("sheets.file_kind_unknown")
    elif content.startswith(_COMPOUND_FILE):
        sheets = _open_workbook(content)
    elif PurePath(file_name.lower()).suffix in _TEXT_ENDINGS:
        sheets = _open_text(content)
    else:
        sheets = Reason("sheets.file_kind_unknown")
    if isinstance(sheets, Reason):
        return sheets
    return [sheet for sheet in sheets if sheet.rows] or Reason("sheets.file_empty")


def _is_xlsx(content: bytes) -> bool:
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return any(part.startswith("xl/worksheets/") and part.endswith(".xml") for part in parts)


def _open_workbook(content: bytes) -> list[Sheet] | Reason:
    try:
        status, answer = _ask_quarantine(content)
        if status != 0:
            return Reason(_NO_ANSWER.get(status, "sheets.file_unreadable"))
        found = _ROWS_BY_SHEET.decode(answer)
    except (subprocess.TimeoutExpired, msgspec.DecodeError):
        return Reason("sheets.file_unreadable")
    return [Sheet([SheetRow(*row) for row in rows], tab) for tab, rows in enumerate(found, start=1)]


def _ask_quarantine(content: bytes) -> tuple[int, bytes]:
    """Return how the process ended that opens workbooks, and as much of its answer as it may give."""
    with os.fdopen(os.memfd_create("sheets"), "w+b") as told:  # no pipe, which would be read to its end
        ended = subprocess.run(  # noqa: S603 - our own program, see quarantine
            [sys.executable, "-P", quarantine.__file__],
            input=content,
            stdout=told,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            timeout=2 * quarantine.SECONDS,
            check=False,
        )
        told.seek(0)
        return ended.returncode, told.read(quarantine.MOST_BYTES)


def _open_text(content: bytes) -> list[Sheet] | Reason:
    text = _decode(content)
    if text is None:
        return Reason("sheets.encoding_unknown")
    try:
        readings = [_rows_in(text, sign) for sign in ",\t;"]
    except csv.Error:
        return Reason("sheets.file_unreadable")
    except _TooMuch:
        return Reason("sheets.file_too_much")
    rows = max(readings, key=lambda rows: max((len(row) for row in rows), default=0))
    return [Sheet([SheetRow(number, [*row]) for number, row in enumerate(rows, start=1) if any(row)])]


def _rows_in(text: str, sign: str) -> list[list[str]]:
    """Return the rows of a text whose cells `sign` parts; raise `_TooMuch` as soon as that is clear."""
    rows, cells = [], 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
        rows.append(row)
        cells += len(row)
        if len(rows) > quarantine.MOST_ROWS or cells > quarantine.MOST_CELLS:
            raise _TooMuch
    return rows


def _decode(content: bytes) -> str | None:
    """Return the text: UTF-16 with its mark, UTF-8 with or without, else GB 18030, which includes GBK."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
