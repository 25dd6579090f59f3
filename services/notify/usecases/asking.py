"""Doubts that a provider can settle: which are to be asked about now, and what follows from its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from services.chassis.database import insert_all
from services.notify.channels.asking import UNSAID, Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    DeliveryAction,
    DeliveryState,
    Topic,
    Verdict,
    asked_after,
)
from services.notify.domain.doubts import ANSWERED_WITHIN
from services.notify.gate.ways import Ways
from services.notify.models import Attempt, Delivery
from services.notify.usecases.addressing import WENT_TO, WITH_PEOPLE, kinds_of
from services.notify.usecases.attempts import attempt_row
from services.notify.usecases.failing import make_way
from services.notify.usecases.spending import give_back

_DELAYS = msgspec.json.encode(
    {topic: [delay.total_seconds() for delay in asked_after(topic)] for topic in Topic}
).decode()
"""How long after the doubt, and then after each question, the next one is asked, by topic."""

BELIEVED_AFTER = 2
"""Questions after which a provider is believed that it never had a message: its books may run behind."""

LATE_AFTER = timedelta(minutes=30)
"""When to ask again about what a provider has, and has not heard of yet."""

MOST = 50


@dataclass(frozen=True)
class Doubt:
    """A delivery in doubt, or without its receipt, to be asked about; the address is still sealed."""

    delivery_id: UUID
    provider: str
    attempt: int  # the number of the try that is in doubt
    asks: int  # this question included
    sealed: str | None
    reference: str
    at: datetime  # when the try was written down
    topic: str

    @property
    def is_last_asked(self) -> bool:
        """Say whether nobody asks about this doubt again."""
        return self.asks >= len(asked_after(Topic(self.topic)))


def doubts_to_ask(session: Session, ways: Ways, channel: str, provider: str, now: datetime) -> list[Doubt]:
    """Return doubts of a provider that are due to be asked about, and note that they are.

    Whoever asks and dies has asked: the next question follows in its time.
    """
    asked = {"channel": channel, "provider": provider, "now": now, "most": MOST, "delays": _DELAYS}
    asked |= kinds_of(ways)
    return [Doubt(*row) for row in session.execute(_ASK, asked)]


_ASK = text(
    f"""
    WITH doubted AS (
        SELECT delivery.id, message.topic, last.at
        FROM notify.delivery JOIN notify.message ON message.id = message_id, LATERAL (
            SELECT max(at) AS at FROM notify.attempt WHERE delivery_id = delivery.id
        ) AS last
        WHERE delivery.state = '{DeliveryState.AMBIGUOUS}' AND channel = :channel AND provider = :provider
              AND coalesce(asked_at, last.at) + make_interval(secs =>
                  CAST(CAST(:delays AS jsonb) -> message.topic ->> delivery.asks AS float)) <= :now
        ORDER BY asks, last.at, delivery.id LIMIT :most FOR UPDATE OF delivery SKIP LOCKED
    ), asked AS (
        UPDATE notify.delivery SET asked_at = :now, asks = asks + 1
        FROM doubted WHERE delivery.id = doubted.id
        RETURNING delivery.id, message_id, channel, delivery.provider, tries, asks, reference, doubted.at
    )
    SELECT delivery.id, delivery.provider, tries, asks, {WENT_TO}, coalesce(reference, ''), at, topic
    FROM asked AS delivery {WITH_PEOPLE}
