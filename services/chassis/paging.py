"""Pages of a list by keyset: how long one is, after what it begins, and where the next one does."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select

from services.chassis.contracts import Page
from services.chassis.refusals import Malformed

LONGEST_PAGE = 200

Wanted = TypeVar("Wanted", bound=Select[*tuple[Any, ...]])
Found = TypeVar("Found")


def page_size(limit: int) -> int:
    """Return how many items a page has: what was asked for, from 1 to 200."""
    return max(1, min(limit, LONGEST_PAGE))


def one_more(wanted: Wanted, query: Page) -> Wanted:
    """Return the statement that looks for a page, and for one row more: is there a next page?"""
    return wanted.limit(page_size(query.limit) + 1)


def page_of(
    found: Iterable[Found], query: Page, place: Callable[[Found], object] = attrgetter("id")
) -> tuple[list[Found], str | None]:
    """Return a page of what was found, and the place after which the next one begins, if there is one.

    `found` is a page and one more, when there is more; `place` says how a row is named as the last of a page.
    """
    rows, size = list(found), page_size(query.limit)
    return rows[:size], str(place(rows[size - 1])) if len(rows) > size else None


def id_named(after: str | None, otherwise: Malformed) -> UUID | None:
    """Return the id after which a page begins, none for the first; raise `otherwise` for what is no id."""
    try:
        return None if after is None else UUID(after)
    except ValueError:
        raise otherwise from None
