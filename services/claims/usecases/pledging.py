"""Pooled pledges (众筹): promise a part, take it back, note what was handed over; no money is held here.

Everybody who moves a pool or a pledge holds the offer first, so that none is promised more than once.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from services.chassis.contracts import Done, Request, new_id
from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import (
    AlreadyPledged,
    ClaimantKind,
    DoerCannotConfirm,
    GiveBackPledge,
    NoLongerOffered,
    NoPlaceLeft,
    NotAMember,
    NotForPooling,
    PledgeTowardsWish,
    PoolStillRuns,
    ReceivePledge,
    TargetNotReached,
    TargetReached,
    UnknownOffer,
    UnknownPledge,
    UnusableAmount,
    WithdrawPledge,
)
from services.claims.domain import (
    OVER,
    PLEDGE_LIFECYCLE,
    POOL_LIFECYCLE,
    Places,
    PledgeAction,
    PledgeState,
    PoolAction,
    PoolState,
    is_doer,
)
from services.claims.models import Pledge, Pool
from services.claims.usecases.behalf import Behalf
from services.claims.usecases.locking import DEFAULTS, OfferRow, lock_members, lock_offers, places_of
from services.claims.usecases.pooling import end_pool, pledgers_of, pool_moved
from services.claims.usecases.taking import take_places
from services.claims.usecases.waiting import active_caller
from services.claims.usecases.waiting_line import announce_turns, pass_on
from services.claims.usecases.writing import asker, change_places
from services.scheduler.contracts import LapsesDue
from services.wishes.contracts import WishKind


def pledge_towards_wish(work: Work, command: PledgeTowardsWish, now: datetime) -> Done:
    """Promise an amount; the first promise opens the pool and keeps a place, the last one takes it.

    Raises `UnknownOffer`, `NoLongerOffered`, `NotForPooling`, `NoPlaceLeft`, `AlreadyPledged` and
    `UnusableAmount`, which says how much is missing.
    """
    member_id = active_caller(command.by)
    work.permit_self(member_id)
    offer = _offer_to_pledge_for(work, command.wish_id)
    _check_active(work, member_id)
    pool, places = _pool_of(work, offer, now)
    _check_amount(pool, command.amount)
    if member_id in pledgers_of(work.session, pool.id):
        raise AlreadyPledged()
    pledge = _promise(pool, member_id, command, now)
    work.session.add(pledge)
    pool.pledged += pledge.amount
    work.session.flush()
    _settle(work, pool, offer, places, now)
    return Done(id=pledge.id)


def withdraw_pledge(work: Work, command: WithdrawPledge, now: datetime) -> Done:
    """Take one's own promise back; raise `TargetReached` once the others count on it."""
    if not command.by.is_signed_in:
        raise SignInNeeded()
    offer, pool, pledge = _held(work, command.pledge_id)
    if pledge.member_id != command.by.member_id:
        raise UnknownPledge()
    work.permit_self(pledge.member_id)
    if pool.state in (PoolState.REACHED, PoolState.FULFILLED):
        raise TargetReached()
    _move(pledge, PledgeAction.WITHDRAW, now, asker(command))
    pool.pledged -= pledge.amount
    work.session.flush()
    if pool.pledged == 0:
        _end(work, pool, offer, PoolAction.CLOSE, now)
    return Done(id=pledge.id)


def receive_pledge(work: Work, command: ReceivePledge, now: datetime) -> Done:
    """Note that what was promised was handed over; raise `TargetNotReached` as long as too little is."""
    _, pool, pledge = _in_my_area(work, command, command.pledge_id)
    if pool.state not in (PoolState.REACHED, PoolState.FULFILLED):
        raise TargetNotReached()
    _move(pledge, PledgeAction.RECEIVE, now, asker(command))
    pool.received += pledge.amount
    return Done(id=pledge.id)


def give_back_pledge(work: Work, command: GiveBackPledge, now: datetime) -> Done:
    """Note that what had been handed over was handed back; raise `PoolStillRuns` as long as it is needed."""
    _, pool, pledge = _in_my_area(work, command, command.pledge_id)
    if pool.state not in (PoolState.CLOSED, PoolState.LAPSED):
        raise PoolStillRuns()
    _move(pledge, PledgeAction.GIVE_BACK, now, asker(command))
    pool.received -= pledge.amount
    pool.pledged -= pledge.amount
    return Done(id=pledge.id)


def lapse_pools(work: Work, event: LapsesDue, now: datetime) -> None:
    """End every pool whose last day passed below its target; its place goes to whoever waits, or back."""
    is_late = (Pool.state == PoolState.GATHERING) & (Pool.closes_on < event.on)
    offers = lock_offers(work.session, work.session.scalars(select(Pool.offer_id).where(is_late)))
    late = select(Pool).where(is_late, Pool.offer_id.in_(offers)).order_by(Pool.id)
    for pool in work.session.scalars(late).all() if offers else ():
        _end(work, pool, offers[pool.offer_id], PoolAction.LAPSE, now)


# -- the rules


