"""Pages of a list, by keyset."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select

from services.chassis import paging
from services.chassis.contracts import Page
from services.chassis.refusals import Malformed
from services.chassis.work import Work
from services.points.models import Correction, Entry, FeedbackReport, Nomination, Notice, Recognition

AnyRow = TypeVar("AnyRow", Correction, Entry, Nomination, Notice, Recognition, FeedbackReport)


def page_of(work: Work, rows: Select[AnyRow], key: Any, query: Page) -> tuple[Sequence[AnyRow], str | None]:
    """Return a page of rows, the newest first, and where the next one begins."""
    if last := after_id(query):
        rows = rows.where(key < last)
    found = work.session.scalars(paging.one_more(rows.order_by(key.desc()), query))
    return paging.page_of(found, query)


def after_id(query: Page) -> UUID | None:
    """Return the id after which a page begins; raise `Malformed` when `after` is none."""
    return paging.id_named(
        query.after or None, Malformed(contract=type(query).__name__, problem="no_page_after")
    )
