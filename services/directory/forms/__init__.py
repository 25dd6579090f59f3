"""The registers in which members and units arrive in bulk."""

from typing import Any

from services.chassis.sheets import Form, FormReading, read_any
from services.directory.forms.members import MEMBERS, RegisteredMember
from services.directory.forms.units import UNITS, RegisteredUnit

FORMS: tuple[Form[Any, Any], ...] = (MEMBERS, UNITS)

__all__ = ["FORMS", "MEMBERS", "UNITS", "RegisteredMember", "RegisteredUnit", "read"]


def read(
    file_name: str, content: bytes, area_code: str | None, form: str = "auto"
) -> FormReading[RegisteredMember, None] | FormReading[RegisteredUnit, None]:
    """Return what the file says as `form` (auto, members or units); a row in error must not be imported.

    `area_code` is the district's and completes local phone numbers. Blocks: call it in a thread.
    """
    asked_for = [known for known in FORMS if form in ("auto", known.key)]
    return read_any(asked_for, file_name, content, area_code)
