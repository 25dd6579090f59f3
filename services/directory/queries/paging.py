"""Pages of lists: how long one may be, and where the next begins."""

from uuid import UUID

from services.chassis.contracts import Page
from services.chassis.refusals import Malformed

LONGEST_PAGE = 200


def page_limit(query: Page) -> int:
    """Return how many items a page has: what was asked for, from 1 to 200."""
    return min(max(query.limit, 1), LONGEST_PAGE)


def storable(text: str) -> str:
    """Return a text that the database can compare: PostgreSQL knows no NUL, so nothing stored has one."""
    return text.replace("\x00", "\ufffd")


def after_id(query: Page) -> UUID | None:
    """Return the id after which a page begins; raise `Malformed` when `after` is none."""
    try:
        return UUID(query.after) if query.after else None
    except ValueError:
        raise Malformed(
            contract=type(query).__name__, problem="`after` is not the `next` of a page"
        ) from None
