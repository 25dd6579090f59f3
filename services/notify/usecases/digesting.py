"""Digests: what can wait, for whoever wants one message a day, merged into it at its hour."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import aliased

from services.chassis.database import try_advisory_lock
from services.chassis.sealing import BrokenSeal, Seals
from services.chassis.words import say
from services.chassis.work import Work
from services.notify.domain import (
    MESSAGE_LIFECYCLE,
    MessageAction,
    MessageState,
    NoWay,
    RecipientKind,
    Topic,
)
from services.notify.gate.ways import Ways
from services.notify.models import Message, Preference, Recipient
from services.notify.templates import Unrenderable, Words
from services.notify.templates.wordings import Wordings
from services.notify.usecases.news import News, Note
from services.notify.usecases.planning import write_notes

DIGESTS = UUID("6f4bb7a4-2d5e-5b43-9a66-0c8f2f7a51de")
"""The namespace of the days' digests: a day is one occasion, and the table holds one message for each."""

MOST = 200
"""Recipients whose digests one round of housekeeping writes; the next round comes soon."""

MOST_TITLES = 50
"""Titles that a digest names; of more it says how many there are."""


def merge_digests(work: Work, ways: Ways, words: Words, now: datetime) -> int:
    """Merge what was gathered before the last hour of digests; return how many messages were moved on.

    Whoever has the digest of that day already waits for the next. One process does this at a time, in one
    transaction: a digest exists with everything that it tells of, or not at all.
    """
    closing = ways.manners.last_digest(now)
    day = closing.astimezone(ways.manners.zone).date()
    occasion = occasion_of(day)
    if not work.session.execute(select(_is_gathered(closing, occasion))).scalar_one():
        return 0
    if not try_advisory_lock(work.session, "notify.digests"):
        return 0
    by_recipient: dict[UUID, list[Any]] = defaultdict(list)
    left: list[UUID] = []
    late: list[UUID] = []
    gathered = _gathered(work, closing, occasion)
    for row in gathered:
        if not row.is_active:
            left.append(row.id)
        elif row.expires_at <= now:
            late.append(row.id)
        else:
            by_recipient[row.recipient_id].append(row)
    _end(work, left, MessageAction.FIND_NO_WAY, NoWay.LEFT)
    _end(work, late, MessageAction.EXPIRE, None)
    wordings = Wordings()
    wordings.learn_in(work.session, (row.wording for row in gathered))
    titled = partial(_title, work.seals, words, wordings)
    notes = [note for rows in by_recipient.values() for note in _digest(titled, rows, occasion, day)]
    write_notes(work, ways, notes, now)
    _merge(work, [row.id for rows in by_recipient.values() for row in rows], occasion)
    return len(gathered)


def occasion_of(day: date) -> UUID:
    """Return the occasion of the digests of a day."""
    return uuid5(DIGESTS, day.isoformat())


def _is_waiting(closing: datetime, occasion: UUID) -> Any:
    """Say of a message that it belongs into a digest which its recipient does not have yet."""
    other = aliased(Message)
    has_digest = exists().where(
        other.occasion == occasion,
        other.recipient_id == Message.recipient_id,
        other.topic == Topic.DAILY_DIGEST,
    )
    return (Message.state == MessageState.GATHERED) & (Message.created_at < closing) & ~has_digest


def _is_gathered(closing: datetime, occasion: UUID) -> Any:
    return exists().where(_is_waiting(closing, occasion))


def _gathered(work: Work, closing: datetime, occasion: UUID) -> Sequence[Any]:
    """Return what some recipients are to be told in their digests, the oldest first."""
    is_waiting = _is_waiting(closing, occasion)
    chosen = select(Message.recipient_id).where(is_waiting).distinct().limit(MOST)
    language = func.coalesce(Preference.language, Recipient.language)
    listed = (
        select(Message.id, Message.recipient_id, Message.topic, Message.recipient_kind, Message.area_path)
        .add_columns(Message.parameters, Message.wording, Message.expires_at)
        .add_columns(Recipient.name, Recipient.is_active)
        .add_columns(language.label("language"))
        .join(Recipient, Recipient.id == Message.recipient_id)
        .outerjoin(Preference, Preference.recipient_id == Recipient.id)
        .where(Message.recipient_id.in_(chosen), is_waiting)
        .order_by(Message.id)
        .with_for_update(of=Message)
    )
    return work.session.execute(listed).all()


def _digest(titled: Callable[[Any], str], rows: Sequence[Any], occasion: UUID, day: date) -> list[Note]:
    """Return the digest of one recipient, as a note."""
    first = rows[0]
    titles = [f"· {titled(row)}" for row in rows[:MOST_TITLES]]
    said = {"day": day.isoformat(), "number": len(rows), "titles": "\n".join(titles)}
    news = News(Topic.DAILY_DIGEST, occasion, first.recipient_id, first.area_path, said)
    return news.notes_to([(first.recipient_id, RecipientKind(first.recipient_kind))])


def _title(seals: Seals, words: Words, wordings: Wordings, row: Any) -> str:
    """Return under which title a message lies in the inbox; one that cannot be shown hides no other."""
    try:
        said = msgspec.json.decode(seals.open(row.parameters)) | {"name": seals.open_or_empty(row.name)}
        topic, kind = Topic(row.topic), RecipientKind(row.recipient_kind)
        own = wordings.own(row.wording, row.language)
        return words.fill("title", topic, kind, row.language, said, own)
    except (Unrenderable, BrokenSeal):
        return say("notify.unreadable_title", row.language)


def _end(work: Work, messages: Sequence[UUID], action: MessageAction, reason: NoWay | None) -> None:
    if messages:
        ended = {"state": MESSAGE_LIFECYCLE.after(MessageState.GATHERED, action), "reason": reason}
        work.session.execute(update(Message).where(Message.id.in_(messages)).values(ended))


def _merge(work: Work, messages: Sequence[UUID], occasion: UUID) -> None:
    """Let messages be told by the digests that were just written."""
    digest = aliased(Message)
    is_told_by = (digest.occasion == occasion) & (digest.recipient_id == Message.recipient_id)
    told = (
        update(Message)
        .where(Message.id.in_(messages), is_told_by, digest.topic == Topic.DAILY_DIGEST)
        .values(
            state=MESSAGE_LIFECYCLE.after(MessageState.GATHERED, MessageAction.MERGE), merged_into=digest.id
        )
    )
    work.session.execute(told, execution_options={"synchronize_session": False})
