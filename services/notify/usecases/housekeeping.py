"""Housekeeping: leases that ran out, doubts that are due, people who became known, what came too late."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, all_, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    MESSAGE_LIFECYCLE,
    SECRET_TOPICS,
    DeliveryAction,
    DeliveryState,
    MessageAction,
    MessageState,
    RetryPolicy,
    Topic,
    Verdict,
)
from services.notify.gate.ways import Ways
from services.notify.models import Account, Delivery, Message, Recipient
from services.notify.usecases.attempts import LEASE_RAN_OUT, NEVER_CALLED
from services.notify.usecases.calls import CALLED_PARTS, forget_calls
from services.notify.usecases.closed_channels import go_around
from services.notify.usecases.ending_doubts import HAS_LASTED, end_doubts, moment_of_doubts
from services.notify.usecases.moving import Move, move_on
from services.notify.usecases.planning import plan_next, plan_waiting
from services.notify.usecases.spending import reserve

MOST = 1000
"""Rows of one kind that one round of housekeeping takes up; the next round comes soon."""

_NOW = bindparam("now", type_=DateTime(timezone=True))
_CHANNELS = bindparam("channels", type_=ARRAY(String))

_IS_LOST = and_(Delivery.state == DeliveryState.SENDING, Delivery.leased_until < func.now())
_IS_STRANDED = and_(
    Delivery.state.in_(DELIVERY_LIFECYCLE.states_for(DeliveryAction.EXPIRE)),
    Delivery.due_at.is_not(None),
    Delivery.channel != all_(_CHANNELS),
)
"""Waits for a channel that is not set up any more: it goes another way, or ends when nobody would hear it."""

_IS_UNSENDABLE = and_(_IS_STRANDED, Delivery.expires_at <= _NOW)
_HAS_ENDED = and_(
    Delivery.state.in_([DeliveryState.SUPPRESSED, DeliveryState.EXPIRED]), Delivery.due_at.is_not(None)
)
_HAS_WAITED = and_(Message.state == MessageState.WAITING, Message.expires_at <= _NOW)
_IS_MET = and_(Message.state == MessageState.WAITING, Message.recipient_id == Recipient.id)
_KEEPS_SECRET = and_(Message.topic.in_(SECRET_TOPICS), Message.parameters != "", Message.expires_at <= _NOW)

_IS_HELD = and_(
    Delivery.state.in_(DELIVERY_LIFECYCLE.states_for(DeliveryAction.EXPIRE)), Delivery.held_since <= _NOW
)
_RESTS = and_(Account.rests_until > _NOW, Account.rests_since.is_not(None))

_IS_ANYTHING_DUE = select(
    or_(
        *(
            exists().where(condition)
            for condition in (
                _IS_LOST,
                HAS_LASTED,
                _IS_UNSENDABLE,
                and_(_IS_STRANDED, Delivery.due_at <= _NOW),
                _HAS_ENDED,
                _HAS_WAITED,
                _IS_MET,
                _KEEPS_SECRET,
                _IS_HELD,
                _RESTS,
            )
        )
    )
)


def keep_house(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """Put right what time or a crash left behind; return how much of it there was."""
    at_hand = moment_of_doubts(ways, now) | {"channels": sorted(ways.addresses)}
    if not session.execute(_IS_ANYTHING_DUE, at_hand).scalar_one():
        return 0
    done = _doubt_lost_leases(session, ways, policy, now) + end_doubts(session, ways, policy, now)
    done += _rows(session, _EXPIRE_UNSENDABLE, at_hand) + _rows(session, _EXPIRE_WAITING, at_hand)
    done += _follow_ended(session, ways, now) + go_around(session, ways, policy, now)
    plan_waiting(session, ways, now)
    _rows(session, _FORGET_SECRETS, at_hand)
    forget_calls(session)
    return done


def _doubt_lost_leases(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """A sender died with a delivery in its hands: if its call had begun, nobody knows whether it went out."""
    ended_ago = (func.now() - Delivery.leased_until).label("ended_ago")
    lost = (
        select(
            Delivery.id,
            Delivery.provider,
            Delivery.tries,
            Message.topic,
            ended_ago,
            CALLED_PARTS.label("parts"),
        )
        .join(Message, Message.id == Delivery.message_id)
        .where(_IS_LOST)
        .limit(MOST)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    rows = session.execute(lost).all()
    moved = move_on(session, [_lost(row, ways, policy, now) for row in rows])
    reserve(session, ways.prices, {row.id for row in rows if row.parts}.intersection(moved))
    return len(moved)


def _lost(row: Any, ways: Ways, policy: RetryPolicy, now: datetime) -> Move:
    """Return what a lease left that ended so long ago: a doubt, or only a delivery to be lent again."""
    if row.parts is None:
        return Move(
            delivery_id=row.id,
            action=DeliveryAction.POSTPONE,
            verdict=Verdict.WAIT,
            code=NEVER_CALLED,
            provider=row.provider or "",
            at=now,
            tries=row.tries,
            due_at=now,
        )
    hearing = ways.hearing.get(row.provider)
    return Move(
        delivery_id=row.id,
        action=DeliveryAction.LOSE_TRACK,
        verdict=Verdict.AMBIGUOUS,
        code=LEASE_RAN_OUT,
        provider=row.provider or "",
        at=now - row.ended_ago,
        parts=row.parts,
        tries=row.tries,
        due_at=now + policy.doubt_of(Topic(row.topic), hearing),
    )


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
