"""What becomes of a pool when its claim, its wish or its time ends; whoever comes here holds the offer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.chassis.work import Work
from services.claims.contracts import PoolMoved, Standing
from services.claims.domain import (
    COUNTS,
    POOL_LIFECYCLE,
    Places,
    PledgeState,
    PoolAction,
    PoolState,
)
from services.claims.models import Pledge, Pool
from services.claims.usecases.locking import OfferRow
from services.claims.usecases.writing import HOUSE


def fulfil_pool(session: Session, pool_id: UUID) -> None:
    """Note that the claim of a pool was confirmed."""
    _move(session.get_one(Pool, pool_id), PoolAction.FULFIL)


def close_pools_of_claims(
    work: Work,
    pools: Iterable[UUID],
    offers: Mapping[UUID, OfferRow],
    standing: Mapping[UUID, Places],
    now: datetime,
) -> None:
    """Close the pools whose claims ended without fulfilment: what was not handed over lapses."""
    for pool in work.session.scalars(select(Pool).where(Pool.id.in_(list(pools)))).all():
        how_it_stands = standing[pool.offer_id].standing()
        end_pool(work, pool, offers[pool.offer_id], PoolAction.CLOSE, how_it_stands, now)


def close_pools_of_offer(work: Work, offer: OfferRow, standing: Standing, now: datetime) -> None:
    """Close the pool that gathers for an offer which is withdrawn."""
    if offer.reserved == 0:
        return
    gathering = select(Pool).where(Pool.offer_id == offer.id, Pool.state == PoolState.GATHERING)
    for pool in work.session.scalars(gathering).all():
        end_pool(work, pool, offer, PoolAction.CLOSE, standing, now)


def end_pool(
    work: Work, pool: Pool, offer: OfferRow, action: PoolAction, standing: Standing, now: datetime
) -> None:
    """End a pool: promises lapse, what was handed over stays in the ledger until it is given back."""
    pledgers = pledgers_of(work.session, pool.id)
    _move(pool, action)
    promised = (Pledge.pool_id == pool.id) & (Pledge.state == PledgeState.PLEDGED)
    lapsed = update(Pledge).where(promised)
    lapsed = lapsed.values(state=PledgeState.LAPSED.value, moved_at=now, moved_by=HOUSE)
    work.session.execute(lapsed.execution_options(synchronize_session=False))
    work.announce(pool_moved(pool, offer, pool.state, pledgers, standing))
    pool.pledged = pool.received


def _move(pool: Pool, action: PoolAction) -> None:
    pool.state = POOL_LIFECYCLE.after(PoolState(pool.state), action).value


def pledgers_of(session: Session, pool_id: UUID) -> list[UUID]:
    """Return who has a pledge that counts in a pool, the first pledger first."""
    counting = select(Pledge.member_id).where(Pledge.pool_id == pool_id, Pledge.state.in_(COUNTS))
    return list(session.scalars(counting.order_by(Pledge.pledged_at, Pledge.id)))


def pool_moved(
    pool: Pool, offer: OfferRow, how: str, pledgers: Sequence[UUID], standing: Standing
) -> PoolMoved:
    """Return what others are told of a pool."""
    return PoolMoved(
        pool_id=pool.id,
        wish_id=offer.id,
        title=offer.title,
        wish_code=offer.code,
        area_path=offer.area_path,
        how=how,
        target=pool.target,
        pledged=pool.pledged,
        pledgers=list(pledgers),
        standing=standing,
    )
