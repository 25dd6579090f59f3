"""Calls under way: what was lent to a sender who died may have gone out only once its call had begun."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from time import time
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, any_, delete, exists, func, text
from sqlalchemy.orm import Session

from services.notify.measures import first_id_of
from services.notify.models import Call, Delivery

KEPT_FOR = timedelta(days=1)
"""Longer than any lease: what a sender left behind that died is looked at by then."""


class Called(Protocol):
    """As much of a loan as a call is written down with."""

    @property
    def delivery_id(self) -> UUID: ...

    @property
    def attempt(self) -> int: ...


HAS_BEGUN = exists().where(
    Delivery.id == any_(Call.deliveries),
    Call.tries[func.array_position(Call.deliveries, Delivery.id)] == Delivery.tries,
)
"""Says of a delivery that the call of its last try had begun, and came to no end that was written down."""


def begin_call(connection: Connection, call: UUID, loans: Sequence[Called]) -> bool:
    """Write down that these are about to go out in one call; say whether all of them are still lent to us."""
    about = {
        "id": str(call),
        "deliveries": [str(loan.delivery_id) for loan in loans],
        "tries": [loan.attempt for loan in loans],
    }
    return connection.execute(_BEGIN, about).rowcount == 1


_BEGIN = text("""
    INSERT INTO notify.call (id, deliveries, tries)
    SELECT CAST(:id AS uuid), CAST(:deliveries AS uuid[]), CAST(:tries AS smallint[])
    WHERE cardinality(CAST(:tries AS smallint[])) = (
        SELECT count(*) FILTER (WHERE delivery.state = 'sending' AND delivery.leased_until > now())
        FROM notify.delivery
        JOIN unnest(CAST(:deliveries AS uuid[]), CAST(:tries AS smallint[])) AS lent (id, tries)
            ON lent.id = delivery.id AND lent.tries = delivery.tries
        WHERE delivery.id = ANY(CAST(:deliveries AS uuid[])))  -- by key, or too much would be read
""")


def end_calls(session: Session, calls: Collection[UUID]) -> None:
    """Forget calls whose outcomes are written down."""
    if calls:
        session.execute(delete(Call).where(Call.id.in_(calls)))


def forget_calls(session: Session) -> None:
    """Forget the calls of senders that died long ago."""
    session.execute(delete(Call).where(Call.id < first_id_of(time() - KEPT_FOR.total_seconds())))
