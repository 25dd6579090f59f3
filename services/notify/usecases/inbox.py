"""What people and operators do with messages: read them, try one again."""

from datetime import datetime

from sqlalchemy import select, update

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.notify.contracts import MarkRead, NoLongerNeeded, RetryDelivery, UnknownDelivery, UnknownMessage
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    SECRET_TOPICS,
    TOPICS,
    DeliveryAction,
    DeliveryState,
    Topic,
)
from services.notify.models import Delivery, Message
from services.notify.queries.inboxes import own_ids
from services.notify.usecases.planning import is_open_or_reached


def mark_read(work: Work, command: MarkRead, now: datetime) -> Done:
    """Note when the message was first read; raise `UnknownMessage` when it is in no inbox of the caller's."""
    mine = own_ids(command.by)
    work.permit_self(*mine)
    is_mine = (Message.id == command.item_id) & Message.recipient_id.in_(mine) & Message.in_inbox
    message = work.session.execute(select(Message.id, Message.read_at).where(is_mine)).first()
    if message is None:
        raise UnknownMessage()
    if message.read_at is None:
        work.session.execute(update(Message).where(Message.id == message.id).values(read_at=now))
    return Done(id=message.id)


def retry_delivery(work: Work, command: RetryDelivery, now: datetime) -> Done:
    """Let the sender take a refused or given-up delivery again, with all its tries before it.

    Raises `UnknownDelivery`, `IllegalMove` in a state that has no way back, and `NoLongerNeeded` when the
    message went another way, is under way, or is a secret (a new code is asked for instead).
    """
    scopes = work.permitted_scopes()
    sought = select(Delivery, Message).join(Message, Message.id == Delivery.message_id)
    found = work.session.execute(sought.where(Delivery.id == command.delivery_id).with_for_update()).first()
    if found is None or not any(found.Message.area_path.startswith(scope) for scope in scopes):
        raise UnknownDelivery()
    delivery, message = found
    state = DELIVERY_LIFECYCLE.after(DeliveryState(delivery.state), DeliveryAction.RETRY)
    if message.topic in SECRET_TOPICS or _is_needed_no_more(work, delivery):
        raise NoLongerNeeded()
    delivery.state, delivery.due_at, delivery.failures = state, now, 0
    delivery.asks, delivery.asked_at, delivery.held_since, delivery.reference = 0, None, None, None
    worth_saying_for = TOPICS[Topic(message.topic)].worth_saying_for
    delivery.expires_at = message.expires_at = max(message.expires_at, now + worth_saying_for)
    work.record("delivery_retried", str(delivery.id), now)
    return Done(id=delivery.id)


def _is_needed_no_more(work: Work, delivery: Delivery) -> bool:
    others = select(Delivery.id).where(Delivery.message_id == delivery.message_id, Delivery.id != delivery.id)
    return work.session.execute(others.where(is_open_or_reached(Delivery))).first() is not None
