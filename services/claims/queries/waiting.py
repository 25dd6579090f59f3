"""What claims shows of those who wait and of pledges: one's own turns and promises, a pool, the ledger."""

from typing import Any

from sqlalchemy import Row, Select, func, select, true
from sqlalchemy.orm import aliased

from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import (
    GetPool,
    ListPledges,
    MyPledges,
    MyWaiting,
    PledgeList,
    PledgeView,
    PoolView,
    UnknownPledge,
    WaitingList,
    WaitingView,
)
from services.claims.domain import WaitingState
from services.claims.models import Offer, Pledge, Pool, Waiting
from services.claims.queries.paging import lies_below, page_of


def my_waiting(work: Work, query: MyWaiting) -> WaitingList:
    """Return a page of the caller's turns, newest first, with how many are ahead."""
    if not query.by.is_signed_in:
        raise SignInNeeded()
    work.permit_self(query.by.member_id)
    other = aliased(Waiting)
    is_ahead = (other.since < Waiting.since) | ((other.since == Waiting.since) & (other.id < Waiting.id))
    ahead = select(func.count()).where(other.offer_id == Waiting.offer_id, is_ahead)
    ahead = ahead.where(other.state == WaitingState.WAITING, Waiting.state == WaitingState.WAITING)
    columns: list[Any] = [*Waiting.__mapper__.columns, Offer.code, Offer.title]
    wanted: Select[Any] = select(*columns, ahead.scalar_subquery().label("ahead"))
    wanted = wanted.join(Offer, Offer.id == Waiting.offer_id).where(Waiting.member_id == query.by.member_id)
    items, following = page_of(work, query, wanted, Waiting.id, _waiting_view)
    return WaitingList(items=items, next=following)


def _waiting_view(row: Row[Any]) -> WaitingView:
    return WaitingView(
        id=row.id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        state=row.state,
        since=row.since,
        offered_until=row.offered_until,
        ahead=row.ahead,
    )


def get_pool(work: Work, query: GetPool) -> PoolView:
    """Return how far the newest pool of a wish has come; raise `UnknownPledge` when nobody pledged."""
    of_wish = select(Pool).where(Pool.offer_id == query.wish_id)
    pool = work.session.scalars(of_wish.order_by(Pool.id.desc()).limit(1)).first()
    if pool is None:
        raise UnknownPledge()
    return PoolView(
        id=pool.id,
        wish_id=pool.offer_id,
        target=pool.target,
        pledged=pool.pledged,
        received=pool.received,
        state=pool.state,
        closes_on=pool.closes_on,
    )


def my_pledges(work: Work, query: MyPledges) -> PledgeList:
    """Return a page of the caller's pledges, newest first."""
    work.permit_self(query.by.member_id)
    return _pledges(work, query, _ledger().where(Pledge.member_id == query.by.member_id))


def list_pledges(work: Work, query: ListPledges) -> PledgeList:
    """Return a page of the ledger of an area, or of one wish of it, newest first."""
    work.permit(query.below)
    of_wish = true() if query.wish_id is None else Pool.offer_id == query.wish_id
    return _pledges(work, query, _ledger().where(lies_below(Pledge.area_path, query.below), of_wish))


def _ledger() -> Select[Any]:
    columns: list[Any] = [*Pledge.__mapper__.columns, Pool.offer_id, Offer.title]
    pledges = select(*columns).join(Pool, Pool.id == Pledge.pool_id)
    return pledges.join(Offer, Offer.id == Pool.offer_id)


def _pledges(work: Work, query: MyPledges | ListPledges, wanted: Select[Any]) -> PledgeList:
    items, following = page_of(work, query, wanted, Pledge.id, _pledge_view)
    return PledgeList(items=items, next=following)


def _pledge_view(row: Row[Any]) -> PledgeView:
    return PledgeView(
        id=row.id,
        pool_id=row.pool_id,
        wish_id=row.offer_id,
        title=row.title,
        member_id=row.member_id,
        amount=row.amount,
        state=row.state,
        pledged_at=row.pledged_at,
        moved_at=row.moved_at,
    )
