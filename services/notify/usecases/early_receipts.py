"""Receipts quicker than the answer to their call: kept until that is written down, or they prove not ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.models import EarlyReceipt

KEPT_FOR = timedelta(minutes=15)
"""Longer than any lease: whatever names a call of ours can be matched by then."""

MOST = 2000


def keep_early(work: Work, provider: str, receipts: Sequence[Receipt], now: datetime) -> None:
    """Keep receipts that name nothing known yet; one that comes twice is kept once."""
    rows = [
        {
            "provider": provider,
            "reference": receipt.reference or receipt.mark,
            "phone_index": work.seals.index(receipt.address),
            "mark": _mark(receipt),
            "phone": work.seals.seal(receipt.address),
            "known": receipt.known.value,
            "code": receipt.code[:80],
            "parts": receipt.parts,
            "came_at": now,
            "attempt": receipt.attempt,
            "opts_out": receipt.opts_out,
        }
        for receipt in receipts
        if receipt.reference or _mark(receipt)
    ]
    if rows:
        work.session.execute(insert(EarlyReceipt).on_conflict_do_nothing(), rows)


def take_matched(work: Work) -> dict[str, list[Receipt]]:
    """Take out the receipts whose call is written down by now, by provider."""
    taken: dict[str, list[Receipt]] = {}
    for row in work.session.execute(_TAKE, {"most": MOST}):
        taken.setdefault(row.provider, []).append(_receipt(work.seals, row))
    return taken


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
        FROM notify.early_receipt AS early JOIN notify.delivery ON delivery.id = early.mark
        WHERE delivery.state <> 'sending'
        LIMIT :most
    )
    DELETE FROM notify.early_receipt AS early USING matched
    WHERE early.provider = matched.provider AND early.reference = matched.reference
          AND early.phone_index = matched.phone_index
    RETURNING early.provider, early.reference, early.mark, early.phone, early.known, early.code,
              early.attempt, early.opts_out, early.parts
""")


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


def _mark(receipt: Receipt) -> UUID | None:
    try:
        return UUID(receipt.mark) if receipt.mark else None
    except ValueError:
        return None
