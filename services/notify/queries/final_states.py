"""What has come to no end, although a provider accepted it that gives receipts, or is in doubt still."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notify.contracts import Unended
from services.notify.domain import DeliveryState
from services.notify.models import Delivery, Message

WITHOUT_END_AFTER = timedelta(days=1)
"""How long after it was told a message should have come to its end."""

CRIED_OUT_FOR = timedelta(days=31)
"""For how long the audit finds it: after a month nobody hears of it any more, and other things are new."""


def without_end(session: Session, awaited: Collection[str], now: datetime) -> list[Unended]:
    """Count, by provider and state, what should have come to its end long ago.

    That is what is in doubt still, what is stuck, and what was accepted by a provider (of `awaited`) that is
    heard of, by receipts or when it is asked, and said no more.
    """
    is_stuck = (Delivery.state == DeliveryState.SENDING) & (Delivery.leased_until < func.now())
    ends_nowhere = (Delivery.state == DeliveryState.AMBIGUOUS) | is_stuck
    lacks_receipt = (Delivery.state == DeliveryState.ACCEPTED) & Delivery.provider.in_(sorted(awaited))
    columns = (Delivery.channel, func.coalesce(Delivery.provider, ""), Delivery.state)
    counted = (
        select(*columns, func.count(), func.min(Message.created_at))
        .join(Message, Message.id == Delivery.message_id)
        .where(ends_nowhere | lacks_receipt, Message.created_at < now - WITHOUT_END_AFTER)
        .where(Message.created_at >= now - CRIED_OUT_FOR)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        Unended(channel=channel, provider=provider, state=state, number=number, oldest_at=oldest_at)
        for channel, provider, state, number, oldest_at in session.execute(counted)
    ]
