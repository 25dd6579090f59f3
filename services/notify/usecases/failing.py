"""What was carried and did not arrive after all: it costs no more, and the next channel follows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.usecases.planning import Ways, plan_next
from services.notify.usecases.spending import give_back


def make_way(session: Session, ways: Ways, failed: Sequence[UUID], now: datetime) -> None:
    """Give back what these deliveries cost, and let the next channel of their messages follow."""
    if failed:
        give_back(session, ways.prices, failed)
        plan_next(session, ways, failed, now)
