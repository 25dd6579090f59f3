"""Where the pages of the lists of wishes begin."""

from uuid import UUID

from services.chassis.contracts import Page
from services.chassis.paging import id_named
from services.chassis.refusals import Malformed


def after_id(query: Page) -> UUID | None:
    """Return the id after which a page begins; raise `Malformed` when `after` is none."""
    return id_named(query.after, no_next_of(query))


def no_next_of(query: Page) -> Malformed:
    """Return the refusal of an `after` that no page of this list had as its `next`."""
    return Malformed(contract=type(query).__name__, problem="no_page_after")
