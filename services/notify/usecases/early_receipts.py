"""Receipts quicker than the answer to their call: kept until that is written down, or they prove not ours.

One whose call was never answered, since its sender died or stopped waiting, is known by its number: every
answered call has its reference here, so that a receipt without one, for a number of which one delivery is in
doubt, speaks of that (decision 16).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.channels.replies import international
from services.notify.domain import DeliveryState, Verdict
from services.notify.models import EarlyReceipt
from services.notify.usecases.indexing import index_of

KEPT_FOR = timedelta(minutes=15)
"""Longer than any lease: whatever names a call of ours can be matched by then."""

MOST = 2000


def keep_early(work: Work, provider: str, receipts: Sequence[Receipt], now: datetime) -> None:
    """Keep receipts that name nothing known yet; one that comes twice is kept once."""
    rows = [
        {
            "provider": provider,
            "reference": receipt.reference or receipt.mark,
            "phone_index": _index(work.seals, receipt.address),
            "mark": receipt.delivery,
            "phone": work.seals.seal(receipt.address),
            "known": receipt.known.value,
            "code": receipt.code[:80],
            "parts": receipt.parts,
            "came_at": now,
            "attempt": receipt.attempt,
            "opts_out": receipt.opts_out,
        }
        for receipt in receipts
        if receipt.reference or receipt.delivery
    ]
    if rows:
        work.session.execute(insert(EarlyReceipt).on_conflict_do_nothing(), rows)


def take_matched(work: Work) -> dict[str, list[Receipt]]:
    """Take out the receipts whose call is written down by now, by provider."""
    return _by_provider(work.seals, work.session.execute(_TAKE, {"most": MOST}))


def take_doubted(
    work: Work, phones: Sequence[str], lease: timedelta, now: datetime
) -> dict[str, list[Receipt]]:
    """Take out the receipts of calls that nobody wrote down, for numbers that one doubt is about.

    `phones` are the channels that go to numbers; no call begins longer than a `lease` before its doubt, and
    what was heard sooner is not of it. While another call to a number is under way, or was in doubt of late,
    nothing is concluded: the receipt may be its own.
    """
    asked = {"phones": list(phones), "lease": lease, "most": MOST, "since": now - KEPT_FOR}
    return _by_provider(work.seals, work.session.execute(_TAKE_DOUBTED, asked))


def forget_early(work: Work, now: datetime) -> None:
    """Forget what named nothing of ours in all this time."""
    work.session.execute(delete(EarlyReceipt).where(EarlyReceipt.came_at < now - KEPT_FOR))


_TAKE = text("""
    WITH matched AS (
        SELECT early.provider, early.reference, early.phone_index
        FROM notify.early_receipt AS early
             JOIN notify.delivery ON delivery.reference = early.reference
                  AND delivery.provider = early.provider
        WHERE early.reference <> ''
        UNION
        SELECT early.provider, early.reference, early.phone_index
        FROM notify.early_receipt AS early
             JOIN notify.delivery ON delivery.id = early.mark AND delivery.provider = early.provider
        WHERE delivery.state <> 'sending'
        LIMIT :most
    )
    DELETE FROM notify.early_receipt AS early USING matched
    WHERE early.provider = matched.provider AND early.reference = matched.reference
          AND early.phone_index = matched.phone_index
    RETURNING early.provider, early.reference, early.mark, early.phone, early.known, early.code,
              early.attempt, early.opts_out, early.parts
""")


_TAKE_DOUBTED = text(
    f"""
    WITH open AS (
        SELECT id, message_id, provider, true AS is_doubt FROM notify.delivery
        WHERE state = '{DeliveryState.AMBIGUOUS}' AND channel = ANY(:phones)
        UNION ALL
        SELECT id, message_id, provider, false FROM notify.delivery
        WHERE state = '{DeliveryState.SENDING}' AND channel = ANY(:phones)
        UNION ALL
        SELECT delivery.id, message_id, attempt.provider, false
        FROM notify.attempt JOIN notify.delivery ON delivery.id = attempt.delivery_id
        WHERE attempt.at >= :since AND attempt.outcome = '{Verdict.AMBIGUOUS}' AND channel = ANY(:phones)
              AND state NOT IN ('{DeliveryState.AMBIGUOUS}', '{DeliveryState.SENDING}')
    ), doubt AS (
        SELECT open.provider, coalesce(message.address_index, recipient.phone_index) AS phone_index,
               (array_agg(open.id))[1] AS id
        FROM open JOIN notify.message ON message.id = open.message_id
             LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
        GROUP BY 1, 2 HAVING count(*) = 1 AND bool_and(is_doubt)
    ), matched AS (
        SELECT early.provider, early.reference, early.phone_index, doubt.id AS mark
        FROM notify.early_receipt AS early JOIN doubt USING (provider, phone_index)
        WHERE early.mark IS NULL
              AND early.came_at + :lease >= (
                  SELECT max(at) FROM notify.attempt WHERE delivery_id = doubt.id)
              AND NOT EXISTS (
                  SELECT FROM notify.delivery AS answered
                  WHERE answered.reference = early.reference AND answered.provider = early.provider)
        LIMIT :most
    )
    DELETE FROM notify.early_receipt AS early USING matched
    WHERE early.provider = matched.provider AND early.reference = matched.reference
          AND early.phone_index = matched.phone_index
    RETURNING early.provider, early.reference, matched.mark, early.phone, early.known, early.code,
              early.attempt, early.opts_out, early.parts
"""  # noqa: S608 - the states are our own
)


def _by_provider(seals: Seals, rows: Iterable[Any]) -> dict[str, list[Receipt]]:
    taken: dict[str, list[Receipt]] = {}
    for row in rows:
        taken.setdefault(row.provider, []).append(_receipt(seals, row))
    return taken


def _index(seals: Seals, address: str) -> str:
    """Return the index by which a recipient with this address is known."""
    return index_of(seals, address if "@" in address or not address else international(address))


def _receipt(seals: Seals, row: Any) -> Receipt:
    return Receipt(
        Known(row.known),
        seals.open(row.phone),
        mark=str(row.mark) if row.mark else "",
        reference=row.reference,
        code=row.code,
        attempt=row.attempt,
        opts_out=row.opts_out,
        parts=row.parts,
    )
