"""Pages by keyset, for lists whose newest come first in the order of their ids."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, true

from services.chassis.contracts import Page, View
from services.chassis.refusals import Malformed
from services.chassis.work import Work
from services.claims.queries.board import page_size

Item = TypeVar("Item", bound=View)


def page_of(
    work: Work, query: Page, wanted: Select[Any], key: Any, view: Callable[[Row[Any]], Item]
) -> tuple[list[Item], str | None]:
    """Return the views of a page of `wanted`, newest `key` first, and where the next page begins."""
    limit = page_size(query.limit)
    ordered = wanted.where(_before(key, query.after)).order_by(key.desc()).limit(limit + 1)
    rows = work.session.execute(ordered).all()
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    return [view(row) for row in rows[:limit]], following


def lies_below(column: Any, below: str) -> ColumnElement[bool]:
    """Return the condition that rows lie at or below a path; raise `Malformed` for what nobody types."""
    if not below.isprintable():
        raise Malformed(contract="filter", problem="unprintable characters")
    is_below: ColumnElement[bool] = column.op("^@", is_comparison=True)(below)
    return is_below


def _before(key: Any, after: str | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    try:
        is_older: ColumnElement[bool] = key < UUID(after)
    except ValueError:
        raise Malformed(contract="page", problem="after is not the next of a page") from None
    return is_older
