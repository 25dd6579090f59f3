"""Files that unfold to far more than they seem: refused in words, before whoever asked has to hold them."""

import io
import os
import subprocess
import sys
import zipfile

from services.chassis.sheets import quarantine, read_sheets
from tests.support.sheets import code_of, new_workbook, workbook_bytes

SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%b</sheetData></worksheet>"
)


def workbook_of(rows: bytes) -> bytes:
    """Return a workbook with these rows in its one sheet, far smaller than what it unfolds to."""
    workbook, _ = new_workbook()
    usual = zipfile.ZipFile(io.BytesIO(workbook_bytes(workbook)))
    unfolding = io.BytesIO()
    with zipfile.ZipFile(unfolding, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in usual.namelist():
            packed.writestr(name, SHEET % rows if name == "xl/worksheets/sheet1.xml" else usual.read(name))
    assert len(unfolding.getvalue()) < 1 << 20
    return unfolding.getvalue()


def test_a_workbook_of_more_rows_or_cells_than_anybody_needs_is_refused() -> None:
    long = b"<row><c><v>1</v></c></row>" * (quarantine.MOST_ROWS + 1)
    wide = b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    for rows in (long, wide * (quarantine.MOST_CELLS // 16_000 + 1)):
        assert code_of(read_sheets("表.xlsx", workbook_of(rows))) == "sheets.file_too_much"


def test_a_workbook_whose_few_cells_say_too_much_is_refused() -> None:
    cell = b'<c t="inlineStr"><is><t>%b</t></is></c>' % (b"x" * 30_000)
    rows = (b"<row>" + cell + b"</row>") * (quarantine.MOST_BYTES // 30_000 + 1)
    assert code_of(read_sheets("表.xlsx", workbook_of(rows))) == "sheets.file_too_much"


def test_a_text_of_more_rows_or_cells_than_anybody_needs_is_refused() -> None:
    for text in ("\n" * (quarantine.MOST_ROWS + 2), "1," * (quarantine.MOST_CELLS + 1)):
        assert code_of(read_sheets("表.csv", f"1{text}".encode())) == "sheets.file_too_much"


def test_what_opens_workbooks_can_write_no_more_than_its_due_even_when_a_file_takes_it_over() -> None:
    taken_over = (
        "from services.chassis.sheets import quarantine; import sys; quarantine.limit_ourselves();"
        "sys.stdout.buffer.write(bytes(quarantine.MOST_BYTES + 1))"
    )
    with os.fdopen(os.memfd_create("told"), "wb") as told:
        subprocess.run(
            [sys.executable, "-c", taken_over], stdout=told, stderr=subprocess.DEVNULL, check=False
        )
        assert os.fstat(told.fileno()).st_size <= quarantine.MOST_BYTES
