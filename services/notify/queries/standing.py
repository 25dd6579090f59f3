"""How channels and providers stand, from the tables: what waits, and what came of the last hour."""

from collections import defaultdict
from datetime import datetime, timedelta
from time import time

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.notify.domain import DELIVERY_LIFECYCLE, DeliveryAction, DeliveryState, Verdict
from services.notify.measures import first_id_of, lane_named
from services.notify.models import Account, Attempt, Delivery, TemplateUse

HOUR = timedelta(hours=1).total_seconds()
LOOKED_BACK = timedelta(days=3).total_seconds()
"""For how long a receipt is missed; providers push none later."""

WARNS_BEFORE = timedelta(days=30)
"""How long before a template lapses somebody should hear of it."""

Waiting = dict[tuple[str, str], tuple[int, datetime | None]]
"""How many deliveries wait in each lane of each channel, and since when the first is due."""


def waiting_by_lane(session: Session, now: datetime) -> Waiting:
    """Return what is due, by channel and lane."""
    is_due = and_(
        Delivery.state.in_(DELIVERY_LIFECYCLE.states_for(DeliveryAction.TAKE)), Delivery.due_at <= now
    )
    place = (Delivery.channel, Delivery.lane)
    counted = select(*place, func.count(), func.min(Delivery.due_at)).where(is_due).group_by(*place)
    return {
        (channel, lane_named(lane)): (number, oldest)
        for channel, lane, number, oldest in session.execute(counted)
    }


def last_hour(session: Session, now: datetime) -> dict[str, tuple[int, int]]:
    """Return how many attempts each provider accepted in the last hour, and how many failed."""
    since = Attempt.at >= now - timedelta(seconds=HOUR)
    counted = select(Attempt.provider, Attempt.outcome, func.count()).where(since)
    told = counted.where(Attempt.code.not_like("receipt:%"), Attempt.code.not_like("asked:%"))
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for provider, outcome, number in session.execute(told.group_by(Attempt.provider, Attempt.outcome)):
        accepted, failed = found[provider]
        if outcome == Verdict.ACCEPTED:
            found[provider] = (accepted + number, failed)
        elif outcome != Verdict.AMBIGUOUS:
            found[provider] = (accepted, failed + number)
    return dict(found)


def last_codes(session: Session, now: datetime) -> dict[str, str]:
    """Return the last code in the last hour with which each provider answered neither yes nor a doubt."""
    came_well = [Verdict.ACCEPTED, Verdict.AMBIGUOUS]
    newest = select(Attempt.provider, Attempt.code).ext(distinct_on(Attempt.provider))
    lately = Attempt.at >= now - timedelta(seconds=HOUR)
    failed = newest.where(lately, Attempt.outcome.not_in(came_well))
    found = session.execute(failed.order_by(Attempt.provider, Attempt.id.desc()))
    return {row.provider: row.code for row in found}


def accounts_of(session: Session) -> dict[str, Account]:
    """Return the accounts as all processes share them, by provider."""
    return {account.provider: account for account in session.scalars(select(Account))}


def doubts(session: Session) -> dict[str, int]:
    """Return how many deliveries of each provider are in doubt."""
    doubted = Delivery.state == DeliveryState.AMBIGUOUS
    counted = select(Delivery.provider, func.count()).where(doubted).group_by(Delivery.provider)
    return {provider or "": number for provider, number in session.execute(counted)}


def missing_receipts(session: Session) -> dict[str, int]:
    """Return how many deliveries each provider accepted an hour to three days ago and said no more about."""
    begins, ends = first_id_of(time() - LOOKED_BACK), first_id_of(time() - HOUR)
    missed = and_(Delivery.id >= begins, Delivery.id < ends, Delivery.state == DeliveryState.ACCEPTED)
    counted = select(Delivery.provider, func.count()).where(missed).group_by(Delivery.provider)
    return {provider or "": number for provider, number in session.execute(counted)}


def uses_of(session: Session | Connection, provider: str) -> dict[str, datetime]:
    """Return when each template of a provider went out last, as far as it was noted."""
    noted = select(TemplateUse.template, TemplateUse.used_at).where(TemplateUse.provider == provider)
    return {row.template: row.used_at for row in session.execute(noted)}
