"""The waiting list (候补): get in line, leave it, take the place that is kept, or let it go to the next."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update

from services.chassis.contracts import Done, new_id
from services.chassis.refusals import Refusal, SignInNeeded
from services.chassis.rights import Actor, Right
from services.chassis.work import Work
from services.claims.contracts import (
    AcceptPlace,
    AlreadyInLine,
    AlreadyYours,
    ClaimantKind,
    Claimed,
    DeclinePlace,
    LeaveLine,
    NoLongerOffered,
    NotAMember,
    PlaceIsFree,
    TooManyOpenClaims,
    TooManyTurns,
    TurnIsOver,
    UnknownOffer,
    UnknownTurn,
    WaitForPlace,
)
from services.claims.domain import (
    IN_LINE,
    KEEPS_ITS_PLACE,
    OVER,
    WAITING_LIFECYCLE,
    WaitingAction,
    WaitingState,
)
from services.claims.models import Claim, Offer, Waiting
from services.claims.usecases.behalf import Behalf
from services.claims.usecases.locking import (
    DEFAULTS,
    MemberRow,
    OfferRow,
    lock_members,
    lock_offers,
    places_of,
)
from services.claims.usecases.taking import take_places
from services.claims.usecases.waiting_line import announce_turns, pass_on, turn_moved
from services.claims.usecases.writing import change_places
from services.scheduler.contracts import HourStruck


def wait_for_place(work: Work, command: WaitForPlace, now: datetime) -> Done:
    """Put the caller at the end of the line for a wish that has no free place.

    Raises `UnknownOffer`, `NoLongerOffered`, `PlaceIsFree`, `AlreadyYours`, `AlreadyInLine`, `TooManyTurns`.
    """
    caller = active_caller(command.by)
    work.permit_self(caller)
    offer = _offer_to_wait_for(work, command.wish_id)
    _lock_active(work, caller)
    _check_turn(work, offer, caller)
    turn = Waiting(
        id=new_id(),
        offer_id=offer.id,
        member_id=caller,
        account_id=command.by.account_id,
        state=WaitingState.WAITING.value,
        since=now,
        offered_until=None,
        ended_at=None,
    )
    work.session.add(turn)
    work.session.execute(_one_more(offer.id, 1))
    return Done(id=turn.id)


def leave_line(work: Work, command: LeaveLine, now: datetime) -> Done:
    """Let the caller no longer wait; a place that is kept for them is declined instead."""
    offer, turn = _own_turn(work, command.waiting_id, command.by)
    _end(turn, WaitingAction.LEAVE, now)
    work.session.execute(_one_more(offer.id, -1))
    return Done(id=turn.id)


def accept_place(work: Work, command: AcceptPlace, now: datetime) -> Claimed | Refusal:
    """Turn the place that is kept for the caller into their claim.

    After its hours `TurnIsOver` is returned, not raised: the place goes to the next at once, as when an hour
    strikes, so that the caller can get in line again.
    """
    offer, turn = _own_turn(work, command.waiting_id, command.by)
    is_offered = turn.state == WaitingState.OFFERED
    if is_offered and turn.offered_until is not None and now > turn.offered_until:
        _let_go(work, offer, [turn], WaitingAction.TIME_OUT, now)
        return TurnIsOver()
    _end(turn, WaitingAction.ACCEPT, now)
    member = _lock_active(work, turn.member_id)
    limit = DEFAULTS.open_claims if offer.limit is None else offer.limit
    if _keeps_a_place(work, offer.id, member.id):
        raise AlreadyYours()
    if member.open_claims >= limit:
        raise TooManyOpenClaims(limit=limit)
    behalf = Behalf(ClaimantKind.MEMBER, member.id, member.id, command.by.account_id)
    return take_places(work, behalf, [offer], {offer.id: places_of(offer).redeem()}, now)[0]


def decline_place(work: Work, command: DeclinePlace, now: datetime) -> Done:
    """Let the place that is kept for the caller go to the next in line, or back to the board."""
    offer, turn = _own_turn(work, command.waiting_id, command.by)
    _let_go(work, offer, [turn], WaitingAction.DECLINE, now)
    return Done(id=turn.id)


_UNANSWERED = text("""
    SELECT DISTINCT offer_id FROM claims.waiting WHERE state = 'offered' AND offered_until < :now
