"""What is wrong with the shape of a request, as a refusal that says which field and what to do about it."""

import re

import msgspec

from services.chassis.refusals import Refusal
from services.gateway.api.shapes import names_at
from services.gateway.contracts import BodyUnreadable, FieldMissing, FieldUnfit, FieldUnknown

_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_ENCODED = {
    "Expected `datetime` with a timezone component": "datetime",
    "Invalid UUID": "uuid",
    "Invalid RFC3339 encoded date": "date",
    "Invalid RFC3339 encoded datetime": "datetime",
    "Invalid base64 encoded string": "base64",
}
_EXPECTED = re.compile(
    r"Expected `([a-z]+)(?: \| null)?`(?:( of length)?( [<>]=? \S+))?(?:, got `.*`)?", re.DOTALL
)
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
        return FieldUnfit(field=(where or "body")[:LONGEST_ECHO], **_expected(text))
    return BodyUnreadable()


def _expected(text: str) -> dict[str, str]:
    """Return what was expected, in one word that the sentences know; never what was sent."""
    if found := _EXPECTED.fullmatch(text):
        kind, of_length, limit = found.groups()
        return (
            {"expected": "length" if of_length else "range", "limit": limit.strip()}
            if limit
            else {"expected": kind}
        )
    return {"expected": _ENCODED.get(text, "choice" if text.startswith("Invalid enum value") else "other")}


def _inside(where: str, field: str) -> str:
    return f"{where}.{field}" if where else field
