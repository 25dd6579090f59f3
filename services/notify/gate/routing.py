"""Routing: which of the channels of a plan leads to somebody who wants to hear of it there, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, SmallInteger, String, and_, case, cast, exists, literal, null, or_

from services.notify.channels import AddressKind
from services.notify.domain import INBOX, MessageState, NoWay, RecipientKind, Topic, has_inbox
from services.notify.gate import is_suppressed, is_unwanted, waits_for_digest
from services.notify.models import Handle, Recipient

if TYPE_CHECKING:
    from services.notify.gate.ways import Ways

Expression = ColumnElement[Any]

Spot = tuple[Expression, Expression]
"""Position and channel of a way."""

NOWHERE: Spot = (cast(null(), SmallInteger), cast(null(), String))


def route(
    ways: Ways, topic: Topic, kind: RecipientKind, said: Any
) -> tuple[Expression, Expression, Expression, Expression]:
    """Return state, reason, position and channel of a message to `Recipient`, who may not be there.

    `said` has the address that the event says, with its index, if it says one, and when it expires.
    """
    usable = ways.usable(topic, kind)
    is_unknown = and_(Recipient.id.is_(None), said["address"].is_(None))
    has_left = Recipient.is_active.is_(False)
    inbox: Spot = (
        (literal(len(ways.plan(topic, kind))), literal(INBOX)) if has_inbox(topic, kind) else NOWHERE
    )
    position, channel = first(ways, topic, usable, said, inbox, or_(is_unknown, has_left))
    states: list[tuple[Any, Any]] = [
        (is_unknown, MessageState.WAITING),
        (position.is_(None), MessageState.UNREACHABLE),
    ]
    waits = waits_for_digest(topic, said["expires_at"])
    if waits is not None and usable:
        states.append((and_(channel != INBOX, waits), MessageState.GATHERED))
    state = case(*states, else_=MessageState.PLANNED)
    why = _why_nowhere(ways, topic, usable, said)
    reason = case((is_unknown, null()), (has_left, NoWay.LEFT), (position.is_(None), why))
    return state, reason, position, channel


def _why_nowhere(ways: Ways, topic: Topic, usable: Sequence[tuple[int, str]], said: Any) -> Any:
    """Return why none of the channels that are set up leads to `Recipient`."""
    if not usable:
        return NoWay.NO_CHANNEL
    leads = or_(*(_is_reachable(ways, name, said["address"]) for _, name in usable))
    wanted = or_(*(_is_wanted(ways, topic, name, said["address"]) for _, name in usable))
    return case((~leads, NoWay.NO_ADDRESS), (~wanted, NoWay.SWITCHED_OFF), else_=NoWay.SUPPRESSED)


def first(
    ways: Ways,
    topic: Topic,
    usable: Sequence[tuple[int, str]],
    said: Any,
    last: Spot,
    is_barred: Expression | None = None,
    is_tried: Callable[[str], Expression] | None = None,
) -> Spot:
    """Return position and channel of the first usable way to `Recipient`, else the `last`; none if barred.

    A channel of which `is_tried` says that it had its turn is passed over.
    """
    spots: list[tuple[Any, Spot]] = [(is_barred, NOWHERE)] if is_barred is not None else []
    for at, name in usable:
        leads = is_open(ways, topic, name, said)
        leads = leads if is_tried is None else and_(leads, ~is_tried(name))
        spots.append((leads, (literal(at), literal(name))))
    if not spots:
        return last
    position = case(*((condition, spot[0]) for condition, spot in spots), else_=last[0])
    channel = case(*((condition, spot[1]) for condition, spot in spots), else_=last[1])
    return position, channel


def is_open(ways: Ways, topic: Topic, channel: str, said: Any) -> Expression:
    """Say whether a way leads to `Recipient`, who wants to hear of the topic there."""
    wanted = _is_wanted(ways, topic, channel, said["address"])
    barred = is_suppressed(topic, ways.addresses[channel], said["address_index"])
    return wanted if barred is None else and_(wanted, ~barred)


def _is_wanted(ways: Ways, topic: Topic, channel: str, own_address: Any) -> Expression:
    leads, unwanted = _is_reachable(ways, channel, own_address), is_unwanted(topic, channel)
    return leads if unwanted is None else and_(leads, ~unwanted)


def _is_reachable(ways: Ways, channel: str, own_address: Any) -> Expression:
    kind = ways.addresses[channel]
    if kind is AddressKind.EMAIL:
        return Recipient.email.is_not(None)
    if kind is AddressKind.OWN:
        return exists().where(Handle.recipient_id == Recipient.id, Handle.channel == channel)
    if kind is AddressKind.ROOM:
        return Recipient.id.is_not(None)
    return or_(own_address.is_not(None), Recipient.phone.is_not(None))
