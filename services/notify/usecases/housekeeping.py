"""Housekeeping: leases that ran out, doubts that are due, people who became known, what came too late."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, all_, and_, bindparam, case, exists, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

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
from services.notify.models import Attempt, Delivery, Message, Recipient
from services.notify.usecases.attempts import attempt_row
from services.notify.usecases.planning import Ways, plan_next, plan_waiting

MOST = 1000
"""Rows of one kind that one round of housekeeping takes up; the next round comes soon."""

LEASE_RAN_OUT = "lease_ran_out"


_NOW = bindparam("now", type_=DateTime(timezone=True))
_CHANNELS = bindparam("channels", type_=ARRAY(String))

_IS_LOST = and_(Delivery.state == DeliveryState.SENDING, Delivery.leased_until < func.now())
_IS_DOUBTED = and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.due_at <= _NOW)
_IS_UNSENDABLE = and_(
    Delivery.state.in_(DELIVERY_LIFECYCLE.states_for(DeliveryAction.EXPIRE)),
    Delivery.due_at.is_not(None),
    Delivery.channel != all_(_CHANNELS),
    Delivery.expires_at <= _NOW,
)
_HAS_ENDED = and_(
    Delivery.state.in_([DeliveryState.SUPPRESSED, DeliveryState.EXPIRED]), Delivery.due_at.is_not(None)
)
_HAS_WAITED = and_(Message.state == MessageState.WAITING, Message.expires_at <= _NOW)
_IS_MET = and_(Message.state == MessageState.WAITING, Message.recipient_id == Recipient.id)
_KEEPS_SECRET = and_(Message.topic.in_(SECRET_TOPICS), Message.parameters != "", Message.expires_at <= _NOW)

_IS_ANYTHING_DUE = select(
    or_(
        *(
            exists().where(condition)
            for condition in (
                _IS_LOST,
                _IS_DOUBTED,
                _IS_UNSENDABLE,
                _HAS_ENDED,
                _HAS_WAITED,
                _IS_MET,
                _KEEPS_SECRET,
            )
        )
    )
)


def keep_house(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """Put right what time or a crash left behind; return how much of it there was."""
    at_hand = {"now": now, "channels": sorted(ways.addresses)}
    if not session.execute(_IS_ANYTHING_DUE, at_hand).scalar_one():
        return 0
    done = _doubt_lost_leases(session, policy, now) + _settle_doubts(session, now)
    done += _rows(session, _EXPIRE_UNSENDABLE, at_hand) + _rows(session, _EXPIRE_WAITING, at_hand)
    done += _follow_ended(session, ways, now)
    plan_waiting(session, ways, now)
    _rows(session, _FORGET_SECRETS, at_hand)
    return done


def _doubt_lost_leases(session: Session, policy: RetryPolicy, now: datetime) -> int:
    """A sender died with a delivery in its hands: nobody knows whether it went out."""
    lost = select(Delivery.id).where(_IS_LOST).limit(MOST).with_for_update(skip_locked=True).cte("lost")
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
    return attempt_row(row.id, at=now, provider=row.provider, verdict=Verdict.AMBIGUOUS, code=LEASE_RAN_OUT)


def _settle_doubts(session: Session, now: datetime) -> int:
    """Repeat what the topic would rather say twice than not at all, unless it is too late to repeat."""
    due = select(Delivery.id).where(_IS_DOUBTED).limit(MOST).with_for_update(skip_locked=True)
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
    return _rows(session, settled, {"now": now})


def _follow_ended(session: Session, ways: Ways, now: datetime) -> int:
    """Let the next channel follow what may not go out on its own: it was barred, or would ring too late."""
    ended = select(Delivery.id).where(_HAS_ENDED).limit(MOST).with_for_update(skip_locked=True)
    done_with = update(Delivery).where(Delivery.id.in_(ended)).values(due_at=None).returning(Delivery.id)
    ids = list(session.execute(done_with).scalars())
    if ids:
        plan_next(session, ways, ids, now)
    return len(ids)


_UNSENDABLE = select(Delivery.id).where(_IS_UNSENDABLE).limit(MOST).with_for_update(skip_locked=True)
_EXPIRE_UNSENDABLE = (
    update(Delivery).where(Delivery.id.in_(_UNSENDABLE)).values(state=DeliveryState.EXPIRED, due_at=None)
)
"""Ends what waits for a channel that is not set up any more; its sender would have done so."""

_EXPIRE_WAITING = (
    update(Message)
    .where(_HAS_WAITED)
    .values(state=MESSAGE_LIFECYCLE.after(MessageState.WAITING, MessageAction.EXPIRE))
)
"""Ends messages whose recipient stayed unknown."""

_FORGET_SECRETS = update(Message).where(_KEEPS_SECRET).values(parameters="", address=None)
"""Erases the words of secrets whose time is over."""


def _rows(session: Session, statement: Any, parameters: dict[str, Any]) -> int:
    changed = session.execute(statement, parameters, execution_options={"synchronize_session": False})
    return int(getattr(changed, "rowcount", 0))


def _instant(at: datetime) -> Any:
    return literal(at, DateTime(timezone=True))
