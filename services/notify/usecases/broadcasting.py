"""Broadcasts: what every member at home in an area is told; to a whole city it is written in pieces.

The first messages of a release so go out while the last are still being written, no transaction holds the
rows of a city, and a process that dies has written whole pieces: the next one goes on behind the last.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, null, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from services.chassis.work import Work
from services.notify.domain import TOPICS, MessageState, RecipientKind, Topic
from services.notify.gate import moment_at
from services.notify.gate.routing import route
from services.notify.gate.ways import Ways
from services.notify.models import Area, Broadcast, Burst, Recipient
from services.notify.usecases.bursts import note_bursts
from services.notify.usecases.news import News
from services.notify.usecases.planning import audience_of, sealed_words, tell_everyone, uuid_of

_TO = RecipientKind.MEMBER


def tell_members(
    work: Work, ways: Ways, news: News, now: datetime, *, release_scope_id: UUID | None = None
) -> None:
    """Tell every active member at home in the area of `news`; the area of a message is its member's home.

    With `release_scope_id` only those whose home shares the release of that area. Where they are many, the
    sender writes the rest, piece by piece (`tell_further`).
    """
    said = Broadcast(
        occasion=news.occasion,
        topic=news.topic,
        subject_id=news.subject_id,
        area_path=news.area_path,
        release_scope_id=release_scope_id,
        parameters=sealed_words(work, news.topic, news.parameters),
        expires_at=news.expires_at or now + TOPICS[news.topic].worth_saying_for,
        told={},
    )
    is_over = _tell_piece(work.session, ways, said, now)
    number = said.told if is_over else _number_of(work.session, ways, said, now)
    note_bursts(work.session, ways, said, number, now)
    if not is_over:
        work.session.add(said)


def tell_further(session: Session, ways: Ways, now: datetime) -> bool:
    """Write the next piece of a broadcast; return whether there was one that nobody else writes just now."""
    waiting = select(Broadcast).order_by(Broadcast.id).limit(1).with_for_update(skip_locked=True)
    said = session.scalars(waiting).first()
    if said is None:
        return False
    if _tell_piece(session, ways, said, now):
        _set_right(session, said)
        session.delete(said)
    return True


def _set_right(session: Session, said: Broadcast) -> None:
    """Let bursts know how many they are: some came, went or decided otherwise since they were counted."""
    mine = select(Burst).where(Burst.occasion == said.occasion, Burst.topic == said.topic)
    for burst in session.scalars(mine.order_by(Burst.id).with_for_update()):
        burst.number = said.told.get(burst.channel, 0)


def _tell_piece(session: Session, ways: Ways, said: Broadcast, now: datetime) -> bool:
    """Tell the next so many of the audience; note how many by which channel, and return if it is over."""
    piece = _audience(ways, said)
    if said.told_until is not None:
        piece = piece.where(Recipient.id > said.told_until)
    ids = piece.with_only_columns(Recipient.id, maintain_column_froms=True).order_by(Recipient.id)
    until = session.scalars(ids.offset(ways.at_once - 1).limit(1)).first()
    if until is not None:
        piece = piece.where(Recipient.id <= until)
    told = tell_everyone(session, ways, Topic(said.topic), _TO, piece, now)
    said.told = dict(Counter(said.told) + Counter(told))
    said.told_until = until
    return until is None


def _number_of(session: Session, ways: Ways, said: Broadcast, now: datetime) -> dict[str, int]:
    """Return how many will be told through which channel, as people are now."""
    known = {"address": null(), "address_index": null(), "expires_at": _instant(said.expires_at)}
    state, _, _, channel = route(ways, Topic(said.topic), _TO, known)
    spoken = (state.label("state"), channel.label("channel"))
    told = _audience(ways, said).with_only_columns(*spoken, maintain_column_froms=True).subquery()
    number = func.count().label("number")
    counted = select(told.c.channel, number).where(told.c.state == MessageState.PLANNED)
    rows = session.execute(counted.group_by(told.c.channel), moment_at(ways.manners, now))
    return {row.channel: row.number for row in rows}


def _audience(ways: Ways, said: Broadcast) -> Select[tuple[UUID]]:
    """Return the members who are told."""
    spoken = audience_of(
        ways,
        Topic(said.topic),
        _TO,
        occasion=uuid_of(said.occasion),
        subject_id=uuid_of(said.subject_id),
        area_path=Recipient.area_path,
        parameters=literal(said.parameters),
        expires_at=_instant(said.expires_at),
    )
    lives_there = Recipient.area_path.startswith(said.area_path, autoescape=True)
    members = spoken.select_from(Recipient).outerjoin(Area, Area.id == Recipient.area_id)
    chosen = members.where(Recipient.kind == _TO, Recipient.is_active, lives_there)
    if said.release_scope_id is None:
        return chosen
    return chosen.where(or_(Area.id.is_(None), Area.release_scope_id == said.release_scope_id))


def _instant(at: datetime) -> ColumnElement[datetime]:
    return literal(at, DateTime(timezone=True))
