"""A wish as somebody wrote it: a title of at most 40 characters, longer details apart."""

import re

import msgspec

from services.chassis.sheets import Cell, Noted, Reason, clean_text, has_words, text_of

TITLE_LENGTH = 40
"""Characters that sum a wish up (source 000: 以 40 字左右简要概括)."""

DETAILS_LENGTH = 2000

_END_OF_A_CLAUSE = re.compile("[。！？；，、.!?;,]")


class WishText(msgspec.Struct, frozen=True):
    """`title` is one line of at most 40 characters; `details` the whole text, empty when that is all."""

    title: str
    details: str = ""


def read_wish(cell: Cell) -> WishText | Noted[WishText] | Reason:
    """Return the text; one that is too long comes with a proposed title and a note that it was cut."""
    written = text_of(cell)
    line = " ".join(written.split())
    if not has_words(line):
        return Reason("sheets.no_words")
    if len(written) > DETAILS_LENGTH:
        return Reason("sheets.over_limit", {"limit": str(DETAILS_LENGTH), "length": str(len(written))})
    if len(line) <= TITLE_LENGTH:
        return WishText(line)
    note = Reason("sheets.too_long", {"limit": str(TITLE_LENGTH), "length": str(len(line))})
    return Noted(WishText(propose_title(line), written), note)


def propose_title(text: str) -> str:
    """Return at most 40 characters of `text`: its first clauses, or its beginning and an ellipsis."""
    line = " ".join(clean_text(text).split())
    if len(line) <= TITLE_LENGTH:
        return line
    ends = [end.start() for end in _END_OF_A_CLAUSE.finditer(line[: TITLE_LENGTH + 1])]
    if ends and ends[-1] >= TITLE_LENGTH // 2:
        return line[: ends[-1]].rstrip()
    return line[: TITLE_LENGTH - 1].rstrip() + "…"
