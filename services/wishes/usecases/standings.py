"""How wishes follow their offers: what claims tells of claims made, ended and confirmed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, text

from services.chassis.work import Work
from services.claims.contracts import (
    ClaimMade,
    ClaimsEnded,
    FreePlacesGivenUp,
    FulfilmentConfirmed,
    PoolMoved,
    Standing,
    WaitingMoved,
    WishesClaimed,
)
from services.wishes.contracts import DoerKind, UnknownWish
from services.wishes.domain import WISH_LIFECYCLE, OfferState, WishAction, WishState, step_to_follow
from services.wishes.models import Wish
from services.wishes.usecases.moves import CLAIMS


class Heard(msgspec.Struct, frozen=True):
    """What an event says of one wish: how its offer stands, and how it came to that."""

    wish_id: UUID
    standing: Standing
    at: datetime
    how: str = ""
    doer: str | None = None  # what kind of somebody claimed; None when the event is not about that
    claimant: str | None = None  # who made it come true: the doer, when nothing was heard of the claim yet


class Step(msgspec.Struct, frozen=True):
    """What follows for the wish: the standing is noted, and it moves unless it stands so already."""

    heard: Heard
    state: WishState
    action: WishAction | None
    missed: WishAction | None = None  # the claim before it, of which nothing was heard


def note_claims(work: Work, event: WishesClaimed, now: datetime) -> None:
    """Note that places were taken, up to 500 of a rush at once."""
    heard = [
        Heard(claim.wish_id, claim.standing, event.occurred_at, doer=_doer_of(claim))
        for claim in event.claims
    ]
    _note(work, heard)


def note_ended_claims(work: Work, event: ClaimsEnded, now: datetime) -> None:
    """Note that claims ended without fulfilment; a wish with a free place is on the board again."""
    heard = [Heard(claim.wish_id, claim.standing, event.occurred_at, claim.how) for claim in event.claims]
    _note(work, heard)


def note_fulfilment(work: Work, event: FulfilmentConfirmed, now: datetime) -> None:
    """Note that somebody's part in a wish was confirmed; with the last part the wish has come true."""
    _note(work, [Heard(event.wish_id, event.standing, event.occurred_at, claimant=_doer_of(event))])


def note_free_places_given_up(work: Work, event: FreePlacesGivenUp, now: datetime) -> None:
    """Note that no more places are wanted; when each of the others was confirmed, the wish has come true."""
    _note(work, [Heard(event.wish_id, event.standing, event.occurred_at)])


def _doer_of(told: ClaimMade | FulfilmentConfirmed) -> str:
    """Return what kind of somebody claimed."""
    return DoerKind(told.claimant_kind)


def note_waiting(work: Work, event: WaitingMoved, now: datetime) -> None:
    """Note that places are kept for those in line, or free again."""
    _note(work, [Heard(turn.wish_id, turn.standing, event.occurred_at) for turn in event.turns])


def note_pool(work: Work, event: PoolMoved, now: datetime) -> None:
    """Note that a place is kept for pledges, or free again."""
    _note(work, [Heard(event.wish_id, event.standing, event.occurred_at)])


def _note(work: Work, heard: Sequence[Heard]) -> None:
    """Let the wishes follow at the end of the work, with what its other events say."""
    work.gather("standings", heard, lambda gathered: _follow(work, gathered))


_WISH = Wish.__table__.c
_FOLLOWING = (
    select(*_WISH["id", "state", "claims_version"])
    .where(_WISH.id.in_(bindparam("ids", expanding=True)))
    .order_by(_WISH.id)
    .with_for_update()
)


def _follow(work: Work, heard: Sequence[Heard]) -> None:
    """Let the wishes follow the newest standings; what is older than the last one noted changes nothing.

    Two statements for any number. Raises `UnknownWish` or `IllegalMove`, so that what cannot be is parked
    where an operator sees it, not dropped.
    """
    newest = {one.wish_id: one for one in sorted(heard, key=lambda one: one.standing.version)}
    wishes = work.session.execute(_FOLLOWING, {"ids": list(newest)}).all()
    if len(wishes) < len(newest):
        raise UnknownWish()
    steps = [
        _step(newest[wish.id], WishState(wish.state))
        for wish in wishes
        if wish.claims_version is None or wish.claims_version < newest[wish.id].standing.version
    ]
    if steps:
        _write(work, steps)


def _step(heard: Heard, state: WishState) -> Step:
    action = step_to_follow(state, OfferState(heard.standing.state))
    is_early = (state, action) == (WishState.RELEASED, WishAction.FULFIL)
    missed = WishAction.CLAIM if is_early else None
    return Step(heard, WISH_LIFECYCLE.after(state, action) if action else state, action, missed)


_FOLLOW = text("""
    WITH step AS (
        SELECT * FROM jsonb_to_recordset(CAST(:steps AS jsonb)) AS step
            (id uuid, state text, version int, doer text, claimant text, at timestamptz, action text,
             reason text, missed text)
    ), move AS (
        SELECT id, at, missed AS action, 'claimed' AS state, NULL AS reason, 1 AS nth
        FROM step WHERE missed IS NOT NULL
        UNION ALL SELECT id, at, action, state, reason, 2 FROM step WHERE action IS NOT NULL
    ), moved AS (
        INSERT INTO wishes.wish_move (wish_id, at, action, state, by, reason)
        SELECT id, at, action, state, :by, reason FROM move ORDER BY id, nth
    )
    UPDATE wishes.wish
    SET state = step.state, claims_version = step.version,
        doer = coalesce(step.doer, CASE WHEN wish.state <> 'claimed' THEN step.claimant END, wish.doer)
    FROM step WHERE wish.id = step.id
""")
"""A fulfilment heard before its claim writes the claim down too; the claim, heard later, is stale then."""


def _write(work: Work, steps: list[Step]) -> None:
    rows = msgspec.json.encode([_row(work, step) for step in steps]).decode()
    work.session.execute(_FOLLOW, {"steps": rows, "by": CLAIMS})


def _row(work: Work, step: Step) -> dict[str, Any]:
    heard = step.heard
    return {
        "id": heard.wish_id,
        "state": step.state,
        "version": heard.standing.version,
        "doer": heard.doer,
        "claimant": heard.claimant,
        "at": heard.at,
        "action": step.action,
        "reason": work.seals.seal_or_none(heard.how),
        "missed": step.missed,
    }
