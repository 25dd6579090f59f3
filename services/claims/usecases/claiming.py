"""The rush: many members ask for places at once, settled in arrival order by few statements.

This is the hottest path of the product. Whatever the size of the batch it takes seven statements: lock the
offers, lock the members, look for earlier claims, then write claims, offers, members, history; and one event.
What was refused is counted by reason, in one row each.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.chassis.contracts import in_events, new_id
from services.chassis.refusals import Refusal, SignInNeeded
from services.chassis.rights import Right
from services.chassis.work import Work
from services.claims.contracts import Claimed, ClaimMade, ClaimWish, NotAMember, WishesClaimed
from services.claims.domain import Asked, Claimant, ClaimState, Offered, Outcome, Won, settle
from services.claims.usecases.locking import (
    DEFAULTS,
    ClaimRow,
    OfferRow,
    array_of,
    lock_members,
    lock_offers,
    places_of,
)
from services.claims.usecases.writing import change_places, write_moves

SeeOffers = Callable[[Session, Iterable[UUID]], dict[UUID, OfferRow]]


def claim_wishes(
    work: Work, commands: Sequence[ClaimWish], now: datetime, *, see_offers: SeeOffers = lock_offers
) -> list[Claimed | Refusal]:
    """Settle the claims of a batch, first come, first served; answer each with a place or a refusal.

    A refusal of one command leaves the others alone. `see_offers` is how the offers are read: locked; a test
    leaves the lock out, to show that it would notice.
    """
    turned_away = [_turn_away(command) for command in commands]
    admitted = [command for command, refusal in zip(commands, turned_away, strict=True) if refusal is None]
    outcomes = iter(_settle(work, admitted, now, see_offers))
    answers = [refusal or _answer(next(outcomes)) for refusal in turned_away]
    _count_refused(work.session, answers, now)
    return answers


_COUNT_REFUSED = text("""
    INSERT INTO claims.turned_away (id, at, code, claims)
    SELECT refused.id, :at, refused.code, refused.claims
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:claims AS int[]))
        AS refused (id, code, claims)
""")


def _count_refused(session: Session, answers: Sequence[Claimed | Refusal], now: datetime) -> None:
    refused = Counter(answer.code for answer in answers if isinstance(answer, Refusal))
    if refused:
        ids, codes, claims = (new_id() for _ in refused), refused.keys(), refused.values()
        counts = {"ids": array_of(ids), "codes": array_of(codes), "claims": array_of(claims)}
        session.execute(_COUNT_REFUSED, {"at": now, **counts})


def _turn_away(command: ClaimWish) -> Refusal | None:
    """Return why this caller may not claim at all; a member with the right may claim anywhere (双报到)."""
    if not command.by.is_signed_in:
        return SignInNeeded()
    is_member = command.by.member_id is not None and command.by.scopes_of(Right.CLAIM)
    return None if is_member else NotAMember()


def _answer(outcome: Outcome) -> Claimed | Refusal:
    return outcome.answer if isinstance(outcome, Won) else outcome


def _settle(work: Work, commands: Sequence[ClaimWish], now: datetime, see_offers: SeeOffers) -> list[Outcome]:
    if not commands:
        return []
    asked = [_asked(command) for command in commands]
    offers = see_offers(work.session, (one.wish_id for one in asked))
    members = _claimants(work.session, asked)
    offered = {offer_id: _offered(row) for offer_id, row in offers.items()}
    outcomes = settle(asked, offered, members, now, work.day_of(now))
    _write(work, [outcome for outcome in outcomes if isinstance(outcome, Won)], offers, now)
    return outcomes


def _asked(command: ClaimWish) -> Asked:
    if command.by.member_id is None:
        raise AssertionError("only members are admitted")
    key = _request_key(command.key) if command.key else None
    return Asked(command.wish_id, command.by.member_id, key, command.by.account_id)


def _request_key(key: str) -> str:
    """Return the key of a request as it is kept: of one size, whatever somebody sent."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _offered(row: OfferRow) -> Offered:
    undo_minutes = DEFAULTS.undo_minutes if row.undo_minutes is None else row.undo_minutes
    limit = DEFAULTS.open_claims if row.limit is None else row.limit
    return Offered(places_of(row), row.service_days, undo_minutes, limit)


# -- who asks


