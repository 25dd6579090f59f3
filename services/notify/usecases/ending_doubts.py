"""The end of doubts that nobody settled: repeated where silence would be worse, else unknown for good."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, all_, and_, bindparam, case, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    REPEATED_TOPICS,
    DeliveryAction,
    DeliveryState,
    Hearing,
    RetryPolicy,
    Verdict,
)
from services.notify.domain.doubts import ANSWERED_WITHIN
from services.notify.gate.ways import Ways
from services.notify.models import Attempt, Delivery, Message
from services.notify.usecases.planning import plan_next

MOST = 1000
"""Doubts that one round takes up; the next round comes soon."""

NOT_EVEN_ASKED = timedelta(hours=1)
"""For how much longer a doubt lasts about which nobody came to ask: perhaps too many were before it."""

_INSTANT = DateTime(timezone=True)
_NOW = bindparam("now", type_=_INSTANT)
_WAS_ASKED = or_(
    and_(Delivery.asks > 0, Delivery.asked_at <= bindparam("answered_by", type_=_INSTANT)),
    Delivery.provider != all_(bindparam("askable", type_=ARRAY(String))),
    Delivery.due_at <= bindparam("long_ago", type_=_INSTANT),
)
HAS_LASTED = and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.due_at <= _NOW, _WAS_ASKED)
"""Its last question was answered with nothing, or the time to ask is over and no question is under way."""


def moment_of_doubts(ways: Ways, now: datetime) -> dict[str, Any]:
    """Return the parameters of `HAS_LASTED`."""
    askable = sorted(name for name, hearing in ways.hearing.items() if hearing is Hearing.ANSWERS)
    has_had_time = ways.asks_since is None or ways.asks_since <= now - NOT_EVEN_ASKED
    return {
        "now": now,
        "askable": askable,
        "answered_by": now - ANSWERED_WITHIN,
        "long_ago": now - NOT_EVEN_ASKED if has_had_time else None,
    }


def end_doubts(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """End the doubts that have lasted; return how many these were.

    What the topic would rather say twice than not at all is sent again, as long as it is worth saying and no
    more than `policy.repeats` times; then its next channel follows. All else is unknown, and nothing follows.
    """
    due = select(Delivery.id).where(HAS_LASTED).limit(MOST).with_for_update(skip_locked=True)
    is_repeated = and_(
        Message.topic.in_(REPEATED_TOPICS), Delivery.expires_at > _NOW, _doubts_so_far() <= policy.repeats
    )
    again, unknown = (
        DELIVERY_LIFECYCLE.after(DeliveryState.AMBIGUOUS, action)
        for action in (DeliveryAction.RESEND, DeliveryAction.WRITE_OFF)
    )
    ended = (
        update(Delivery)
        .where(Delivery.id.in_(due), Message.id == Delivery.message_id)
        .values(
            state=case((is_repeated, again), else_=unknown),
            due_at=case((is_repeated, _NOW), else_=null()),
            asks=case((is_repeated, literal(0)), else_=Delivery.asks),
            asked_at=None,
            reference=case((is_repeated, null()), else_=Delivery.reference),
        )
        .returning(Delivery.id, Delivery.state, Message.topic)
    )
    rows = session.execute(ended, moment_of_doubts(ways, now)).all()
    needed = [row.id for row in rows if row.state == unknown and row.topic in REPEATED_TOPICS]
    if needed:
        plan_next(session, ways, needed, now)
    return len(rows)


def _doubts_so_far() -> Any:
    """Return in how many doubts a delivery has been, this one included; every one left its attempt."""
    doubted = select(func.count()).select_from(Attempt).where(Attempt.outcome == Verdict.AMBIGUOUS)
    return doubted.where(Attempt.delivery_id == Delivery.id).correlate(Delivery).scalar_subquery()
