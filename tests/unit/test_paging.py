"""Pages by keyset: how long one is, and where the next one begins."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, column, select

from services.chassis.contracts import Page, new_id
from services.chassis.paging import LONGEST_PAGE, id_named, one_more, page_of, page_size
from services.chassis.refusals import Malformed

REFUSAL = Malformed(contract="Page", problem="`after` is not the `next` of a page")


@dataclass(frozen=True)
class Row:
    """Something in a list."""

    id: UUID


@given(st.integers(-1000, 1000))
def test_a_page_has_from_one_to_two_hundred_items(asked: int) -> None:
    assert 1 <= page_size(asked) <= LONGEST_PAGE
    assert page_size(asked) == asked or not 1 <= asked <= LONGEST_PAGE


def test_a_page_is_looked_for_with_one_row_more() -> None:
    wanted = one_more(select(column("id", Integer)), Page(limit=7))
    assert "LIMIT 8" in str(wanted.compile(compile_kwargs={"literal_binds": True}))


@given(st.integers(0, 12), st.integers(1, 10))
def test_the_next_page_begins_after_the_last_item_of_this_one(there: int, limit: int) -> None:
    rows = [Row(new_id()) for _ in range(there)]
    page, following = page_of(rows[: limit + 1], Page(limit=limit))
    assert page == rows[:limit]
    assert following == (str(rows[limit - 1].id) if there > limit else None)


def test_an_after_is_an_id_or_refused() -> None:
    known = new_id()
    assert id_named(None, REFUSAL) is None
    assert id_named(str(known), REFUSAL) == known
    with pytest.raises(Malformed):
        id_named("the third", REFUSAL)
