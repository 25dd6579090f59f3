"""The official forms in which wishes arrive: 000 from units, 001-1 from communities."""

from typing import Any

from services.chassis.sheets import Form, FormReading, read_any
from services.wishes.forms.form_000 import FORM_000, CollectedWish, Collector
from services.wishes.forms.form_001_1 import FORM_001_1, Gender, RequestedWish
from services.wishes.forms.wish_text import TITLE_LENGTH, WishText, propose_title

FORMS: tuple[Form[Any, Any], ...] = (FORM_000, FORM_001_1)

__all__ = [
    "FORMS",
    "FORM_000",
    "FORM_001_1",
    "TITLE_LENGTH",
    "CollectedWish",
    "Collector",
    "Gender",
    "RequestedWish",
    "WishText",
    "propose_title",
    "read",
]


def read(
    file_name: str, content: bytes, area_code: str | None, form: str = "auto"
) -> FormReading[CollectedWish, Collector] | FormReading[RequestedWish, None]:
    """Return what the file says as `form` (auto, 000 or 001-1); a row with an error must not be imported.

    `area_code` is the district's and completes local phone numbers. Blocks: call it in a thread.
    """
    asked_for = [known for known in FORMS if form in ("auto", known.key)]
    return read_any(asked_for, file_name, content, area_code)
