"""Pooled pledges (众筹): members promise parts of one wish; pledged is not received, and no money is held."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Event, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.claims.contracts.events import Standing

__all__ = [
    "AlreadyPledged",
    "GetPool",
    "GiveBackPledge",
    "ListPledges",
    "MyPledges",
    "NotForPooling",
    "PledgeList",
    "PledgeTowardsWish",
    "PledgeView",
    "PoolMoved",
    "PoolStillRuns",
    "PoolView",
    "ReceivePledge",
    "TargetNotReached",
    "TargetReached",
    "UnknownPledge",
    "UnusableAmount",
    "WithdrawPledge",
]


class PledgeTowardsWish(Command, frozen=True, kw_only=True):
    """The signed-in member promises `amount` yuan towards a wish of goods; the first opens the pool.

    When the target is reached the pool holds a claim, and who pledged first sees it through for all.
    """

    right: ClassVar[Right] = Right.CLAIM

    wish_id: UUID
    amount: int


class WithdrawPledge(Command, frozen=True, kw_only=True):
    """A member takes their promise back, as long as the target is not reached."""

    right: ClassVar[Right] = Right.SIGNED_IN

    pledge_id: UUID


class ReceivePledge(Command, frozen=True, kw_only=True):
    """A worker notes that what was promised was handed over, after the target was reached."""

    right: ClassVar[Right] = Right.CONFIRM

    pledge_id: UUID


class GiveBackPledge(Command, frozen=True, kw_only=True):
    """A worker notes that what had been handed over was handed back, after the pool had ended."""

    right: ClassVar[Right] = Right.CONFIRM

    pledge_id: UUID


class PoolView(View, frozen=True, kw_only=True):
    """How far the pledges towards a wish have come; amounts in yuan, nobody named."""

    id: UUID
    wish_id: UUID
    target: int
    pledged: int
    received: int
    state: str
    closes_on: date


class GetPool(Query, frozen=True, kw_only=True):
    """The newest pool of a wish."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = PoolView

    wish_id: UUID


class PledgeView(View, frozen=True, kw_only=True):
    """One promise, as its pledger or the community sees it."""

    id: UUID
    pool_id: UUID
    wish_id: UUID
    title: str
    member_id: UUID
    amount: int
    state: str
    pledged_at: datetime
    moved_at: datetime


class PledgeList(View, frozen=True, kw_only=True):
    """A page of pledges."""

    items: list[PledgeView]
    next: str | None = None


class MyPledges(Page, frozen=True, kw_only=True):
    """The signed-in member's pledges, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = PledgeList


class ListPledges(Page, frozen=True, kw_only=True):
    """The ledger of pledges on wishes of an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = PledgeList

    below: str
    wish_id: UUID | None = None


class PoolMoved(Event, frozen=True, kw_only=True):
    """Pledges towards a wish began, reached their target or ended; with how the offer stands after it."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "pool_moved.v1"

    pool_id: UUID
    wish_id: UUID
    title: str
    wish_code: str
    area_path: str
    how: str  # opened | reached | lapsed | closed
    target: int
    pledged: int
    pledgers: list[UUID]
    standing: Standing


# -- refusals


class NotForPooling(Refusal):
    """Only goods with a value can be pledged for."""

    code = "claims.not_for_pooling"


class UnusableAmount(Refusal):
    """A pledge is at least one yuan and at most what is missing."""

    code = "claims.unusable_amount"
    kind = RefusalKind.INVALID


class AlreadyPledged(Refusal):
    """The member pledged towards this wish already."""

    code = "claims.already_pledged"


class UnknownPledge(Refusal):
    """There is no such pledge or pool, or it is somebody else's."""

    code = "claims.unknown_pledge"
    kind = RefusalKind.UNKNOWN


class TargetReached(Refusal):
    """The target is reached: what was promised is counted on."""

    code = "claims.target_reached"


class TargetNotReached(Refusal):
    """Nothing is handed over before the target is reached."""

    code = "claims.target_not_reached"


class PoolStillRuns(Refusal):
    """Nothing is given back as long as the pool stands."""

    code = "claims.pool_still_runs"
