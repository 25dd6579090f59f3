"""Opens a workbook in a process of its own, so that a damaged file can end nothing but that process.

Run as a program: the workbook on standard input, its visible sheets as MessagePack on standard output.
A stray blank in the last cell of a sheet asks for half a terabyte and a damaged .xls makes its parser
abort; both were seen to take the calling process with them. Imports nothing of the house, to start fast.
"""

import io
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import python_calamine

MEMORY = 2 << 30  # bytes; a register of a million members needs a quarter of it
SECONDS = 60
PASSWORD_NEEDED = 3
NOT_A_WORKBOOK = 4


def visible_sheets(content: bytes) -> list[list[tuple[int, list[Any]]]]:
    """Return the sheets a user sees, each as its rows that hold something, with their numbers."""
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    return [_rows_of(workbook.get_sheet_by_name(name)) for name in shown]


def _rows_of(sheet: python_calamine.CalamineSheet) -> list[tuple[int, list[Any]]]:
    rows: list[list[Any]] = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in range(top + 1, min(bottom, len(rows) - 1) + 1):  # merged downward: said of each row
            if left < len(rows[row]) and rows[row][left] is None:
                rows[row][left] = rows[top][left]
    return [
        (number, row) for number, row in enumerate(rows, start=1) if any(cell is not None for cell in row)
    ]


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return None if cell == "" else cell


def main() -> int:
    """Answer one workbook; the exit status says why there is no answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheets = visible_sheets(sys.stdin.buffer.read())
    except python_calamine.PasswordError:
        return PASSWORD_NEEDED
    except (python_calamine.CalamineError, MemoryError):
        return NOT_A_WORKBOOK
    sys.stdout.buffer.write(msgspec.msgpack.encode(sheets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
