"""Handing on: what one provider of a channel lacks the words for is lent to the next, within the same try."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.chassis.database import insert_all
from services.notify.models import Attempt
from services.notify.usecases.attempts import attempt_row
from services.notify.usecases.calls import end_calls
from services.notify.usecases.sending import Loan, Result


def hand_on(session: Session, turned_away: Sequence[Result], provider: str, lease: timedelta) -> list[Loan]:
    """Lend what was turned away to another provider, and write down that it was; return the new loans.

    From here on a doubt is about the new provider. What was lost meanwhile is nobody's to hand on.
    """
    asked = {
        "ids": [str(result.loan.delivery_id) for result in turned_away],
        "tries": [result.loan.attempt for result in turned_away],
        "provider": provider,
        "lease": lease,
    }
    lent = set(session.scalars(_LEND_ON, asked))
    handed = [result for result in turned_away if result.loan.delivery_id in lent]
    insert_all(session, Attempt, [_attempt(result) for result in handed])
    end_calls(session, {result.call for result in turned_away if result.call})
    return [msgspec.structs.replace(result.loan, provider=provider) for result in handed]


def _attempt(result: Result) -> dict[str, object]:
    return attempt_row(
        result.loan.delivery_id,
        at=result.at,
        provider=result.loan.provider,
        verdict=result.outcome.verdict,
        code=result.outcome.code,
    )


_LEND_ON = text("""
    UPDATE notify.delivery SET provider = :provider, leased_until = now() + :lease
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tries AS int[])) AS told (id, tries)
    WHERE delivery.id = told.id AND delivery.tries = told.tries AND delivery.state = 'sending'
    RETURNING delivery.id
""")
