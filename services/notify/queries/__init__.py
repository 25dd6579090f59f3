"""What can be read: one's inbox, deliveries with their attempts, and the figures of invariant 5."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from services.chassis import clock
from services.chassis.paging import id_named, one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.rights import EVERYWHERE
from services.chassis.sealing import BrokenSeal, Seals, mask_phone
from services.chassis.words import say
from services.chassis.work import Work
from services.notify.channels import AddressKind
from services.notify.contracts import (
    AttemptView,
    CountDeliveries,
    CountOutcomes,
    DeliveryCounts,
    DeliveryList,
    DeliveryView,
    Inbox,
    InboxItem,
    ListDeliveries,
    ListUnended,
    MessageFigures,
    MyChannels,
    MyInbox,
    OwnChannel,
    OwnChannels,
    UnendedList,
)
from services.notify.domain import (
    EMAIL,
    INBOX,
    REACHED,
    SMS,
    DeliveryState,
    MessageState,
    RecipientKind,
    Topic,
    Verdict,
)
from services.notify.models import Attempt, Delivery, Handle, Message, Recipient
from services.notify.queries.final_states import without_end
from services.notify.queries.inboxes import own_ids, own_people
from services.notify.templates import Unrenderable, Words
from services.notify.templates.wordings import Own, Wordings


def my_inbox(words: Words, work: Work, query: MyInbox) -> Inbox:
    """Return a page of the caller's inboxes, newest first, in the language in which they read now."""
    caller = query.by
    mine = own_ids(caller)
    work.permit_self(*mine)
    listed = (
        select(Message, Recipient.name)
        .outerjoin(Recipient, Recipient.id == Message.recipient_id)
        .where(Message.recipient_id.in_(mine), Message.in_inbox)
        .order_by(Message.id.desc())
    )
    rows, following = _page(work.session, listed, Message.id, query)
    wordings = Wordings()
    wordings.learn_in(work.session, (row.Message.wording for row in rows))
    items = [_item(words, wordings, work.seals, row, caller.language) for row in rows]
    return Inbox(items=items, next=following)


def my_channels(addresses: Mapping[str, AddressKind], work: Work, query: MyChannels) -> OwnChannels:
    """Return the channels that want to be told where to find people, and which the caller has told."""
    mine = own_people(query.by)
    work.permit_self(*mine)
    noted = set(work.session.execute(select(Handle.channel).where(Handle.recipient_id.in_(mine))).scalars())
    wanting = sorted(name for name, kind in addresses.items() if kind is AddressKind.OWN)
    return OwnChannels(items=[OwnChannel(channel=name, is_noted=name in noted) for name in wanting])


def list_deliveries(work: Work, query: ListDeliveries) -> DeliveryList:
    """Return a page of deliveries in the caller's areas, newest first, with their attempts."""
    listed = (
        select(Delivery, Message, Recipient.phone, Recipient.email)
        .join(Message, Message.id == Delivery.message_id)
        .outerjoin(Recipient, Recipient.id == Message.recipient_id)
        .order_by(Delivery.id.desc())
    )
    listed = listed.where(within(work.permitted_scopes(), Message.area_path), *about(query))
    if query.state is not None:
        listed = listed.where(Delivery.state == _state(query.state))
    rows, following = _page(work.session, listed, Delivery.id, query)
    attempts = _attempts(work.session, [row.Delivery.id for row in rows])
    return DeliveryList(
        items=[_delivery(work.seals, row, attempts[row.Delivery.id]) for row in rows], next=following
    )


def within(scopes: Collection[str], path: Any) -> ColumnElement[bool]:
    """Say whether the area at `path`, a column, lies within one of these scopes."""
    if EVERYWHERE in scopes:
        return true()
    return or_(*(path.startswith(scope, autoescape=True) for scope in scopes))


def about(query: ListDeliveries | CountOutcomes) -> list[ColumnElement[bool]]:
    """Return the conditions of what was asked for; what was merged into a digest was told by that."""
    wanted = {
        Message.occasion: query.occasion,
        Message.topic: query.topic,
        Delivery.channel: query.channel,
        Delivery.provider: query.provider,
    }
    asked: list[ColumnElement[bool]] = [
        column == value for column, value in wanted.items() if value is not None
    ]
    if query.subject_id is not None:
        about, merged = aliased(Message), aliased(Message)
        told_of_it = select(about.id).where(about.subject_id == query.subject_id)
        told_in = select(merged.merged_into).where(merged.subject_id == query.subject_id)
        told_in = told_in.where(merged.merged_into.is_not(None))
        asked.append(Message.id.in_(told_of_it.union_all(told_in)))  # either by its index
    return asked


