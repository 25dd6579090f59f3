"""Channels that are closed: what has waited for one longer than it can goes the next way of its plan."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, case, func, literal, null, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    DeliveryAction,
    DeliveryState,
    RetryPolicy,
    TopicClass,
)
from services.notify.gate import is_halted
from services.notify.gate.ways import Ways
from services.notify.models import Account, Delivery
from services.notify.usecases.planning import plan_next

log = structlog.get_logger(__name__)

MOST = 1000
"""Deliveries that one round takes up; the next round comes soon."""

NEXT_TRY_WITHIN = timedelta(hours=1)
"""What is looked at again later than that waits for the morning, or for an operator: not for its channel."""

_WAITING = DELIVERY_LIFECYCLE.states_for(DeliveryAction.EXPIRE)


def go_around(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> int:
    """Let go another way what its channel would not take for as long as its class has patience.

    That is what stands behind a channel all of whose accounts rest, or one that is not set up any more, and
    what one asked to wait, time and again. Where there is no other way, it waits on. Returns how many went.
    """
    ids = _held(session, policy, now) + _behind(session, policy, closed_since(session, ways, now), now)
    ids += _stranded(session, ways, policy, now)
    if not ids:
        return 0
    went = set(plan_next(session, ways, ids, now))
    has_gone = Delivery.message_id.in_(went)
    moment = literal(now, DateTime(timezone=True))
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(
            state=case((has_gone, DeliveryState.EXPIRED), else_=Delivery.state),
            due_at=case((has_gone, null()), else_=func.greatest(Delivery.due_at, moment)),
            held_since=case((has_gone, null()), else_=moment),
        )
        .execution_options(synchronize_session=False)
    )
    if went:
        log.warning("went_around_closed_channel", number=len(went))
    return len(went)


def closed_since(session: Session, ways: Ways, now: datetime) -> Mapping[str, datetime]:
    """Return since when channels are closed: since the last of their accounts began to rest."""
    resting = select(Account.provider, Account.rests_since)
    known = resting.where(Account.rests_until > now, Account.rests_since.is_not(None))
    since: dict[str, datetime] = {row.provider: row.rests_since for row in session.execute(known)}
    return {
        channel: max(since[provider] for provider in providers)
        for channel, providers in ways.carriers.items()
        if providers and all(provider in since for provider in providers)
    }


def _held(session: Session, policy: RetryPolicy, now: datetime) -> list[UUID]:
    """Return, locked, what providers asked to wait for too long."""
    since = {one: now - policy.patience[one] for one in TopicClass}
    too_long = (and_(Delivery.lane == one.lane, Delivery.held_since <= at) for one, at in since.items())
    is_next = Delivery.due_at <= now + NEXT_TRY_WITHIN
    return _locked(session, now, Delivery.held_since <= max(since.values()), is_next, or_(*too_long))


def _behind(
    session: Session, policy: RetryPolicy, closed: Mapping[str, datetime], now: datetime
) -> list[UUID]:
    """Return, locked, what is due behind a closed channel, as long as both have lasted for too long."""
    stands = [
        and_(Delivery.channel == channel, Delivery.lane == one.lane, Delivery.due_at <= patient_since)
        for channel, began_at in closed.items()
        for one in TopicClass
        if began_at <= (patient_since := now - policy.patience[one])
    ]
    return _locked(session, now, or_(*stands)) if stands else []


def _stranded(session: Session, ways: Ways, policy: RetryPolicy, now: datetime) -> list[UUID]:
    """Return, locked, what waits for a channel that is not set up any more."""
    patient_since = now - min(policy.patience.values())
    is_gone = Delivery.channel.not_in(list(ways.addresses))
    return _locked(session, now, is_gone, Delivery.due_at <= patient_since)


def _locked(session: Session, now: datetime, *conditions: Any) -> list[UUID]:
    waits = (Delivery.state.in_(_WAITING), Delivery.due_at.is_not(None), Delivery.expires_at > now)
    sought = (
        select(Delivery.id).where(*waits, ~is_halted(), *conditions).order_by(Delivery.due_at).limit(MOST)
    )
    return list(session.scalars(sought.with_for_update(skip_locked=True)))
