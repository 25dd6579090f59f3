"""Pages of a list, by keyset."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select

from services.chassis.contracts import Page
from services.chassis.refusals import Malformed
from services.chassis.work import Work
from services.points.models import Correction, Entry, FeedbackReport, Nomination, Notice, Recognition

AnyRow = TypeVar("AnyRow", Correction, Entry, Nomination, Notice, Recognition, FeedbackReport)

LARGEST_PAGE = 200


def page_of(work: Work, rows: Select[AnyRow], key: Any, query: Page) -> tuple[Sequence[AnyRow], str | None]:
    """Return a page of rows, the newest first, and where the next one begins; `limit` is kept to 1 to 200."""
    size = max(1, min(query.limit, LARGEST_PAGE))
    if query.after:
        rows = rows.where(key < position_of(query))
    found = work.session.scalars(rows.order_by(key.desc()).limit(size + 1)).all()
    return found[:size], str(found[size - 1].id) if len(found) > size else None


def position_of(query: Page) -> UUID:
    try:
        return UUID(query.after)
    except ValueError:
        raise Malformed(contract=type(query).__name__, problem="after is not the next of a page") from None