def count_deliveries(work: Work, query: CountDeliveries) -> DeliveryCounts:
    """Return how many deliveries of each channel are in which state, and how the messages stand."""
    work.permit(EVERYWHERE)
    ways = (Delivery.channel, Delivery.state)
    counted = select(*ways, func.count()).group_by(*ways)
    by_channel: dict[str, dict[str, int]] = defaultdict(dict)
    for channel, state, number in work.session.execute(counted):
        by_channel[channel][state] = number
    return DeliveryCounts(by_channel=dict(by_channel), messages=count_messages(work.session))


def list_unended(awaited: Collection[str], work: Work, query: ListUnended) -> UnendedList:
    """Return what the daily audit of final states would find now."""
    work.permit(EVERYWHERE)
    return UnendedList(items=without_end(work.session, awaited, clock.now()))


def count_messages(session: Session) -> MessageFigures:
    """Return how every message stands. Invariant 5: none is lost, none was accepted twice (RELIABILITY)."""
    return MessageFigures(**_standings(session), duplicates=_accepted_twice(session))


_STANDINGS = (
    "due",
    "accepted",
    "failed",
    "in_doubt",
    "unknown",
    "under_way",
    "lost",
    "waiting",
    "unreachable",
)
_TO_BE_PLANNED = [MessageState.WAITING, MessageState.GATHERED]


def _standings(session: Session) -> dict[str, int]:
    """Count each message once, by the best that can be said of it."""
    ways = (
        select(
            Delivery.message_id,
            func.bool_or(Delivery.state.in_(REACHED)).label("is_accepted"),
            func.bool_or(Delivery.state == DeliveryState.AMBIGUOUS).label("is_in_doubt"),
            func.bool_or(_is_under_way()).label("is_under_way"),
            func.bool_or(Delivery.state == DeliveryState.UNKNOWN).label("is_unknown"),
        )
        .group_by(Delivery.message_id)
        .subquery("ways")
    )
    best = case(
        (ways.c.is_accepted, "accepted"),
        (ways.c.is_in_doubt, "in_doubt"),
        (or_(ways.c.is_under_way, Message.state.in_(_TO_BE_PLANNED)), "under_way"),
        (ways.c.is_unknown, "unknown"),
        (or_(ways.c.message_id.is_not(None), Message.state != MessageState.PLANNED), "failed"),
        else_="lost",
    )
    standing = best.label("standing")
    counted = select(standing, Message.state, func.count()).group_by(standing, Message.state)
    tells = func.coalesce(Message.merged_into, Message.id)  # what was merged stands as its digest does
    joined = counted.outerjoin(ways, ways.c.message_id == tells)
    figures = dict.fromkeys(_STANDINGS, 0)
    for name, state, number in session.execute(joined):
        figures["due"] += number
        figures[name] += number
        if state in {MessageState.WAITING, MessageState.UNREACHABLE}:
            figures[state] += number
    return figures


def _is_under_way() -> ColumnElement[bool]:
    will_go_on = [DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED]
    goes_on = and_(Delivery.state.in_(will_go_on), Delivery.due_at.is_not(None))
    return or_(Delivery.state.in_([DeliveryState.PLANNED, DeliveryState.SENDING]), goes_on)


_SAYS_NO = (Verdict.PERMANENT, Verdict.OPTED_OUT, Verdict.ELSEWHERE)


def _accepted_twice(session: Session) -> int:
    """Count the messages that channels accepted more than once, by the attempts, which forget nothing.

    A receipt confirms what was accepted, and so does an answer to a question, which stands for itself only
    where no other acceptance came; one that says no takes it back, and the next channel may accept, or the
    same one when an operator has it tried again.
    """
    was_told, later = Attempt.code.not_like("asked:%"), aliased(Attempt)
    is_taken_back = exists().where(
        later.delivery_id == Attempt.delivery_id, later.id > Attempt.id, later.outcome.in_(_SAYS_NO)
    )
    accepted = (
        select(Delivery.message_id, func.greatest(func.count().filter(was_told), 1).label("times"))
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(Attempt.outcome == Verdict.ACCEPTED, Attempt.code.not_like("receipt:%"))
        .where(~is_taken_back)
        .group_by(Delivery.message_id, Delivery.id)
        .subquery("accepted")
    )
    times = func.sum(accepted.c.times)
    twice = select(accepted.c.message_id).group_by(accepted.c.message_id).having(times > 1)
    return session.execute(select(func.count()).select_from(twice.subquery())).scalar_one()


