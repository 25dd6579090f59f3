"""Whom to call is forgotten where nothing is left to do: residents of offers, named persons of claims."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.claims.usecases.locking import array_of, lock_offers

# A call-back that is still to be made may yet find that something is to be put right.
_FORGET = text("""
    WITH looked_after AS (
        SELECT claim.id, claim.offer_id FROM claims.claim
        WHERE claim.offer_id = ANY (CAST(:ids AS uuid[])) AND claim.state = 'confirmed' AND (
            EXISTS (
                SELECT FROM claims.rectification
                WHERE rectification.claim_id = claim.id AND rectification.state <> 'done'
            )
            OR EXISTS (
                SELECT FROM claims.call_back
                WHERE call_back.id = claim.id AND call_back.state IN ('drawn', 'unreached')
            )
        )
    ), named AS (
        UPDATE claims.claim SET named_person = NULL
        WHERE claim.offer_id = ANY (CAST(:ids AS uuid[])) AND claim.state = 'confirmed'
            AND claim.named_person IS NOT NULL AND claim.id NOT IN (SELECT id FROM looked_after)
    )
    UPDATE claims.offer SET contact = NULL
    WHERE offer.id = ANY (CAST(:ids AS uuid[])) AND offer.state IN ('fulfilled', 'withdrawn')
        AND offer.contact IS NOT NULL AND offer.id NOT IN (SELECT offer_id FROM looked_after)
""")


def forget_people(session: Session, offers: Iterable[UUID]) -> None:
    """Erase whom to call about these offers, unless somebody still has to: then it is asked again later.

    A claim that ended otherwise than by a confirmation has lost its named person by then.
    """
    ids = list(offers)
    lock_offers(session, ids)  # so that of the last two things to do the later one sees the other done
    session.flush()
    session.execute(_FORGET, {"ids": array_of(ids)})