""")


def pass_on_unanswered(work: Work, event: HourStruck, now: datetime) -> None:
    """Let every place that was kept in vain until now go to the next in line, or back to the board."""
    offers = lock_offers(work.session, work.session.execute(_UNANSWERED, {"now": now}).scalars())
    is_unanswered = (Waiting.state == WaitingState.OFFERED) & (Waiting.offered_until < now)
    for offer in offers.values():
        late = work.session.scalars(_fresh().where(Waiting.offer_id == offer.id, is_unanswered)).all()
        if late:
            _let_go(work, offer, list(late), WaitingAction.TIME_OUT, now)


def _let_go(work: Work, offer: OfferRow, turns: list[Waiting], action: WaitingAction, now: datetime) -> None:
    """End offered turns without a claim, and keep their places for the next in line."""
    moved, places = [], places_of(offer)
    for turn in turns:
        state = _end(turn, action, now)
        places = places.release()
        moved.append(turn_moved(offer, turn.id, turn.member_id, state, places))
    work.session.flush()
    standing = {offer.id: places}
    moved += pass_on(work, {offer.id: offer}, standing, now)
    change_places(work.session, {offer.id: offer}, standing)
    announce_turns(work, moved)


# -- the rules


def active_caller(by: Actor) -> UUID:
    """Return the member who asks; raise `SignInNeeded` or `NotAMember` when it is none with the right."""
    if not by.is_signed_in:
        raise SignInNeeded()
    if by.member_id is None or not by.scopes_of(Right.CLAIM):
        raise NotAMember()
    return by.member_id


def _lock_active(work: Work, member_id: UUID) -> MemberRow:
    member = lock_members(work.session, [member_id]).get(member_id)
    if member is None or not member.is_active:
        raise NotAMember()
    return member


def _offer_to_wait_for(work: Work, wish_id: UUID) -> OfferRow:
    offer = lock_offers(work.session, [wish_id]).get(wish_id)
    if offer is None:
        raise UnknownOffer()
    places = places_of(offer)
    if places.state in OVER:
        raise NoLongerOffered()
    if not places.is_full:
        raise PlaceIsFree()
    return offer


def _check_turn(work: Work, offer: OfferRow, member_id: UUID) -> None:
    if _keeps_a_place(work, offer.id, member_id):
        raise AlreadyYours()
    in_line = select(Waiting.offer_id).where(Waiting.member_id == member_id, Waiting.state.in_(IN_LINE))
    turns = work.session.scalars(in_line).all()
    if offer.id in turns:
        raise AlreadyInLine()
    limit = DEFAULTS.waiting_places if offer.waiting_places is None else offer.waiting_places
    if len(turns) >= limit:
        raise TooManyTurns(limit=limit)


def _keeps_a_place(work: Work, offer_id: UUID, member_id: UUID) -> bool:
    own = select(func.count()).where(Claim.offer_id == offer_id, Claim.claimant_id == member_id)
    return bool(work.session.scalar(own.where(Claim.state.in_(KEEPS_ITS_PLACE))))


def _own_turn(work: Work, waiting_id: UUID, by: Actor) -> tuple[OfferRow, Waiting]:
    """Lock the offer of the caller's own turn and return both; raise `UnknownTurn` for those of others."""
    if not by.is_signed_in:
        raise SignInNeeded()
    found = work.session.execute(
        select(Waiting.offer_id, Waiting.member_id).where(Waiting.id == waiting_id)
    ).first()
    if found is None or found.member_id != by.member_id:
        raise UnknownTurn()
    work.permit_self(found.member_id)
    offer = lock_offers(work.session, [found.offer_id])[found.offer_id]
    return offer, work.session.scalars(_fresh().where(Waiting.id == waiting_id)).one()


def _fresh() -> Select[Any]:
    """Return the turns as the database has them now, whatever this session read before."""
    return select(Waiting).execution_options(populate_existing=True)


def _end(turn: Waiting, action: WaitingAction, now: datetime) -> WaitingState:
    state = WAITING_LIFECYCLE.after(WaitingState(turn.state), action)
    turn.state, turn.ended_at = state.value, now
    return state


def _one_more(offer_id: UUID, turns: int) -> Any:
    counted = update(Offer).where(Offer.id == offer_id).values(waiting=Offer.waiting + turns)
    return counted.execution_options(synchronize_session=False)
