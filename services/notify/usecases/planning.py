"""Planning: who is told gets a message and the message a first way out, in few statements for any number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import DateTime

from services.chassis.contracts import Sealed, new_id
from services.chassis.database import in_chunks
from services.chassis.work import Work
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    INBOX,
    TOPICS,
    DeliveryState,
    MessageState,
    RecipientKind,
    Topic,
    is_item,
)
from services.notify.gate import due_at, moment_at, quiet_ends
from services.notify.gate.routing import NOWHERE, first, route
from services.notify.gate.ways import Ways
from services.notify.models import Delivery, Message, Recipient
from services.notify.templates.pinning import pinned
from services.notify.usecases.news import Note

_UUID = PostgresUUID(as_uuid=True)
_INSTANT = DateTime(timezone=True)
_NOW = bindparam("now", type_=_INSTANT)
Expression = ColumnElement[Any]

_OF_MESSAGE = {
    "address": Message.address,
    "address_index": Message.address_index,
    "expires_at": Message.expires_at,
}


def sealed_words(work: Work, topic: Topic, words: Mapping[str, Any]) -> Sealed:
    """Return the words of a message as they rest; raise `TypeError` for words that no template expects."""
    if set(words) != TOPICS[topic].parameters:
        raise TypeError(f"{topic} takes {sorted(TOPICS[topic].parameters)}")
    return work.seals.seal(msgspec.json.encode(words).decode())


def tell(work: Work, ways: Ways, notes: Sequence[Note], now: datetime) -> None:
    """Write a message for each note and its first delivery; what was told before is left alone.

    A recipient who is not known yet is waited for. All notes of a work are written together at its end.
    """
    work.gather("notes", notes, lambda gathered: write_notes(work, ways, gathered, now))


def write_notes(work: Work, ways: Ways, notes: Sequence[Note], now: datetime) -> None:
    """Write a message for each note at once, as `tell` does at the end of the work."""
    groups: dict[tuple[Topic, RecipientKind], list[Note]] = defaultdict(list)
    for note in notes:
        groups[note.topic, note.kind].append(note)
    for (topic, kind), group in groups.items():
        told = _telling_notes(ways, topic, kind)
        for chunk in in_chunks(group):
            said = {"said": [_row(work, note, now) for note in chunk]}
            work.session.execute(told, said | _moment(ways, now))


_SAID = (
    "occasion",
    "recipient_id",
    "subject_id",
    "area_path",
    "parameters",
    "language",
    "address",
    "address_index",
    "expires_at",
)


_TEXTS = ("area_path", "parameters", "language", "address", "address_index")


def tell_everyone(
    session: Session, ways: Ways, topic: Topic, kind: RecipientKind, audience: Select[Any], now: datetime
) -> dict[str, int]:
    """Write a message and a delivery for each row of `audience` (see `audience_of`), in one statement.

    Returns to how many people something is said now that was not said before, by channel.
    """
    told = session.execute(_telling(ways, topic, kind, audience), _moment(ways, now))
    return {row.channel: row.number for row in told}


def _telling_notes(ways: Ways, topic: Topic, kind: RecipientKind) -> Select[Any]:
    """Return the statement that tells notes of a topic to a kind; it takes them as `said`, see `_said`."""
    if ("told", topic, kind) not in ways.statements:
        said = _said()
        path = route(ways, topic, kind, said.c)
        source = said.outerjoin(Recipient, Recipient.id == said.c.recipient_id)
        audience = _audience(said.c, path).select_from(source)
        ways.statements["told", topic, kind] = _telling(ways, topic, kind, audience)
    return ways.statements["told", topic, kind]


def _telling(ways: Ways, topic: Topic, kind: RecipientKind, audience: Select[Any]) -> Select[tuple[str, int]]:
    """Return the statement behind `tell_everyone`; it takes the parameters of `_moment`."""
    told = _write_messages(audience.subquery("audience"), topic, kind, ways.versions[topic])
    _, _, position, channel = route(ways, topic, kind, told.c)
    ways_out = (
        select(told.c.id.label("message_id"), told.c.expires_at)
        .add_columns(position.label("position"), channel.label("channel"))
        .add_columns(quiet_ends().label("quiet_ends"))
        .outerjoin(Recipient, Recipient.id == told.c.recipient_id)
        .where(told.c.state == MessageState.PLANNED)
    )
    planned = _write_deliveries(ways, ways_out.cte("ways_out").prefix_with("MATERIALIZED"), topic)
    return select(planned.c.channel, func.count().label("number")).group_by(planned.c.channel)


def audience_of(ways: Ways, topic: Topic, kind: RecipientKind, **said: Any) -> Select[Any]:
    """Return the columns of an audience selected from recipients: what is said, and the way to each."""
    nothing_else = {"language": null(), "address": null(), "address_index": null()}
    path = route(ways, topic, kind, nothing_else | said)
    return _audience({"recipient_id": Recipient.id} | nothing_else | said, path)


def plan_waiting(
    session: Session, ways: Ways, now: datetime, recipients: Sequence[UUID] | None = None
) -> None:
    """Plan the messages that waited for a recipient who is known by now (of `recipients`, or of all)."""
    is_met = and_(Message.state == MessageState.WAITING, Message.recipient_id == Recipient.id)
    if recipients is not None:
        is_met = and_(is_met, Message.recipient_id.in_(recipients))
    met = session.execute(select(Message.topic, Message.recipient_kind).where(is_met).distinct())
    for topic, kind in met.all():
        _plan_met(session, ways, Topic(topic), RecipientKind(kind), is_met, now)


def plan_next(session: Session, ways: Ways, ended: Sequence[UUID], now: datetime) -> list[UUID]:
    """Give the messages of deliveries that end in vain the next way of their plan, if there is one.

    That is the first channel of the plan as it is now which they have not been given to: an operator may have
    changed it meanwhile. Returns the messages that go on.
    """
    going_on: list[UUID] = []
    groups: dict[tuple[str, str, str], list[UUID]] = defaultdict(list)
    for topic, kind, channel, delivery_id in session.execute(_ENDED, {"ended": ended}):
        groups[topic, kind, channel].append(delivery_id)
    for (topic, kind, channel), ids in groups.items():
        told = (Topic(topic), RecipientKind(kind))
        if any(other != channel for _, other in ways.usable(*told)):  # else only the inbox has its copy
            said = {"ended": ids} | _moment(ways, now)
            going_on += session.scalars(_planning_behind(ways, *told), said).all()
    return going_on


_ENDED = (
    select(Message.topic, Message.recipient_kind, Delivery.channel, Delivery.id)
    .join(Message, Message.id == Delivery.message_id)
    .where(Delivery.id.in_(bindparam("ended", expanding=True, type_=_UUID)))
)


def _plan_met(
    session: Session, ways: Ways, topic: Topic, kind: RecipientKind, is_met: Expression, now: datetime
) -> None:
    state, reason, position, channel = route(ways, topic, kind, _OF_MESSAGE)
    met = (
        select(Message.id.label("message_id"), Message.expires_at)
        .add_columns(state.label("state"), reason.label("reason"))
        .add_columns(position.label("position"), channel.label("channel"))
        .add_columns(quiet_ends().label("quiet_ends"))
        .where(is_met, Message.topic == topic, Message.recipient_kind == kind)
        .with_for_update(of=Message, skip_locked=True)
        .cte("met")
    )
    moved = (
        update(Message).where(Message.id == met.c.message_id).values(state=met.c.state, reason=met.c.reason)
    )
    moved_too = moved.returning(Message.id).cte("moved")
    has_way = and_(met.c.channel.is_not(None), met.c.state == MessageState.PLANNED)
    planned = _write_deliveries(ways, select(met).where(has_way).subquery(), topic)
    session.execute(select(func.count()).select_from(moved_too).add_cte(planned), _moment(ways, now))


def _planning_behind(ways: Ways, topic: Topic, kind: RecipientKind) -> Select[UUID]:
    """Return what lets the next way follow what `ended`; it takes the parameters of `_moment` too."""
    if ("behind", topic, kind) not in ways.statements:
        planned = _write_deliveries(ways, _way_behind(ways, topic, kind).subquery(), topic)
        ways.statements["behind", topic, kind] = select(planned.c.message_id)
    return ways.statements["behind", topic, kind]


def _way_behind(ways: Ways, topic: Topic, kind: RecipientKind) -> Select[Any]:
    usable, ended = ways.usable(topic, kind), bindparam("ended", expanding=True, type_=_UUID)
    _, channel = first(ways, topic, usable, _OF_MESSAGE, NOWHERE, is_tried=_was_given_to)
    other, before = aliased(Delivery), aliased(Delivery)
    next_one = select(func.max(before.position) + 1).where(before.message_id == Message.id)
    return (
        select(Message.id.label("message_id"), Message.expires_at)
        .add_columns(next_one.scalar_subquery().label("position"), channel.label("channel"))
        .add_columns(quiet_ends().label("quiet_ends"))
        .join(Delivery, Delivery.message_id == Message.id)
        .outerjoin(Recipient, Recipient.id == Message.recipient_id)
        .where(Delivery.id.in_(ended), Message.expires_at > _NOW, channel.is_not(None))
        .where(or_(Recipient.id.is_(None), Recipient.is_active))
        .where(
            ~exists().where(
                other.message_id == Message.id, other.id != Delivery.id, is_open_or_reached(other)
            )
        )
    )


def _was_given_to(channel: str) -> Expression:
    """Say whether a channel had its turn with `Message`."""
    had = aliased(Delivery)
    return exists().where(had.message_id == Message.id, had.channel == channel)


def is_open_or_reached(other: Any) -> Expression:
    """Say of a delivery that no other of its message may begin: it is under way, in doubt or successful."""
    ended = {
        DeliveryState.REFUSED,
        DeliveryState.UNKNOWN,  # it is followed at all only where silence would be worse
        DeliveryState.SUPPRESSED,
        DeliveryState.EXPIRED,
    }
    has_failed = other.state == DeliveryState.FAILED
    return or_(
        other.state.in_(sorted(set(DeliveryState) - ended - {DeliveryState.FAILED})),
        and_(has_failed, other.due_at.is_not(None)),
    )


# -- the statements


def uuid_of(value: UUID) -> Expression:
    """Return an id as SQL."""
    return literal(value, _UUID)


def _moment(ways: Ways, now: datetime) -> dict[str, Any]:
    """Return the parameters of what writes messages or deliveries: when, and how ids of then begin."""
    return {"now": now, "fresh": f"{str(new_id())[:13]}-7"} | moment_at(ways.manners, now)


def _said() -> Any:
    """Return notes as rows: they come as one JSON parameter, `said`, whatever their number."""
    texts = [column(name, String) for name in _TEXTS]
    ids = [column(name, _UUID) for name in ("occasion", "recipient_id", "subject_id")]
    rows = bindparam("said", type_=JSONB)
    said = func.jsonb_to_recordset(rows).table_valued(
        *ids, *texts, column("expires_at", _INSTANT), name="said"
    )
    return said.render_derived(with_types=True)


def _row(work: Work, note: Note, now: datetime) -> dict[str, Any]:
    return {
        "occasion": note.occasion,
        "recipient_id": note.to,
        "subject_id": note.subject_id,
        "area_path": note.area_path,
        "parameters": sealed_words(work, note.topic, note.parameters),
        "language": note.language,
        "address": note.address,
        "address_index": _index_of(work, note),
        "expires_at": note.expires_at or now + TOPICS[note.topic].worth_saying_for,
    }


def _index_of(work: Work, note: Note) -> str | None:
    return work.seals.index(work.seals.open(note.address)) if note.address else None


def _audience(said: Mapping[str, Any] | Any, path: tuple[Expression, ...]) -> Select[Any]:
    state, reason, _, _ = path
    spoken = [said[name].label(name) for name in _SAID]
    return select(*spoken, state.label("state"), reason.label("reason"))


def _write_messages(audience: FromClause, topic: Topic, kind: RecipientKind, wording: str) -> CTE:
    columns = {
        "id": _fresh_id(),
        "recipient_kind": literal(kind.value),
        "topic": literal(topic.value),
        "wording": pinned(wording, topic, kind, audience.c.area_path),
        "in_inbox": literal(is_item(topic, kind)),
        "created_at": _NOW,
    } | {name: audience.c[name] for name in (*_SAID, "state", "reason")}
    statement = insert(Message).from_select(list(columns), select(*columns.values()), include_defaults=False)
    returned = (Message.id, Message.recipient_id, Message.address, Message.address_index, Message.expires_at)
    once = statement.on_conflict_do_nothing(index_elements=["occasion", "recipient_id", "topic"])
    return once.returning(*returned, Message.state).cte("told")


def _write_deliveries(ways: Ways, ways_out: FromClause, topic: Topic) -> CTE:
    """Write the first state of each delivery: planned for now, or lying in the inbox already."""
    is_inbox = ways_out.c.channel == INBOX
    columns = {
        "id": _fresh_id(),
        "message_id": ways_out.c.message_id,
        "channel": ways_out.c.channel,
        "position": ways_out.c.position,
        "lane": literal(TOPICS[topic].topic_class.lane),
        "state": case((is_inbox, DeliveryState.DELIVERED), else_=DELIVERY_LIFECYCLE.starts),
        "tries": literal(0),
        "failures": literal(0),
        "due_at": case((is_inbox, null()), else_=due_at(topic, ways.addresses, ways_out.c)),
        "expires_at": ways_out.c.expires_at,
        "provider": case((is_inbox, INBOX)),
    }
    statement = insert(Delivery).from_select(list(columns), select(*columns.values()), include_defaults=False)
    return (
        statement.on_conflict_do_nothing(index_elements=["message_id", "position"])
        .returning(Delivery.id, Delivery.message_id, Delivery.channel)
        .cte("planned")
    )


def _fresh_id() -> Expression:
    """Return SQL for a UUIDv7 of each row: this instant, where it stands among the rows, and randomness.

    Rows told together so lie together in every index, which is what keeps a burst of 279,000 out of the disk.
    """
    place = func.lpad(func.to_hex(cast(func.row_number().over() // 256, Integer) % 4096), 3, "0")
    random = func.substr(cast(func.gen_random_uuid(), String), 19)
    return cast(bindparam("fresh", type_=String) + place + random, _UUID)