def _offer_to_pledge_for(work: Work, wish_id: UUID) -> OfferRow:
    offer = lock_offers(work.session, [wish_id]).get(wish_id)
    if offer is None:
        raise UnknownOffer()
    if places_of(offer).state in OVER:
        raise NoLongerOffered()
    if offer.kind != WishKind.GOODS or offer.value <= 0:
        raise NotForPooling()
    return offer


def _check_active(work: Work, member_id: UUID) -> None:
    member = lock_members(work.session, [member_id]).get(member_id)
    if member is None or not member.is_active:
        raise NotAMember()


def _pool_of(work: Work, offer: OfferRow, now: datetime) -> tuple[Pool, Places]:
    """Return the pool that gathers for an offer, or a new one that keeps a place, and the places then."""
    gathering = select(Pool).where(Pool.offer_id == offer.id, Pool.state == PoolState.GATHERING)
    pool, places = work.session.scalars(gathering).first(), places_of(offer)
    if pool is not None:
        return pool, places
    if places.is_full:
        raise NoPlaceLeft()
    days = DEFAULTS.pledge_days if offer.pledge_days is None else offer.pledge_days
    pool = Pool(
        id=new_id(),
        offer_id=offer.id,
        area_path=offer.area_path,
        target=offer.value,
        pledged=0,
        received=0,
        state=PoolState.GATHERING.value,
        opened_at=now,
        closes_on=work.day_of(now) + timedelta(days=days),
    )
    work.session.add(pool)
    return pool, places.reserve()


def _check_amount(pool: Pool, amount: int) -> None:
    missing = pool.target - pool.pledged
    if not 1 <= amount <= missing:
        raise UnusableAmount(missing=missing)


def _promise(pool: Pool, member_id: UUID, command: PledgeTowardsWish, now: datetime) -> Pledge:
    return Pledge(
        id=new_id(),
        pool_id=pool.id,
        member_id=member_id,
        account_id=command.by.account_id,
        area_path=pool.area_path,
        amount=command.amount,
        state=PledgeState.PLEDGED.value,
        pledged_at=now,
        moved_at=now,
        moved_by=asker(command),
    )


def _held(work: Work, pledge_id: UUID) -> tuple[OfferRow, Pool, Pledge]:
    """Lock the offer of a pledge; return it with the pool and the pledge as they stand under the lock."""
    of_pledge = select(Pool.offer_id).join(Pledge, Pledge.pool_id == Pool.id)
    offer_id = work.session.scalar(of_pledge.where(Pledge.id == pledge_id))
    if offer_id is None:
        raise UnknownPledge()
    offer = lock_offers(work.session, [offer_id])[offer_id]
    pledge = work.session.get_one(Pledge, pledge_id)
    return offer, work.session.get_one(Pool, pledge.pool_id), pledge


def _in_my_area(work: Work, request: Request, pledge_id: UUID) -> tuple[OfferRow, Pool, Pledge]:
    """Return a pledge of an area in which the caller may confirm; never one of their own."""
    path = work.session.scalar(select(Pledge.area_path).where(Pledge.id == pledge_id))
    if path is None:
        work.permitted_scopes()
        raise UnknownPledge()
    work.permit(path)
    held = _held(work, pledge_id)
    pledge = held[2]
    if is_doer((pledge.member_id, pledge.account_id), (request.by.member_id, request.by.account_id)):
        raise DoerCannotConfirm()
    return held


# -- what is written


def _settle(work: Work, pool: Pool, offer: OfferRow, places: Places, now: datetime) -> None:
    """Take the place when the target is reached; otherwise write that a new pool keeps one."""
    if pool.pledged == pool.target:
        _reach(work, pool, offer, places.redeem(), now)
    elif places.version != offer.version:
        change_places(work.session, {offer.id: offer}, {offer.id: places})
        pledgers = pledgers_of(work.session, pool.id)
        work.announce(pool_moved(pool, offer, "opened", pledgers, places.standing()))


def _reach(work: Work, pool: Pool, offer: OfferRow, places: Places, now: datetime) -> None:
    pool.state = POOL_LIFECYCLE.after(PoolState(pool.state), PoolAction.REACH).value
    pledgers = pledgers_of(work.session, pool.id)
    behalf = Behalf(ClaimantKind.POOL, pool.id, pledgers[0])
    take_places(work, behalf, [offer], {offer.id: places}, now)
    work.announce(pool_moved(pool, offer, pool.state, pledgers, places.standing()))


def _end(work: Work, pool: Pool, offer: OfferRow, action: PoolAction, now: datetime) -> None:
    """End a pool that gathers; its place goes to the next in line, or back to the board."""
    places = places_of(offer).release()
    end_pool(work, pool, offer, action, places.standing(), now)
    standing = {offer.id: places}
    turns = pass_on(work, {offer.id: offer}, standing, now)
    change_places(work.session, {offer.id: offer}, standing)
    announce_turns(work, turns)


def _move(pledge: Pledge, action: PledgeAction, now: datetime, by: str) -> None:
    pledge.state = PLEDGE_LIFECYCLE.after(PledgeState(pledge.state), action).value
    pledge.moved_at, pledge.moved_by = now, by