_EARLIER = text("""
    SELECT claim.id, claim.offer_id, claim.member_id, claim.due_on, claim.undo_until, claim.request_key
    FROM unnest(CAST(:members AS uuid[]), CAST(:keys AS uuid[])) AS asked (member_id, request_key)
    JOIN claims.claim ON claim.member_id = asked.member_id AND claim.request_key = asked.request_key
    UNION ALL
    SELECT NULL, claim.offer_id, claim.claimant_id, NULL, NULL, NULL
    FROM unnest(CAST(:offers AS uuid[]), CAST(:members AS uuid[])) AS asked (offer_id, member_id)
    JOIN claims.claim ON claim.offer_id = asked.offer_id AND claim.claimant_id = asked.member_id
        AND claim.state IN ('held', 'delivered', 'confirmed')
""")
"""Answers given to the same clicks before (they have an id), and places kept on the offers asked for."""


def _claimants(session: Session, asked: Sequence[Asked]) -> dict[UUID, Claimant]:
    """Lock the members who ask; return them with the places they keep and the answers they had."""
    locked = lock_members(session, (one.member_id for one in asked)).values()
    claimants = {row.id: Claimant(row.is_active, row.open_claims) for row in locked}
    for row in session.execute(
        _EARLIER,
        {
            "members": array_of(one.member_id for one in asked),
            "offers": array_of(one.wish_id for one in asked),
            "keys": array_of(one.request_key for one in asked),
        },
    ):
        member = claimants[row.member_id]
        claimants[row.member_id] = member.keeping(row.offer_id) if row.id is None else _answered(member, row)
    return claimants


def _answered(member: Claimant, row: ClaimRow) -> Claimant:
    answer = Claimed(claim_id=row.id, wish_id=row.offer_id, due_on=row.due_on, undo_until=row.undo_until)
    return member.answered(row.request_key.hex, answer)


# -- what is written


_WRITE_CLAIMS = text("""
    INSERT INTO claims.claim (
        id, offer_id, member_id, claimant_id, account_id, area_path, state, claimed_at, undo_until,
        due_on, request_key
    )
    SELECT won.id, won.offer_id, won.member_id, won.member_id, won.account_id, offer.area_path, 'held',
           :now, won.undo_until, won.due_on, won.request_key
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:offers AS uuid[]), CAST(:members AS uuid[]), CAST(:accounts AS uuid[]),
        CAST(:undo_until AS timestamptz[]), CAST(:due_on AS date[]), CAST(:keys AS uuid[])
    ) AS won (id, offer_id, member_id, account_id, undo_until, due_on, request_key)
    JOIN claims.offer ON offer.id = won.offer_id
""")


def _write(work: Work, wins: Sequence[Won], offers: Mapping[UUID, OfferRow], now: datetime) -> None:
    if not wins:
        return
    _write_claims(work.session, wins, now)
    more = Counter(won.asked.member_id for won in wins)
    change_places(work.session, offers, {won.asked.wish_id: won.places for won in wins}, more)
    by = [str(won.asked.account_id or won.asked.member_id) for won in wins]
    write_moves(work.session, [won.answer.claim_id for won in wins], ClaimState.HELD, now, by)
    made = [_claim_made(won, offers[won.asked.wish_id], now) for won in wins]
    work.announce(*(WishesClaimed(claims=chunk) for chunk in in_events(made)))


def _write_claims(session: Session, wins: Sequence[Won], now: datetime) -> None:
    session.execute(
        _WRITE_CLAIMS,
        {
            "now": now,
            "ids": array_of(won.answer.claim_id for won in wins),
            "offers": array_of(won.asked.wish_id for won in wins),
            "members": array_of(won.asked.member_id for won in wins),
            "accounts": array_of(won.asked.account_id for won in wins),
            "undo_until": array_of(won.answer.undo_until for won in wins),
            "due_on": array_of(won.answer.due_on for won in wins),
            "keys": array_of(won.asked.request_key for won in wins),
        },
    )


def _claim_made(won: Won, offer: OfferRow, now: datetime) -> ClaimMade:
    return ClaimMade(
        claim_id=won.answer.claim_id,
        wish_id=offer.id,
        member_id=won.asked.member_id,
        resident_id=offer.resident_id,
        title=offer.title,
        wish_code=offer.code,
        area_path=offer.area_path,
        due_on=won.answer.due_on,
        claimed_at=now,
        standing=won.places.standing(),
    )
