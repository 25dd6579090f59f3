"""The rules of pooled pledges (众筹): many promise parts of one wish; no money is held, only written down."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle


class PoolState(StrEnum):
    """How the pledges towards one place of a wish stand."""

    GATHERING = "gathering"  # a place is kept; pledges fill it, or its last day lapses it
    REACHED = "reached"  # the target is pledged and the pool holds a claim; the claim moves it on
    FULFILLED = "fulfilled"  # its claim was confirmed; final
    LAPSED = "lapsed"  # its last day passed below the target, and the place went back; final
    CLOSED = "closed"  # every pledge was withdrawn, or its claim or the wish ended; final


class PoolAction(StrEnum):
    """What moves a pool."""

    REACH = "reach"
    FULFIL = "fulfil"
    LAPSE = "lapse"
    CLOSE = "close"


POOL_LIFECYCLE: Lifecycle[PoolState, PoolAction] = Lifecycle(
    {
        (PoolState.GATHERING, PoolAction.REACH): PoolState.REACHED,
        (PoolState.GATHERING, PoolAction.LAPSE): PoolState.LAPSED,
        (PoolState.GATHERING, PoolAction.CLOSE): PoolState.CLOSED,
        (PoolState.REACHED, PoolAction.FULFIL): PoolState.FULFILLED,
        (PoolState.REACHED, PoolAction.CLOSE): PoolState.CLOSED,
    },
    starts=PoolState.GATHERING,
)


class PledgeState(StrEnum):
    """How one promise stands."""

    PLEDGED = "pledged"  # promised; its pledger withdraws it, a worker receives it, or it lapses
    RECEIVED = "received"  # a worker saw it handed over; stays, unless the pool ends and it is given back
    WITHDRAWN = "withdrawn"  # taken back before the target was reached; final
    LAPSED = "lapsed"  # the pool ended before it was handed over; final
    GIVEN_BACK = "given_back"  # handed over, and handed back after the pool had ended; final


class PledgeAction(StrEnum):
    """What moves a pledge."""

    RECEIVE = "receive"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    GIVE_BACK = "give_back"


PLEDGE_LIFECYCLE: Lifecycle[PledgeState, PledgeAction] = Lifecycle(
    {
        (PledgeState.PLEDGED, PledgeAction.RECEIVE): PledgeState.RECEIVED,
        (PledgeState.PLEDGED, PledgeAction.WITHDRAW): PledgeState.WITHDRAWN,
        (PledgeState.PLEDGED, PledgeAction.LAPSE): PledgeState.LAPSED,
        (PledgeState.RECEIVED, PledgeAction.GIVE_BACK): PledgeState.GIVEN_BACK,
    },
    starts=PledgeState.PLEDGED,
)

COUNTS = (PledgeState.PLEDGED, PledgeState.RECEIVED)
"""States in which a pledge counts towards the target: `pledged` of a pool is their sum."""
