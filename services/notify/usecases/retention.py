"""Retention: what was told long ago is forgotten, with its deliveries and attempts.

It is kept as long as the law asks for records of who was told what (PIPL 19, three years unless the settings
say otherwise), and no longer. Source: RELIABILITY, "Law, as duties of the software".
"""

from datetime import timedelta
from time import time

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.notify.measures import first_id_of
from services.notify.models import Attempt, Delivery, Message

MOST = 500
"""Messages that one round forgets; the next round comes soon."""


def forget_messages(session: Session, kept_for: timedelta) -> int:
    """Forget messages older than that, by the clock of the host, the oldest first; return how many."""
    is_old = Message.id < first_id_of(time() - kept_for.total_seconds())
    sought = select(Message.id).where(is_old).order_by(Message.id).limit(MOST)
    old = session.scalars(sought.with_for_update(skip_locked=True)).all()
    if old:
        deliveries = select(Delivery.id).where(Delivery.message_id.in_(old))
        session.execute(delete(Attempt).where(Attempt.delivery_id.in_(deliveries)))
        session.execute(delete(Delivery).where(Delivery.message_id.in_(old)))
        session.execute(delete(Message).where(Message.id.in_(old)))
    return len(old)
