"""Claims that end without fulfilment: undone, returned, lapsed, not done or withdrawn."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

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
from services.claims.usecases.writing import HOUSE, asker, change_places, moving
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
    SELECT claim.id
    FROM claims.claim
    JOIN claims.offer ON offer.id = claim.offer_id
    LEFT JOIN claims.area ON area.id = offer.community_id
    WHERE claim.state = 'held' AND claim.due_on < :on
        AND claim.due_on + coalesce(area.lapse_after_days, :lapse_after_days) < :on
""")


def lapse_claims(work: Work, event: LapsesDue, now: datetime) -> None:
    """End every claim so long overdue on this day that its place returns; what was delivered never lapses."""
    due = {"on": event.on, "lapse_after_days": DEFAULTS.lapse_after_days}
    locked = lock_claims(work.session, work.session.execute(_LAPSING, due).scalars())
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
    locked, claim = _locked(work, claim_id)
    permit_claimant(work, claim, caller)
    return locked, claim


def claim_in_my_area(work: Work, claim_id: UUID) -> tuple[Locked, ClaimRow]:
    """Lock and return a claim on a wish of an area in which the caller has the right that is asked."""
    locked, claim = _locked(work, claim_id)
    work.permit(claim.area_path)
    return locked, claim


def _locked(work: Work, claim_id: UUID) -> tuple[Locked, ClaimRow]:
    locked = lock_claims(work.session, [claim_id])
    if not locked.claims:
        raise UnknownClaim()
    return locked, locked.claims[0]


# -- what is written


_END_CLAIMS = moving("ended_at = :at, named_person = NULL")


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
    of_members = Counter(
        claim.member_id for claim in locked.claims if claim.claimant_kind == ClaimantKind.MEMBER
    )
    fewer = {member_id: -claims for member_id, claims in of_members.items()}
    change_places(work.session, locked.offers, standing, fewer)
    if ended:
        ends = {"ids": array_of(claim.id for claim in locked.claims), "state": state.value}
        work.session.execute(_END_CLAIMS, {**ends, "at": now, "by": by, "said": said})
        work.announce(*(ClaimsEnded(claims=chunk) for chunk in in_events(ended)))
    if pools := [claim.claimant_id for claim in locked.claims if claim.claimant_kind == ClaimantKind.POOL]:
        close_pools_of_claims(work, pools, locked.offers, standing, now)
    announce_turns(work, turns)


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
