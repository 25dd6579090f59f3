"""Claims that end without fulfilment: undone, returned, lapsed, not done or withdrawn."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text

from services.chassis.contracts import Done, Sealed, in_events
from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import (
    ClaimantKind,
    ClaimEnded,
    ClaimsEnded,
    ReasonNeeded,
    ReportNotDone,
    ReturnClaim,
    TooLateToUndo,
    UndoClaim,
    UnknownClaim,
)
from services.claims.domain import CLAIM_LIFECYCLE, ClaimAction, ClaimState, Places, text_given
from services.claims.models import Claim
from services.claims.usecases.behalf import collective_of, permit_claimant
from services.claims.usecases.locking import (
    DEFAULTS,
    ClaimRow,
    Locked,
    OfferRow,
    array_of,
    lock_claims,
    places_of,
)
from services.claims.usecases.pooling import close_pools_of_claims
from services.claims.usecases.waiting_line import announce_turns, pass_on
from services.claims.usecases.writing import (
    HOUSE,
    asker,
    change_members,
    change_offers,
    write_moves,
)
from services.scheduler.contracts import LapsesDue


def undo_claim(work: Work, command: UndoClaim, now: datetime) -> Done:
    """Take one's own claim back within the minutes the area allows; raise `TooLateToUndo` afterwards."""
    locked, claim = own_claim(work, command.claim_id)
    CLAIM_LIFECYCLE.after(ClaimState(claim.state), ClaimAction.UNDO)
    if now > claim.undo_until:
        raise TooLateToUndo()
    end_claims(work, locked, ClaimAction.UNDO, now, asker(command))
    return Done(id=claim.id)


def return_claim(work: Work, command: ReturnClaim, now: datetime) -> Done:
    """Give one's place back, for as long as nothing was delivered; a reason is welcome and not asked for."""
    said = work.seals.seal_or_none(text_given(command.reason))
    locked, claim = own_claim(work, command.claim_id)
    end_claims(work, locked, ClaimAction.RETURN, now, asker(command), said=said)
    return Done(id=claim.id)


def report_not_done(work: Work, command: ReportNotDone, now: datetime) -> Done:
    """Let a worker say that what was delivered was not done; raise `ReasonNeeded` when they give none."""
    reason = text_given(command.reason)
    locked, claim = claim_in_my_area(work, command.claim_id)
    if not reason:
        raise ReasonNeeded()
    end_claims(work, locked, ClaimAction.REPORT_NOT_DONE, now, asker(command), said=work.seals.seal(reason))
    return Done(id=claim.id)


_LAPSING = text("""
    SELECT claim.id, claim.offer_id, claim.member_id
    FROM claims.claim
    JOIN claims.offer ON offer.id = claim.offer_id
    LEFT JOIN claims.area ON area.id = offer.community_id
    WHERE claim.state = 'held' AND claim.due_on < :on
        AND claim.due_on + coalesce(area.lapse_after_days, :lapse_after_days) < :on
""")


def lapse_claims(work: Work, event: LapsesDue, now: datetime) -> None:
    """End every claim so long overdue on this day that its place returns; what was delivered never lapses."""
    due = {"on": event.on, "lapse_after_days": DEFAULTS.lapse_after_days}
    found = [(row.id, row.offer_id, row.member_id) for row in work.session.execute(_LAPSING, due)]
    locked = lock_claims(work.session, found)
    held = [claim for claim in locked.claims if claim.state == ClaimState.HELD]
    end_claims(work, Locked(held, locked.offers), ClaimAction.LAPSE, now, HOUSE)


# -- whose claim


def own_claim(work: Work, claim_id: UUID) -> tuple[Locked, ClaimRow]:
    """Lock and return the caller's own claim; raise `UnknownClaim` for those of others, as for none.

    A collective claim is the own of its unit's officer, and of the members for whom it stands.
    """
    caller = work.request.by if work.request else None
    if caller is None or not caller.is_signed_in:
        raise SignInNeeded()
    found = _found(work, claim_id)
    permit_claimant(work, found, caller)
    return _locked(work, found)


def claim_in_my_area(work: Work, claim_id: UUID) -> tuple[Locked, ClaimRow]:
    """Lock and return a claim on a wish of an area in which the caller has the right that is asked."""
    found = _found(work, claim_id)
    work.permit(found.area_path)
    return _locked(work, found)


def _found(work: Work, claim_id: UUID) -> ClaimRow:
    columns: Select[Any] = select(Claim.__table__)
    found = work.session.execute(columns.where(Claim.id == claim_id)).first()
    if found is None:
        raise UnknownClaim()
    return found


def _locked(work: Work, found: ClaimRow) -> tuple[Locked, ClaimRow]:
    locked = lock_claims(work.session, [(found.id, found.offer_id, found.member_id)])
    return locked, locked.claims[0]


# -- what is written


_END_CLAIMS = text("""
    UPDATE claims.claim SET state = :state, ended_at = :now WHERE id = ANY (CAST(:ids AS uuid[]))
""")


def end_claims(
    work: Work,
    locked: Locked,
    action: ClaimAction,
    now: datetime,
    by: str,
    *,
    said: Sealed | None = None,
    places: Mapping[UUID, Places] | None = None,
) -> None:
    """End these claims by `action`, free their places and announce it; few statements, however many they are.

    `places` tells how offers stand already, when this transaction changed them before. Raises `IllegalMove`
    when one of the claims cannot end so.
    """
    standing = {offer_id: places_of(row) for offer_id, row in locked.offers.items()} | dict(places or {})
    ended = []
    for claim in locked.claims:
        state = CLAIM_LIFECYCLE.after(ClaimState(claim.state), action)
        freed = standing[claim.offer_id] = standing[claim.offer_id].free()
        ended.append(_claim_ended(claim, locked.offers[claim.offer_id], state, said, freed))
    turns = pass_on(work, locked.offers, standing, now)
    change_offers(work.session, locked.offers, standing)
    if ended:
        _write_ends(work, locked.claims, state, now, by, said)
        work.announce(*(ClaimsEnded(claims=chunk) for chunk in in_events(ended)))
    if pools := [claim.claimant_id for claim in locked.claims if claim.claimant_kind == ClaimantKind.POOL]:
        close_pools_of_claims(work, pools, locked.offers, standing, now)
    announce_turns(work, turns)


def _write_ends(
    work: Work, claims: Sequence[ClaimRow], state: ClaimState, now: datetime, by: str, said: Sealed | None
) -> None:
    ids = [claim.id for claim in claims]
    work.session.execute(_END_CLAIMS, {"ids": array_of(ids), "state": state.value, "now": now})
    of_members = Counter(claim.member_id for claim in claims if claim.claimant_kind == ClaimantKind.MEMBER)
    fewer = {member_id: -ended for member_id, ended in of_members.items()}
    change_members(work.session, fewer)
    write_moves(work.session, ids, state, now, [by] * len(ids), said)


def _claim_ended(
    claim: ClaimRow, offer: OfferRow, state: ClaimState, said: Sealed | None, places: Places
) -> ClaimEnded:
    return ClaimEnded(
        claim_id=claim.id,
        wish_id=offer.id,
        member_id=claim.member_id,
        claimant_kind=ClaimantKind(claim.claimant_kind),
        claimant_id=collective_of(claim),
        resident_id=offer.resident_id,
        title=offer.title,
        wish_code=offer.code,
        area_path=offer.area_path,
        how=state.value,
        sealed_reason=said,
        standing=places.standing(),
    )
