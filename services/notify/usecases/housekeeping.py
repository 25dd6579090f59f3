"""Housekeeping: leases that ran out, doubts that are due, people who became known, what came too late."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, literal, null, select, update
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from services.chassis.contracts import new_id
from services.chassis.database import insert_all
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    MESSAGE_LIFECYCLE,
    REPEATED_TOPICS,
    SECRET_TOPICS,
    DeliveryAction,
    DeliveryState,
    MessageAction,
    MessageState,
    RetryPolicy,
    Verdict,
)
from services.notify.models import Attempt, Delivery, Message
from services.notify.usecases.planning import Ways, plan_waiting

MOST = 1000
"""Rows of one kind that one round of housekeeping takes up; the next round comes soon."""

LEASE_RAN_OUT = "lease_ran_out"


def keep_house(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """Put right what time or a crash left behind; return how much of it there was."""
    done = _doubt_lost_leases(session, policy, now) + _settle_doubts(session, now)
    done += _expire_unsendable(session, ways, now) + _expire_waiting(session, now)
    plan_waiting(session, ways, now)
    _forget_expired_secrets(session, now)
    return done


def _doubt_lost_leases(session: Session, policy: RetryPolicy, now: datetime) -> int:
    """A sender died with a delivery in its hands: nobody knows whether it went out."""
    lost = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.leased_until < func.now())
        .limit(MOST)
        .with_for_update(skip_locked=True)
        .cte("lost")
    )
    repeated_at = {
        topic.value: _instant(now + (policy.doubt_of(topic) or policy.doubt)) for topic in REPEATED_TOPICS
    }
    doubted = (
        update(Delivery)
        .where(Delivery.id == lost.c.id, Message.id == Delivery.message_id)
        .values(
            state=DELIVERY_LIFECYCLE.after(DeliveryState.SENDING, DeliveryAction.LOSE_TRACK),
            due_at=case(repeated_at, value=Message.topic, else_=null()),
            leased_until=None,
        )
        .returning(Delivery.id, Delivery.provider)
    )
    rows = session.execute(doubted).all()
    if rows:
        insert_all(session, Attempt, [_lost_attempt(row, now) for row in rows])
    return len(rows)


def _lost_attempt(row: Any, now: datetime) -> dict[str, Any]:
    told = {"outcome": Verdict.AMBIGUOUS, "code": LEASE_RAN_OUT, "reference": "", "parts": 0}
    return {"id": new_id(), "delivery_id": row.id, "at": now, "provider": row.provider or "", **told}


def _settle_doubts(session: Session, now: datetime) -> int:
    """Repeat what the topic would rather say twice than not at all, unless it is too late to repeat."""
    due = _some(DeliveryState.AMBIGUOUS, Delivery.due_at <= now)
    is_late = Delivery.expires_at <= now
    again = DELIVERY_LIFECYCLE.after(DeliveryState.AMBIGUOUS, DeliveryAction.RESEND)
    settled = (
        update(Delivery)
        .where(Delivery.id.in_(due))
        .values(
            state=case((is_late, DeliveryState.AMBIGUOUS), else_=again),
            due_at=case((is_late, null()), else_=_instant(now)),
            asks=case((is_late, Delivery.asks), else_=0),
            asked_at=None,
            reference=case((is_late, Delivery.reference), else_=null()),
        )
    )
    return _rows(session, settled)


def _expire_unsendable(session: Session, ways: Ways, now: datetime) -> int:
    """End what waits for a channel that is not set up any more; its sender would have done so."""
    states = DELIVERY_LIFECYCLE.states_for(DeliveryAction.EXPIRE)
    left = Delivery.channel.not_in(sorted(ways.addresses)) if ways.addresses else literal(True)
    late = (
        select(Delivery.id)
        .where(Delivery.state.in_(states), Delivery.due_at.is_not(None), left, Delivery.expires_at <= now)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    ended = update(Delivery).where(Delivery.id.in_(late)).values(state=DeliveryState.EXPIRED, due_at=None)
    return _rows(session, ended)


def _expire_waiting(session: Session, now: datetime) -> int:
    """End messages whose recipient stayed unknown."""
    expired = MESSAGE_LIFECYCLE.after(MessageState.WAITING, MessageAction.EXPIRE)
    is_over = (Message.state == MessageState.WAITING) & (Message.expires_at <= now)
    return _rows(session, update(Message).where(is_over).values(state=expired))


def _forget_expired_secrets(session: Session, now: datetime) -> None:
    """Erase the words of secrets whose time is over."""
    is_over = Message.topic.in_(SECRET_TOPICS) & (Message.parameters != "") & (Message.expires_at <= now)
    session.execute(update(Message).where(is_over).values(parameters="", address=None))


def _some(state: DeliveryState, condition: Any) -> Any:
    chosen = select(Delivery.id).where(Delivery.state == state, condition).limit(MOST)
    return chosen.with_for_update(skip_locked=True)


def _rows(session: Session, statement: Any) -> int:
    changed = session.execute(statement, execution_options={"synchronize_session": False})
    return int(getattr(changed, "rowcount", 0))


def _instant(at: datetime) -> Any:
    return literal(at, DateTime(timezone=True))
