"""Lists whose newest come first in the order of their ids: what is on them, and their pages by keyset."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, true

from services.chassis import paging
from services.chassis.contracts import Page, View
from services.chassis.refusals import Malformed
from services.chassis.work import Work
from services.claims.contracts import UnknownState

Item = TypeVar("Item", bound=View)


def page_of(
    work: Work,
    query: Page,
    wanted: Select[Any],
    key: Any,
    view: Callable[[Row[Any]], Item],
    contract: str = "page",
) -> tuple[list[Item], str | None]:
    """Return the views of a page of `wanted`, newest `key` first, and where the next page begins.

    Raises `Malformed` for an `after` that is none, in the name of `contract`.
    """
    last = paging.id_named(query.after, no_next_of(contract))
    newest_first = (wanted if last is None else wanted.where(key < last)).order_by(key.desc())
    rows, following = paging.page_of(work.session.execute(paging.one_more(newest_first, query)), query)
    return [view(row) for row in rows], following


def no_next_of(contract: str) -> Malformed:
    """Return the refusal of an `after` that no page of a list had as its `next`."""
    return Malformed(contract=contract, problem="no_page_after")


def lies_below(column: Any, below: str) -> ColumnElement[bool]:
    """Return the condition that rows lie at or below a path; raise `Malformed` for what nobody types."""
    if not below.isprintable():
        raise Malformed(contract="filter", problem="unprintable")
    is_below: ColumnElement[bool] = column.op("^@", is_comparison=True)(below)
    return is_below


def is_in_state(column: Any, state: str | None, states: type[StrEnum]) -> ColumnElement[bool]:
    """Return the condition that rows are in a state, or in any; raise `UnknownState` for one that is none."""
    if state is None:
        return true()
    if state not in list(states):
        raise UnknownState()
    is_there: ColumnElement[bool] = column == state
    return is_there
