"""The resident's two codes: the public one of the wish, and the one that only they were given."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.orm import Session

from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.claims.contracts import TooManyTries, WrongConfirmationCode
from services.claims.domain import code_as_typed
from services.claims.models import Offer
from services.wishes.contracts import confirmation_index

TRIES_AN_HOUR = 5
HOUR = timedelta(hours=1)


def offer_by_codes(work: Work, wish_code: str, confirmation_code: str, now: datetime) -> UUID | Refusal:
    """Return the offer to which both codes belong, or the refusal that the door says after the commit.

    Each try is counted before it is looked at, under a lock on the wish code, so that many at once are
    counted as well; whoever calls returns the refusal instead of raising it, or the count would be rolled
    back. Codes of no wish are counted alike, so that nobody learns from the answer which codes exist.
    """
    code = code_as_typed(wish_code)
    if _count_try(work.session, code, now) > TRIES_AN_HOUR:
        return TooManyTries()
    index = confirmation_index(work.seals, code, code_as_typed(confirmation_code))
    offer_id: UUID | None = work.session.execute(_OFFER_WITH, {"code": code, "index": index}).scalar()
    if offer_id is None:
        return WrongConfirmationCode()
    work.session.execute(_FORGET_TRIES, {"code": code})
    return offer_id


_OFFER = Offer.__table__.c
_OFFER_WITH: Select[UUID] = select(_OFFER.id).where(
    _OFFER.code == bindparam("code"), _OFFER.confirmation_index == bindparam("index")
)
_FORGET_TRIES = text("DELETE FROM claims.confirmation_try WHERE wish_code = :code")


_COUNT_TRY = text("""
    DELETE FROM claims.confirmation_try WHERE wish_code IN (
        SELECT wish_code FROM claims.confirmation_try WHERE since < :day_ago LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO claims.confirmation_try AS known (wish_code, since, tries) VALUES (:code, :now, 1)
    ON CONFLICT (wish_code) DO UPDATE SET
        since = CASE WHEN known.since <= :hour_ago THEN :now ELSE known.since END,
        tries = CASE WHEN known.since <= :hour_ago THEN 1 ELSE known.tries + 1 END
    RETURNING tries
""")


def _count_try(session: Session, code: str, now: datetime) -> int:
    """Count one try of `code` and return how many there were within the hour; forget some that are old."""
    times = {"now": now, "hour_ago": now - HOUR, "day_ago": now - 24 * HOUR}
    counted = session.execute(_COUNT_TRY, {"code": code, **times})
    return int(counted.scalar_one())
