"""What is wrong with the shape of a request, as a refusal that says which field and what to do about it."""

import re

import msgspec

from services.chassis.refusals import Refusal
from services.gateway.api.shapes import names_at
from services.gateway.contracts import BodyUnreadable, FieldMissing, FieldUnfit, FieldUnknown

_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_QUOTED_VALUE = re.compile(r"(Invalid enum value) .*", re.DOTALL)
LONGEST_ECHO = 60
"""Characters of a client's own field name that are said back to it."""


def complaint_about(problem: Exception, shape: type[msgspec.Struct]) -> Refusal:
    """Return the refusal for what msgspec says about a body or query that does not fit `shape`."""
    text, _, place = str(problem).partition(" - at ")
    where = place.replace("`", "").replace("$", "").lstrip(".")
    if missing := _MISSING.fullmatch(text):
        return FieldMissing(field=_inside(where, missing[1]))
    if unknown := _UNKNOWN.fullmatch(text):
        known = ", ".join(names_at(shape, where)) or "–"
        return FieldUnknown(field=_inside(where, unknown[1])[:LONGEST_ECHO], known=known)
    if where or text.startswith("Expected"):
        return FieldUnfit(field=(where or "body")[:LONGEST_ECHO], expected=_QUOTED_VALUE.sub(r"\1", text))
    return BodyUnreadable()


def _inside(where: str, field: str) -> str:
    return f"{where}.{field}" if where else field
