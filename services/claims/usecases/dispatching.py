"""Dispatch: propose, accept, decline, time out; the next of the list is asked, and no place is given twice.

Whoever moves a dispatch holds its offer, then the dispatch, then what a claim takes: the order of `locking`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, null, or_, select
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, Sealed, in_events, new_id
from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.claims.contracts import (
    AcceptDispatch,
    AlreadyDispatched,
    CandidateUnavailable,
    Claimed,
    ClaimForTeam,
    ClaimWish,
    DeclineDispatch,
    DeclineReasonNeeded,
    Dispatched,
    DispatchesMoved,
    DispatchMove,
    DispatchWish,
    NoLongerOffered,
    NoPlaceLeft,
    UnknownDispatch,
    UnknownOffer,
    UnusableCandidates,
    WithdrawDispatch,
)
from services.claims.domain import (
    DISPATCH_LIFECYCLE,
    KEEPS_ITS_PLACE,
    LONGEST_LIST,
    OPEN_DISPATCHES,
    OVER,
    Answer,
    DispatchAction,
    DispatchState,
    OfferState,
    answer_limit,
    may_ask_at,
    text_given,
)
from services.claims.models import Claim, Dispatch, DispatchAnswer, Member, Offer, Team
from services.claims.usecases.behalf import people_of_teams
from services.claims.usecases.claiming import claim_wishes
from services.claims.usecases.collective import claim_for_team
from services.claims.usecases.locking import OfferRow, lock_offers, places_of
from services.claims.usecases.programmes import Programmes
from services.scheduler.contracts import HourStruck
from services.wishes.contracts import Urgency

# -- the worker


def dispatch_wish(work: Work, command: DispatchWish, now: datetime) -> Dispatched:
    """Propose an open wish to the first of these teams or members, at once or when the office opens.

    Raises `UnusableCandidates`, `UnknownOffer`, `NoLongerOffered`, `NoPlaceLeft`, `AlreadyDispatched` and
    `CandidateUnavailable`.
    """
    note = work.seals.seal_or_none(text_given(command.note))
    named = [*command.team_ids, *command.member_ids]
    candidates = list(dict.fromkeys(named))
    if not 1 <= len(candidates) == len(named) <= LONGEST_LIST:
        raise UnusableCandidates(limit=LONGEST_LIST)
    offer = _offer_to_dispatch(work, command.wish_id)
    if set(_available(work.session, offer.id, candidates)) != set(candidates):
        raise CandidateUnavailable()
    dispatch = _begun(offer, candidates, command.by.account_id, note, now)
    work.session.add(dispatch)
    moves = _Moves(work, now)
    _propose(work, moves, dispatch, offer)
    moves.tell()
    return Dispatched(
        dispatch_id=dispatch.id,
        state=dispatch.state,
        member_id=dispatch.member_id,
        answer_by=dispatch.answer_by,
        team_id=dispatch.team_id,
    )


def withdraw_dispatch(work: Work, command: WithdrawDispatch, now: datetime) -> Done:
    """Take a dispatch back; whoever is being asked hears that they need not answer."""
    found = _found(work.session, command.dispatch_id)
    work.permit(found.area_path)
    dispatch, offer = _locked(work.session, found)
    moves = _Moves(work, now)
    _withdraw(moves, dispatch, offer)
    moves.tell()
    return Done(id=dispatch.id)


def _offer_to_dispatch(work: Work, wish_id: UUID) -> OfferRow:
    """Lock and return an offer with a place that is free and not proposed to anybody."""
    area_path = work.session.execute(select(Offer.area_path).where(Offer.id == wish_id)).scalar()
    if area_path is None:
        raise UnknownOffer()
    work.permit(area_path)
    offer = lock_offers(work.session, [wish_id])[wish_id]
    if offer.state in OVER:
        raise NoLongerOffered()
    free = places_of(offer).standing().places_left
    if free <= 0:
        raise NoPlaceLeft()
    of_offer = (Dispatch.offer_id == wish_id) & Dispatch.state.in_(OPEN_DISPATCHES)
    if work.session.execute(select(func.count()).select_from(Dispatch).where(of_offer)).scalar_one() >= free:
        raise AlreadyDispatched()
    return offer


def _begun(
    offer: OfferRow, candidates: list[UUID], worker_id: UUID | None, note: Sealed | None, now: datetime
) -> Dispatch:
    return Dispatch(
        id=new_id(),
        offer_id=offer.id,
        area_path=offer.area_path,
        state=DispatchState.WAITING.value,
        is_urgent=offer.urgency == Urgency.URGENT,
        candidates=candidates,
        position=0,
        worker_id=worker_id,
        created_at=now,
        note=note,
    )


# -- the member


def accept_dispatch(work: Work, command: AcceptDispatch, now: datetime) -> Claimed:
    """Take the wish that is proposed, by the rules of every claim: raise their refusals, among others."""
    dispatch, offer = _proposed_to_me(work, command)
    state = DISPATCH_LIFECYCLE.after(DispatchState(dispatch.state), DispatchAction.ACCEPT)
    answer = _claimed(work, command, dispatch, now)
    dispatch.state, dispatch.claim_id = state.value, answer.claim_id
    moves = _Moves(work, now)
    moves.answered(dispatch, offer, Answer.ACCEPTED)
    moves.tell()
    return answer


def _claimed(work: Work, command: AcceptDispatch, dispatch: Dispatch, now: datetime) -> Claimed:
    """Claim for the team that was asked, or for the member."""
    wish_id, key = dispatch.offer_id, f"dispatch {dispatch.id}"
    if dispatch.team_id is not None:
        claim = ClaimForTeam(by=command.by, wish_id=wish_id, team_id=dispatch.team_id, key=key)
        return claim_for_team(work, claim, now)
    (answer,) = claim_wishes(work, [ClaimWish(by=command.by, wish_id=wish_id, key=key)], now)
    if isinstance(answer, Refusal):
        raise answer
    claimed: Claimed = answer
    return claimed


def decline_dispatch(work: Work, command: DeclineDispatch, now: datetime) -> Done:
    """Say no, and why; the next of the list is asked. Raise `DeclineReasonNeeded` without a reason."""
    reason = text_given(command.reason)
    dispatch, offer = _proposed_to_me(work, command)
    if not reason:
        raise DeclineReasonNeeded()
    moves = _Moves(work, now)
    _pass_on(work, moves, dispatch, offer, Answer.DECLINED, work.seals.seal(reason))
    moves.tell()
    return Done(id=dispatch.id)


def _proposed_to_me(work: Work, command: AcceptDispatch | DeclineDispatch) -> tuple[Dispatch, OfferRow]:
    """Lock and return a dispatch that is proposed to the caller; `UnknownDispatch` for those of others."""
    found = _found(work.session, command.dispatch_id)
    work.permit_self(*found.candidates, *people_of_teams(work.session, found.candidates))
    dispatch, offer = _locked(work.session, found)
    asked = people_of_teams(work.session, [dispatch.team_id]) if dispatch.team_id else [dispatch.member_id]
    if command.by.member_id not in asked:
        raise UnknownDispatch()
    return dispatch, offer


# -- the clock


def move_dispatches(work: Work, event: HourStruck, now: datetime) -> None:
    """Ask the next where time ran out or the office opened; withdraw what has no place left to propose."""
    due = or_(
        Dispatch.state == DispatchState.WAITING,
        Dispatch.answer_by <= now,
        Offer.state != OfferState.OPEN,
    )
    is_open = Dispatch.state.in_(OPEN_DISPATCHES)
    found = work.session.execute(
        select(Dispatch.id, Dispatch.offer_id).join(Offer, Offer.id == Dispatch.offer_id).where(is_open & due)
    ).all()
    if not found:
        return
    offers = lock_offers(work.session, (row.offer_id for row in found))
    moves = _Moves(work, now)
    for dispatch in _lock(work.session, [row.id for row in found]):
        _move_on(work, moves, dispatch, offers[dispatch.offer_id])
    moves.tell()


def _move_on(work: Work, moves: "_Moves", dispatch: Dispatch, offer: OfferRow) -> None:
    if dispatch.state not in OPEN_DISPATCHES:
        return
    if offer.state != OfferState.OPEN:
        _withdraw(moves, dispatch, offer)
    elif dispatch.state == DispatchState.WAITING:
        _propose(work, moves, dispatch, offer)
    elif dispatch.answer_by and dispatch.answer_by <= moves.now:
        _pass_on(work, moves, dispatch, offer, Answer.TIMED_OUT)


# -- the steps


def _propose(work: Work, moves: "_Moves", dispatch: Dispatch, offer: OfferRow) -> None:
    """Ask the next candidate who can still take it; nobody left: the worker hears that."""
    available = _available(work.session, offer.id, dispatch.candidates[dispatch.position :])
    while dispatch.position < len(dispatch.candidates):
        if (candidate := dispatch.candidates[dispatch.position]) in available:
            break
        moves.passed_over(dispatch, candidate)
        dispatch.position += 1
    else:
        moves.step(dispatch, offer, DispatchAction.EXHAUST, "exhausted")
        return
    settings = Programmes(work.session, [offer.community_id]).of(offer.community_id)
    hours = {"opens_at": settings.office_opens_at, "closes_at": settings.office_closes_at}
    if may_ask_at(moves.now.astimezone(work.zone), is_urgent=dispatch.is_urgent, **hours):
        dispatch.member_id, dispatch.team_id = available[candidate]
        dispatch.answer_by = moves.now + answer_limit(
            is_urgent=dispatch.is_urgent,
            hours=settings.dispatch_hours,
            urgent_hours=settings.urgent_dispatch_hours,
        )
        moves.step(dispatch, offer, DispatchAction.PROPOSE, "proposed")


def _pass_on(
    work: Work,
    moves: "_Moves",
    dispatch: Dispatch,
    offer: OfferRow,
    answer: Answer,
    said: Sealed | None = None,
) -> None:
    """Note that the candidate who was asked will not come, and ask the next."""
    state = DISPATCH_LIFECYCLE.after(DispatchState(dispatch.state), DispatchAction.MOVE_ON)
    moves.answered(dispatch, offer, answer, said)
    dispatch.state = state.value
    dispatch.position += 1
    dispatch.answer_by = None
    _propose(work, moves, dispatch, offer)


def _withdraw(moves: "_Moves", dispatch: Dispatch, offer: OfferRow) -> None:
    was_asked = dispatch.state == DispatchState.PROPOSED
    moves.step(
        dispatch, offer, DispatchAction.WITHDRAW, "withdrawn", dispatch.member_id if was_asked else None
    )
    dispatch.answer_by = None


class _Moves:
    """Writes the steps of dispatches, and announces each."""

    def __init__(self, work: Work, now: datetime) -> None:
        self._work, self.now = work, now
        self._told: list[DispatchMove] = []

    def step(
        self,
        dispatch: Dispatch,
        offer: OfferRow,
        action: DispatchAction,
        how: str,
        member_id: UUID | None = None,
    ) -> None:
        """Move a dispatch on and say so, to whoever is asked if it is they whom it concerns."""
        dispatch.state = DISPATCH_LIFECYCLE.after(DispatchState(dispatch.state), action).value
        concerned = dispatch.member_id if action is DispatchAction.PROPOSE else member_id
        self._tell(dispatch, offer, how, concerned)

    def answered(
        self, dispatch: Dispatch, offer: OfferRow, answer: Answer, said: Sealed | None = None
    ) -> None:
        """Keep what became of asking the present candidate."""
        if dispatch.member_id is None:
            raise AssertionError("nobody was asked")
        self._keep(dispatch, dispatch.team_id or dispatch.member_id, answer, said)
        self._tell(dispatch, offer, answer.value, dispatch.member_id, said)

    def passed_over(self, dispatch: Dispatch, candidate_id: UUID) -> None:
        """Keep that a candidate could not be asked."""
        self._keep(dispatch, candidate_id, Answer.PASSED_OVER, None)

    def _keep(self, dispatch: Dispatch, candidate_id: UUID, answer: Answer, said: Sealed | None) -> None:
        kept = {"dispatch_id": dispatch.id, "candidate_id": candidate_id, "answer": answer.value}
        self._work.session.add(DispatchAnswer(**kept, at=self.now, said=said))

    def _tell(
        self,
        dispatch: Dispatch,
        offer: OfferRow,
        how: str,
        member_id: UUID | None,
        said: Sealed | None = None,
    ) -> None:
        move = DispatchMove(
            dispatch_id=dispatch.id,
            wish_id=offer.id,
            member_id=member_id,
            worker_id=dispatch.worker_id,
            title=offer.title,
            wish_code=offer.code,
            area_path=offer.area_path,
            how=how,
            is_urgent=dispatch.is_urgent,
            answer_by=dispatch.answer_by if how == "proposed" else None,
            sealed_reason=said,
            team_id=dispatch.team_id if member_id is not None else None,
        )
        self._told.append(move)

    def tell(self) -> None:
        """Announce the steps, in order."""
        for chunk in in_events(self._told):
            self._work.announce(DispatchesMoved(moves=chunk))


# -- what is locked


Asked = tuple[UUID, UUID | None]
"""The member who is asked, and the team they lead when it is their team that is asked."""


def _available(session: Session, offer_id: UUID, candidates: Sequence[UUID]) -> dict[UUID, Asked]:
    """Return the candidates that are active and keep no place on the wish, with whom to ask."""
    keeps = select(Claim.id).where(Claim.offer_id == offer_id, Claim.state.in_(KEEPS_ITS_PLACE))
    members = select(Member.id, Member.id, null()).where(
        Member.id.in_(candidates), Member.is_active, ~keeps.where(Claim.member_id == Member.id).exists()
    )
    teams = select(Team.id, Team.leader_id, Team.id).where(
        Team.id.in_(candidates), Team.is_active, ~keeps.where(Claim.claimant_id == Team.id).exists()
    )
    found = session.execute(members.union_all(teams))
    return {candidate: (member_id, team_id) for candidate, member_id, team_id in found}


def _found(session: Session, dispatch_id: UUID) -> Dispatch:
    found = session.get(Dispatch, dispatch_id)
    if found is None:
        raise UnknownDispatch()
    return found


def _locked(session: Session, found: Dispatch) -> tuple[Dispatch, OfferRow]:
    offer = lock_offers(session, [found.offer_id])[found.offer_id]
    (dispatch,) = _lock(session, [found.id])
    return dispatch, offer


def _lock(session: Session, ids: Sequence[UUID]) -> list[Dispatch]:
    """Lock these dispatches in the order of their ids and return them as they are now."""
    wanted = select(Dispatch).where(Dispatch.id.in_(ids)).order_by(Dispatch.id).with_for_update()
    return list(session.scalars(wanted.execution_options(populate_existing=True)))
