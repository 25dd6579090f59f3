"""Doubts that a provider can settle: which are to be asked about now, and what follows from its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from services.chassis.database import insert_all
from services.notify.channels.asking import Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.domain import DELIVERY_LIFECYCLE, DeliveryAction, DeliveryState, Verdict
from services.notify.models import Attempt, Delivery
from services.notify.usecases.attempts import attempt_row
from services.notify.usecases.failing import make_way
from services.notify.usecases.planning import Ways
from services.notify.usecases.spending import give_back

ASKED_AFTER = tuple(timedelta(seconds=seconds) for seconds in (60, 120, 600, 3600, 21600))
"""How long after the doubt, and then after each question, the next one is asked."""

ASKED_URGENTLY_AFTER = timedelta(seconds=10)
"""The first of these delays where somebody waits for a code."""

BELIEVED_AFTER = 2
"""Questions after which a provider is believed that it never had a message: its books may run behind."""

LATE_AFTER = timedelta(minutes=30)
"""When to ask again about what a provider has, and has not heard of yet."""

MOST = 50


@dataclass(frozen=True)
class Doubt:
    """A delivery in doubt, to be asked about; the address is still sealed."""

    delivery_id: UUID
    provider: str
    attempt: int  # the number of the try that is in doubt
    asks: int  # this question included
    sealed: str | None
    reference: str
    at: datetime


def doubts_to_ask(session: Session, channel: str, provider: str, now: datetime) -> list[Doubt]:
    """Return doubts of a provider that are due to be asked about, and note that they are.

    Whoever asks and dies has asked: the next question follows in its time.
    """
    asked = {"channel": channel, "provider": provider, "now": now, "most": MOST}
    asked |= {"delays": [delay.total_seconds() for delay in ASKED_AFTER]}
    asked |= {"urgently": ASKED_URGENTLY_AFTER.total_seconds()}
    return [Doubt(*row) for row in session.execute(_ASK, asked)]


_ASK = text(
    f"""
    WITH doubted AS (
        SELECT delivery.id, last.at FROM notify.delivery, LATERAL (
            SELECT max(at) AS at FROM notify.attempt WHERE delivery_id = delivery.id
        ) AS last
        WHERE state = '{DeliveryState.AMBIGUOUS}' AND channel = :channel AND provider = :provider
              AND asks < cardinality(CAST(:delays AS float[]))
              AND coalesce(asked_at, last.at) + make_interval(secs =>
                  CASE WHEN lane = 0 AND asks = 0 THEN :urgently
                       ELSE (CAST(:delays AS float[]))[asks + 1] END) <= :now
        LIMIT :most FOR UPDATE OF delivery SKIP LOCKED
    ), asked AS (
        UPDATE notify.delivery SET asked_at = :now, asks = asks + 1
        FROM doubted WHERE delivery.id = doubted.id
        RETURNING delivery.id, message_id, delivery.provider, tries, asks, reference, doubted.at
    )
    SELECT asked.id, asked.provider, asked.tries, asked.asks,
           CASE WHEN recipient.id IS NULL OR message.address IS NOT NULL THEN message.address
                ELSE recipient.phone END,
           coalesce(asked.reference, ''), asked.at
    FROM asked JOIN notify.message ON message.id = asked.message_id
         LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
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

    What was tried again meanwhile is left alone.
    """
    settled = 0
    for doubt in asked:
        word = words.get(doubt.delivery_id)
        if word is None or word.known is Known.UNSAID:
            continue
        if word.known is Known.NEVER and doubt.asks < BELIEVED_AFTER:
            continue
        settled += _settle_one(session, ways, doubt, word, now)
    return settled


def _settle_one(session: Session, ways: Ways, doubt: Doubt, word: Word, now: datetime) -> bool:
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
    if moved is None:
        return False
    insert_all(session, Attempt, [_told(doubt, word, now)])
    if action is DeliveryAction.REFUSE:
        opted_out = {doubt.delivery_id: word.code} if opts_out(word) else {}
        make_way(session, ways, [doubt.delivery_id], now, opted_out)
    if action is DeliveryAction.RESEND:
        give_back(session, ways.prices, [doubt.delivery_id])
    return True


def _told(doubt: Doubt, word: Word, now: datetime) -> dict[str, Any]:
    return attempt_row(
        doubt.delivery_id,
        at=now,
        provider=doubt.provider,
        verdict=verdict_of(word),
        code=f"asked:{word.code or word.known}",
        reference=word.reference,
    )
