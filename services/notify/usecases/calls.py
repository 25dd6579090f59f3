"""Calls under way: what was lent to a sender who died may have gone out only once its call had begun."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from time import time
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, and_, any_, delete, exists, func, select, text
from sqlalchemy.orm import Session

from services.notify.domain import DeliveryState
from services.notify.measures import first_id_of
from services.notify.models import Call, Delivery

KEPT_FOR = timedelta(days=1)
"""Longer than any lease: what a sender left behind that died is looked at by then."""


NO_PARTS: Mapping[UUID, int] = {}


class Called(Protocol):
    """As much of a loan as a call is written down with."""

    @property
    def delivery_id(self) -> UUID: ...

    @property
    def attempt(self) -> int: ...


_PLACE = func.array_position(Call.deliveries, Delivery.id)
_IS_OF_LAST_TRY = and_(Delivery.id == any_(Call.deliveries), Call.tries[_PLACE] == Delivery.tries)

CALLED_PARTS = (
    select(func.coalesce(func.max(Call.parts[_PLACE]), 0)).where(_IS_OF_LAST_TRY).having(func.count() > 0)
).scalar_subquery()
"""Of how many parts a delivery consists, the call of whose last try had begun and came to no end that was
written down; null where none had begun.
"""


def begin_call(
    connection: Connection, call: UUID, loans: Sequence[Called], parts: Mapping[UUID, int] = NO_PARTS
) -> bool:
    """Write down that these are about to go out in one call; say whether all of them are still lent to us.

    `parts` is of how many each consists: whoever never hears of them counts them as spent.
    """
    about = {
        "id": str(call),
        "deliveries": [str(loan.delivery_id) for loan in loans],
        "tries": [loan.attempt for loan in loans],
        "parts": [parts.get(loan.delivery_id, 0) for loan in loans],
    }
    return connection.execute(_BEGIN, about).rowcount == 1


_BEGIN = text("""
    INSERT INTO notify.call (id, deliveries, tries, parts)
    SELECT CAST(:id AS uuid), CAST(:deliveries AS uuid[]), CAST(:tries AS smallint[]),
           CAST(:parts AS smallint[])
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
    """Forget the calls of senders that died long ago; not those about which leases have yet to tell."""
    is_told_of = exists().where(Delivery.id == any_(Call.deliveries), Delivery.state == DeliveryState.SENDING)
    is_old = Call.id < first_id_of(time() - KEPT_FOR.total_seconds())
    session.execute(delete(Call).where(is_old, ~is_told_of).execution_options(synchronize_session=False))
