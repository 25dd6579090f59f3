"""Where the pages of the directory's lists begin."""

from uuid import UUID

from services.chassis.contracts import Page
from services.chassis.paging import id_named
from services.chassis.refusals import Malformed


def storable(text: str) -> str:
    """Return a text that the database can compare: PostgreSQL knows no NUL, so nothing stored has one."""
    return text.replace("\x00", "\ufffd")


def after_id(query: Page) -> UUID | None:
    """Return the id after which a page begins; raise `Malformed` when `after` is none."""
    return id_named(query.after or None, Malformed(contract=type(query).__name__, problem="no_page_after"))