"""  # noqa: S608 - the states are our own
)

FINAL = {Known.ARRIVED: DeliveryAction.DELIVER, Known.FAILED: DeliveryAction.REFUSE}
"""What follows from the last word about a delivery, however it came."""

_ACTIONS = FINAL | {Known.WAITING: DeliveryAction.ACCEPT, Known.NEVER: DeliveryAction.RESEND}

_VERDICTS = {
    Known.ARRIVED: Verdict.ACCEPTED,
    Known.FAILED: Verdict.PERMANENT,
    Known.WAITING: Verdict.ACCEPTED,
    Known.NEVER: Verdict.RETRY,
}


def opts_out(said: Receipt | Word) -> bool:
    """Say whether the last word about a delivery means that its address is to be left alone."""
    return said.known is Known.FAILED and said.opts_out


def verdict_of(said: Receipt | Word) -> Verdict:
    """Return the class of what was said of a delivery, in a receipt or when asked."""
    return Verdict.OPTED_OUT if opts_out(said) else _VERDICTS[said.known]


def settle(
    session: Session, ways: Ways, asked: Sequence[Doubt], words: Mapping[UUID, Word], now: datetime
) -> int:
    """Let the provider's words settle doubts; return how many. What failed makes way for the next channel.

    What was tried again meanwhile is left alone. A doubt whose last question was answered with nothing has
    lasted: housekeeping ends it. Deliveries are locked before budgets, as everywhere.
    """
    settled: dict[UUID, Word] = {}
    lasted: list[UUID] = []
    for doubt in sorted(asked, key=lambda doubt: doubt.delivery_id.int):
        word = words.get(doubt.delivery_id, UNSAID)
        if _is_believed(doubt, word):
            if _settle_one(session, doubt, word, now):
                settled[doubt.delivery_id] = word
        elif doubt.is_last_asked:
            lasted.append(doubt.delivery_id)
    if lasted:
        is_open = Delivery.state == DeliveryState.AMBIGUOUS
        has_been_answered = {"due_at": now, "asked_at": now - ANSWERED_WITHIN}
        session.execute(update(Delivery).where(Delivery.id.in_(lasted), is_open).values(has_been_answered))
    _follow(session, ways, settled, now)
    return len(settled)


def _follow(session: Session, ways: Ways, settled: Mapping[UUID, Word], now: datetime) -> None:
    """Let the next channel follow what failed, and give back what that and what never arrived cost."""
    failed = [delivery for delivery, word in settled.items() if word.known is Known.FAILED]
    opted_out = {delivery: word.code for delivery, word in settled.items() if opts_out(word)}
    make_way(session, ways, failed, now, opted_out)
    give_back(session, ways.prices, [one for one, word in settled.items() if word.known is Known.NEVER])


def put_off(session: Session, doubts: Sequence[Doubt], now: datetime) -> None:
    """Take questions back that were noted and not asked, for want of time: they come first the next time."""
    if doubts:
        session.execute(_PUT_OFF, {"ids": [str(doubt.delivery_id) for doubt in doubts], "now": now})


_PUT_OFF = text(
    f"""
    UPDATE notify.delivery SET asks = asks - 1, asked_at = NULL,
        due_at = CASE WHEN state = '{DeliveryState.ACCEPTED}' THEN CAST(:now AS timestamptz) ELSE due_at END
    WHERE id = ANY(CAST(:ids AS uuid[])) AND asks > 0
          AND state IN ('{DeliveryState.AMBIGUOUS}', '{DeliveryState.ACCEPTED}')
    """  # noqa: S608 - the states are our own
)


def _is_believed(doubt: Doubt, word: Word) -> bool:
    is_too_soon = word.known is Known.NEVER and doubt.asks < BELIEVED_AFTER
    return word.known is not Known.UNSAID and not is_too_soon


def _settle_one(session: Session, doubt: Doubt, word: Word, now: datetime) -> bool:
    action = _ACTIONS[word.known]
    state = DELIVERY_LIFECYCLE.after(DeliveryState.AMBIGUOUS, action)
    anew = {"due_at": now, "asks": 0, "asked_at": None, "reference": None}
    is_late_at = now + LATE_AFTER if action is DeliveryAction.ACCEPT else None
    known: dict[str, Any] = {"due_at": is_late_at} | ({"reference": word.reference} if word.reference else {})
    moved = session.execute(
        update(Delivery)
        .where(Delivery.id == doubt.delivery_id, Delivery.tries == doubt.attempt)
        .where(Delivery.state == DeliveryState.AMBIGUOUS)
        .values(state=state, **(anew if action is DeliveryAction.RESEND else known))
        .returning(Delivery.id)
    ).first()
    if moved is not None:
        insert_all(session, Attempt, [_told(doubt, word, now)])
    return moved is not None


def _told(doubt: Doubt, word: Word, now: datetime) -> dict[str, Any]:
    return attempt_row(
        doubt.delivery_id,
        at=now,
        provider=doubt.provider,
        verdict=verdict_of(word),
        code=f"asked:{word.code or word.known}",
        reference=word.reference,
    )