# -- rows into views


def _item(words: Words, wordings: Wordings, seals: Seals, row: Any, language: str) -> InboxItem:
    message = row.Message
    try:
        title, body = _read(words, wordings.own(message.wording, language), seals, row, language)
    except (Unrenderable, BrokenSeal):  # one message that cannot be shown does not hide the others
        title, body = say("notify.unreadable_title", language), say("notify.unreadable_body", language)
    return InboxItem(
        id=message.id,
        topic=message.topic,
        title=title,
        body=body,
        at=message.created_at,
        is_read=message.read_at is not None,
    )


def _read(words: Words, own: Own | None, seals: Seals, row: Any, language: str) -> tuple[str, str]:
    topic, kind = Topic(row.Message.topic), RecipientKind(row.Message.recipient_kind)
    said = msgspec.json.decode(seals.open(row.Message.parameters))
    named = said | {"name": seals.open_or_empty(row.name)}
    title, body = (words.fill(block, topic, kind, language, named, own) for block in ("title", "text"))
    return title, body


def _delivery(seals: Seals, row: Any, attempts: list[AttemptView]) -> DeliveryView:
    delivery, message = row.Delivery, row.Message
    is_waiting = delivery.state in {DeliveryState.PLANNED, DeliveryState.FAILED}
    return DeliveryView(
        id=delivery.id,
        message_id=message.id,
        topic=message.topic,
        recipient_id=message.recipient_id,
        channel=delivery.channel,
        address=_masked(seals, delivery.channel, message.address or row.phone, row.email),
        state=delivery.state,
        created_at=message.created_at,
        next_try_at=delivery.due_at if is_waiting else None,
        attempts=attempts,
        provider=delivery.provider,
        occasion=message.occasion,
        subject_id=message.subject_id,
    )


_HIDDEN = "***"


def _masked(seals: Seals, channel: str, phone: str | None, email: str | None) -> str:
    """Return an address as an officer may see it."""
    if channel == INBOX:
        return ""
    if channel not in {EMAIL, SMS}:
        return _HIDDEN
    kind, sealed = (AddressKind.EMAIL, email) if channel == EMAIL else (AddressKind.PHONE, phone)
    try:
        return masked(kind, seals.open_or_empty(sealed))
    except BrokenSeal:  # of one that no key opens the others on the page are shown all the same
        return _HIDDEN


def masked(kind: AddressKind, address: str) -> str:
    """Return an address as it may be shown: the end of a number, the house of a mailbox, nothing else."""
    if kind is AddressKind.PHONE:
        return mask_phone(address) if address else ""
    if kind is AddressKind.EMAIL:
        name, _, house = address.rpartition("@")
        return f"{name[:1]}***@{house}" if house else ""
    return _HIDDEN if address else ""  # a chat, a room: there is no part of it that could be shown


def _attempts(session: Session, deliveries: list[UUID]) -> dict[UUID, list[AttemptView]]:
    made: dict[UUID, list[AttemptView]] = defaultdict(list)
    listed = select(Attempt).where(Attempt.delivery_id.in_(deliveries)).order_by(Attempt.id)
    for attempt in session.execute(listed).scalars():
        seen = AttemptView(
            at=attempt.at, provider=attempt.provider, outcome=attempt.outcome, code=attempt.code
        )
        made[attempt.delivery_id].append(seen)
    return made


# -- pages


def _page(
    session: Session, listed: Any, key: Any, query: MyInbox | ListDeliveries
) -> tuple[list[Any], str | None]:
    """Return a page of rows, newest first, and the key after which the next one begins."""
    no_end = Malformed(contract=type(query).__name__, problem="no_page_after")
    if last := id_named(query.after, no_end):
        listed = listed.where(key < last)
    return page_of(session.execute(one_more(listed, query)), query, lambda row: row[0].id)


def _state(name: str) -> DeliveryState:
    try:
        return DeliveryState(name)
    except ValueError:
        raise Malformed(contract=ListDeliveries.__name__, problem="no_such_state") from None
