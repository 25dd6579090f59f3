"""Finds the table in a sheet by the words of its header, whatever stands above, below or between."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.sheets.cells import Reason, is_blank, text_of
from services.chassis.sheets.files import Sheet, SheetRow
from services.chassis.sheets.forms import NUMBERING, Form, Heading, column_named, heading_of

_DEEPEST_HEADER = 1000  # filled rows; what is further down is no header
_LOOKED_AHEAD = 20  # rows below a first possible header in which a better one may stand
_LABEL = re.compile(r"[\u4e00-\u9fff ]{1,12}(?:\([^)]*\))? ?:.*|注[.、 ].*", re.DOTALL)
_SUM = re.compile(r"[合总小共]\s*计[:：]?")


@dataclass(frozen=True)
class Table:
    """Where the columns of a form stand in a sheet, and the rows that are its records.

    `unknown` and `repeated` are positions (from 0) of headings that the form does not have, or has
    already found in another column; `remarks` are rows below the header that are notes or signatures.
    """

    header_row: int
    positions: dict[str, int]
    unknown: tuple[int, ...]
    repeated: tuple[int, ...]
    above: list[SheetRow]
    rows: list[SheetRow]
    remarks: list[SheetRow]


@dataclass(frozen=True)
class _Header:
    """A row, or two rows read as one, that may be the header of a form."""

    first: SheetRow
    last: SheetRow
    headings: dict[int, Heading]
    positions: dict[str, int]
    counting: tuple[int, ...]
    repeated: tuple[int, ...]


def find_table(sheet: Sheet, form: Form[Any, Any]) -> Table | Reason:
    """Return where `form` stands in `sheet`, or why not: no header, a column missing, another form."""
    candidates = list(_candidates(sheet, form))
    suited = [header for header in candidates if _has_what_it_needs(header, form)]
    if not suited:
        return _why_no_table(candidates, form)
    header = max(suited, key=lambda header: len(header.positions))
    if _is_of_another_form(header, form):
        return Reason("sheets.other_form")
    return _table(sheet, header, form)


def which_form(sheet: Sheet, forms: Sequence[Form[Any, Any]]) -> Form[Any, Any] | Reason:
    """Return the form whose columns the sheet has most of; a tie or no form at all is a reason."""
    tables = [(find_table(sheet, form), form) for form in forms]
    found = [(len(table.positions), form) for table, form in tables if isinstance(table, Table)]
    if not found:
        return _why_no_form([table for table, _ in tables if isinstance(table, Reason)])
    most = max(columns for columns, _ in found)
    best = [form for columns, form in found if columns == most]
    return best[0] if len(best) == 1 else Reason("sheets.form_unclear")


def _why_no_form(reasons: list[Reason]) -> Reason:
    """Return the reason that helps most: another form, or a column missing from exactly one."""
    for code in ("sheets.other_form", "sheets.column_missing"):
        telling = [reason for reason in reasons if reason.code == code]
        if len(telling) == 1:
            return telling[0]
    return Reason("sheets.form_unknown")


def _candidates(sheet: Sheet, form: Form[Any, Any]) -> Iterator[_Header]:
    """Yield what may be the header, from the top, until some rows past the first that is complete."""
    last_row: int | None = None
    for index, row in enumerate(sheet.rows[:_DEEPEST_HEADER]):
        if last_row is not None and row.number > last_row:
            return
        below = sheet.rows[index + 1] if index + 1 < len(sheet.rows) else None
        for header in _headers_from(row, below, form):
            if last_row is None and _has_what_it_needs(header, form):
                last_row = row.number + _LOOKED_AHEAD
            yield header


def _headers_from(row: SheetRow, below: SheetRow | None, form: Form[Any, Any]) -> Iterator[_Header]:
    """Yield the row as a header, then with the row below it as a header of two levels."""
    headings = _headings(row)
    if not any(column_named(heading, form) for heading in headings.values()):
        return
    yield _header(row, row, headings, form)
    if below is not None and below.number == row.number + 1:
        yield _header(row, below, headings | _headings(below), form)


def _headings(row: SheetRow) -> dict[int, Heading]:
    pairs = ((position, heading_of(cell)) for position, cell in enumerate(row.cells))
    return {position: heading for position, heading in pairs if heading is not None}


def _header(first: SheetRow, last: SheetRow, headings: dict[int, Heading], form: Form[Any, Any]) -> _Header:
    """Give each column the position that names it best; the first of equals."""
    named = sorted(
        (*name, position)
        for position, heading in headings.items()
        if (name := column_named(heading, form)) is not None
    )
    positions: dict[str, int] = {}
    for _, field, position in named:
        positions.setdefault(field, position)
    counting = tuple(position for _, field, position in named if field == NUMBERING.field)
    positions.pop(NUMBERING.field, None)
    repeated = {position for _, _, position in named} - {*positions.values(), *counting}
    return _Header(first, last, headings, positions, counting, tuple(sorted(repeated)))


def _has_what_it_needs(header: _Header, form: Form[Any, Any]) -> bool:
    """Say whether every required column is there; a lone heading counts only in a sheet of one column."""
    has_required = all(column.field in header.positions for column in form.required)
    return has_required and (len(header.positions) > 1 or len(header.headings) == 1)


def _why_no_table(candidates: list[_Header], form: Form[Any, Any]) -> Reason:
    nearest = max(candidates, key=lambda header: len(header.positions), default=None)
    if nearest is None or len(nearest.positions) < 2:
        return Reason("sheets.no_header", {"columns": "、".join(column.title for column in form.required)})
    missing = [column.title for column in form.required if column.field not in nearest.positions]
    return Reason("sheets.column_missing", {"row": str(nearest.first.number), "columns": "、".join(missing)})


def _is_of_another_form(header: _Header, form: Form[Any, Any]) -> bool:
    return any(heading.bare in form.foreign for heading in header.headings.values())


def _table(sheet: Sheet, header: _Header, form: Form[Any, Any]) -> Table:
    below = [row for row in sheet.rows if row.number > header.last.number]
    filled = [row for row in below if _holds_a_record(row, header) and not _repeats(row, header)]
    required = [header.positions[column.field] for column in form.required]
    remarks = [row for row in filled if _is_remark(row, required)]
    known = {*header.positions.values(), *header.repeated, *header.counting}
    return Table(
        header_row=header.last.number,
        positions=header.positions,
        unknown=tuple(sorted(set(header.headings) - known)),
        repeated=header.repeated,
        above=[row for row in sheet.rows if row.number < header.first.number],
        rows=[row for row in filled if row not in remarks],
        remarks=remarks,
    )


def _holds_a_record(row: SheetRow, header: _Header) -> bool:
    """Say whether more than the number of the row is filled in; a note may begin in the column of numbers."""
    filled = {position: cell for position, cell in enumerate(row.cells) if not is_blank(cell)}
    return any(
        position not in header.counting or _is_label(text_of(cell)) for position, cell in filled.items()
    )


def _repeats(row: SheetRow, header: _Header) -> bool:
    """Say whether this is the header again, as printed at the top of each page."""
    places = header.positions.values()
    return all(heading_of(row.cell(place)) == header.headings[place] for place in places)


def _is_remark(row: SheetRow, required: list[int]) -> bool:
    """Say whether the row is a note, a sum or a signature: its first words are a label, not a value.

    A record may begin so too (a wish that reads 收音机：能听戏的), but then nothing required is missing.
    """
    texts = [text for cell in row.cells if (text := text_of(cell))]
    if _SUM.fullmatch(texts[0]):
        return True
    is_label = [_is_label(text) for text in texts]
    return is_label[0] and (all(is_label) or any(is_blank(row.cell(place)) for place in required))


def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(unicodedata.normalize("NFKC", text)) is not None
