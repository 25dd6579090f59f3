"""Receipts that did not come: their providers are asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notify.channels.asking import Word
from services.notify.domain import DeliveryAction, DeliveryState
from services.notify.domain.doubts import ASKED_PATIENTLY
from services.notify.gate.ways import Ways
from services.notify.usecases.addressing import WENT_TO, WITH_PEOPLE, kinds_of
from services.notify.usecases.asking import FINAL, MOST, Doubt, opts_out, verdict_of
from services.notify.usecases.failing import make_way
from services.notify.usecases.moving import Move, move_on

_ACCEPTED = frozenset({DeliveryState.ACCEPTED})


def overdue_to_ask(session: Session, ways: Ways, channel: str, provider: str, now: datetime) -> list[Doubt]:
    """Return accepted deliveries whose receipt is overdue, and note that they are asked about now.

    After the last of the delays nobody asks any more; the daily audit counts what is left.
    """
    asked = {"channel": channel, "provider": provider, "now": now, "most": MOST}
    asked |= {"delays": [delay.total_seconds() for delay in ASKED_PATIENTLY]}
    asked |= kinds_of(ways)
    return [Doubt(*row) for row in session.execute(_ASK, asked)]


_ASK = text(f"""
    WITH overdue AS (
        SELECT id FROM notify.delivery
        WHERE state = 'accepted' AND due_at <= :now AND channel = :channel AND provider = :provider
        ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED
    ), asked AS (
        UPDATE notify.delivery
        SET asked_at = :now, asks = asks + 1,
            due_at = :now + make_interval(secs => (CAST(:delays AS float[]))[asks + 1])
        FROM overdue WHERE delivery.id = overdue.id
        RETURNING delivery.id, message_id, channel, delivery.provider, tries, asks, reference
    )
    SELECT delivery.id, delivery.provider, tries, asks, {WENT_TO}, coalesce(reference, ''),
           (SELECT max(at) FROM notify.attempt WHERE delivery_id = delivery.id
                AND outcome IN ('accepted', 'ambiguous') AND code NOT LIKE 'asked:%'),
           topic
    FROM asked AS delivery {WITH_PEOPLE}
""")  # noqa: S608 - the words are our own


def settle_overdue(
    session: Session, ways: Ways, asked: Sequence[Doubt], words: Mapping[UUID, Word], now: datetime
) -> int:
    """Let the provider's words stand in for receipts; return how many came to their end so."""
    moves = [
        Move(
            delivery_id=doubt.delivery_id,
            action=FINAL[word.known],
            verdict=verdict_of(word),
            code=f"asked:{word.code or word.known}",
            provider=doubt.provider,
            at=now,
            tries=doubt.attempt,
        )
        for doubt in asked
        if (word := words.get(doubt.delivery_id)) is not None and word.known in FINAL
    ]
    moved = move_on(session, moves, among=_ACCEPTED, every_attempt=False)
    refused = {move.delivery_id for move in moves if move.action is DeliveryAction.REFUSE}
    opted_out = {delivery: word.code for delivery, word in words.items() if opts_out(word)}
    make_way(session, ways, [delivery for delivery in moved if delivery in refused], now, opted_out)
    return len(moved)
