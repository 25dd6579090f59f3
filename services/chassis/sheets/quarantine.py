"""Opens a workbook in a process of its own, so that a damaged file can end nothing but that process.

Run as a program: the workbook on standard input, its visible sheets as MessagePack on standard output.
A stray blank in the last cell of a sheet asks for half a terabyte and a damaged .xls makes its parser
abort; both were seen to take the calling process with them. Imports nothing of the house, to start fast.
"""

import html
import io
import re
import resource
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import python_calamine

MEMORY = 2 << 30  # bytes; a register of a million members needs a quarter of it
SECONDS = 60
MOST_ROWS, MOST_CELLS = 100_000, 1_000_000
"""Rows and cells of one file; the largest register that is taken in at once has 20,000 rows."""

MOST_BYTES = 32 << 20
"""Bytes of an answer: a small file may unfold to far more than the process that asked can hold."""

FORMULA = "\x1a"
"""Stands in a cell whose formula was never calculated; whoever does not ask for it sees an empty cell."""

_SHEET = re.compile(r'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?:id="([^"]*)"')
_PART = re.compile(r"<Relationship\b[^>]*>")
_UNCALCULATED = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"(?: s="[0-9]+")?>\s*<f[^<]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>)?\s*</c>'
)
_PIECE, _LONGEST_CELL = (
    1 << 20,
    1 << 13,
)  # bytes of a sheet looked at in one go, and of a cell with its formula
PASSWORD_NEEDED = 3
NOT_A_WORKBOOK = 4
TOO_MUCH = 5


def visible_sheets(content: bytes) -> list[list[tuple[int, list[Any]]]]:
    """Return the sheets a user sees, each as its rows that hold something, with their numbers."""
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    formulas = uncalculated(content)
    return [_rows_of(workbook.get_sheet_by_name(name), formulas[name]) for name in shown]


def _rows_of(
    sheet: python_calamine.CalamineSheet, formulas: set[tuple[int, int]]
) -> list[tuple[int, list[Any]]]:
    rows: list[list[Any]] = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for number, position in formulas:
        if number < len(rows):
            rows[number] += [None] * (position + 1 - len(rows[number]))
            rows[number][position] = FORMULA
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in range(top + 1, min(bottom, len(rows) - 1) + 1):  # merged downward: said of each row
            if left < len(rows[row]) and rows[row][left] is None:
                rows[row][left] = rows[top][left]
    return [
        (number, _to_its_end(row))
        for number, row in enumerate(rows, start=1)
        if any(cell is not None for cell in row)
    ]


def _to_its_end(row: list[Any]) -> list[Any]:
    """Return a row without the empty cells at its end, of which a stray blank far out makes thousands."""
    while row[-1] is None:
        row.pop()
    return row


def uncalculated(content: bytes) -> dict[str, set[tuple[int, int]]]:
    """Return by sheet where (row and column from 0) a formula stands whose result was not saved with it.

    Programs that write workbooks leave that to the spreadsheet; a person who opens the file sees a result.
    """
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            for name, part in _parts_of(workbook):
                found[name] = set(_formulas_in(workbook, part))
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return defaultdict(set)  # no .xlsx, or one that only its own reader understands
    return found


def _parts_of(workbook: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet."""
    tags = _PART.findall(workbook.read("xl/_rels/workbook.xml.rels").decode())
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in tags}
    for name, key in _SHEET.findall(workbook.read("xl/workbook.xml").decode()):
        target = targets[key]
        yield html.unescape(name), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _formulas_in(workbook: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int]]:
    """Look through a sheet piece by piece, since it may be large; pieces overlap by the longest cell."""
    seen = b""
    with workbook.open(part) as sheet:
        while piece := sheet.read(_PIECE):
            seen = seen[-_LONGEST_CELL:] + piece
            if b"<f" in seen:
                for letters, number in _UNCALCULATED.findall(seen):
                    yield int(number) - 1, _position(letters)


def _position(letters: bytes) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position - 1


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return None if cell == "" else cell


def is_too_much(sheets: list[list[tuple[int, list[Any]]]]) -> bool:
    """Say whether there are more rows or cells than anybody has a use for."""
    rows = [row for sheet in sheets for _, row in sheet]
    return len(rows) > MOST_ROWS or sum(map(len, rows)) > MOST_CELLS


def limit_ourselves() -> None:
    """Let the system end this process when it takes more than is its due, or writes more."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_BYTES),
    ):
        resource.setrlimit(what, (most, most))


def main() -> int:
    """Answer one workbook; the exit status says why there is no answer."""
    limit_ourselves()
    try:
        sheets = visible_sheets(sys.stdin.buffer.read())
        answer = b"" if is_too_much(sheets) else msgspec.msgpack.encode(sheets)
    except python_calamine.PasswordError:
        return PASSWORD_NEEDED
    except (python_calamine.CalamineError, MemoryError):
        return NOT_A_WORKBOOK
    if not 0 < len(answer) <= MOST_BYTES:
        return TOO_MUCH
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
