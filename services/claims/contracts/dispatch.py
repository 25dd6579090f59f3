"""Dispatch (点单—派单—接单): a wish proposed to teams or members in turn, until one accepts."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.claims.contracts.claiming import Claimed

__all__ = [
    "AcceptDispatch",
    "AlreadyDispatched",
    "CandidateUnavailable",
    "DeclineDispatch",
    "DeclineReasonNeeded",
    "DispatchList",
    "DispatchMove",
    "DispatchView",
    "DispatchWish",
    "Dispatched",
    "DispatchesMoved",
    "ListDispatches",
    "MyDispatches",
    "UnknownDispatch",
    "UnusableCandidates",
    "WithdrawDispatch",
]


class Dispatched(View, frozen=True, kw_only=True):
    """A dispatch as it stands after a worker's word: whom it is proposed to, and until when they may answer.

    Nobody is asked yet while it waits for the office to open.
    """

    dispatch_id: UUID
    state: str
    member_id: UUID | None  # of a team, who leads it
    answer_by: datetime | None
    team_id: UUID | None = None


class DispatchWish(Command, frozen=True, kw_only=True):
    """A worker proposes an open wish to teams and members, one after the other, teams first (派单)."""

    right: ClassVar[Right] = Right.SCREEN
    is_personal: ClassVar[bool] = True  # people write names into their words
    answer: ClassVar[type[View]] = Dispatched

    wish_id: UUID
    member_ids: list[UUID] = []
    team_ids: list[UUID] = []
    note: str = ""


class WithdrawDispatch(Command, frozen=True, kw_only=True):
    """A worker takes a dispatch back that nobody has accepted yet."""

    right: ClassVar[Right] = Right.SCREEN

    dispatch_id: UUID


class AcceptDispatch(Command, frozen=True, kw_only=True):
    """Who is asked takes the wish, by the rules of every claim; for a team any of its members does (接单)."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Claimed

    dispatch_id: UUID


class DeclineDispatch(Command, frozen=True, kw_only=True):
    """Who is asked says no, and why, so that the next choice is a better one."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    dispatch_id: UUID
    reason: str


# -- reading


class DispatchView(View, frozen=True, kw_only=True):
    """A dispatch: what is proposed to whom, and how far down its list it has come."""

    is_personal: ClassVar[bool] = True

    id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    state: str
    is_urgent: bool
    member_id: UUID | None  # who is asked, or was last; of a team, who leads it
    asked: int  # candidates asked so far
    candidates: int
    answer_by: datetime | None
    created_at: datetime
    note: str = ""
    reason: str = ""  # why the last one declined, for the worker
    team_id: UUID | None = None  # the team that is asked, or was last


class DispatchList(View, frozen=True, kw_only=True):
    """A page of dispatches."""

    is_personal: ClassVar[bool] = True

    items: list[DispatchView]
    next: str | None = None


class MyDispatches(Page, frozen=True, kw_only=True):
    """What is proposed to the signed-in member or their teams now, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = DispatchList


class ListDispatches(Page, frozen=True, kw_only=True):
    """The dispatches of an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = DispatchList

    below: str
    state: str | None = None


# -- what is told


class DispatchMove(Contract, frozen=True, kw_only=True):
    """One step of a dispatch; `member_id` is whom it concerns: the candidate, or who leads the team."""

    dispatch_id: UUID
    wish_id: UUID
    member_id: UUID | None
    worker_id: UUID | None  # the account that dispatched; None for the console
    title: str
    wish_code: str
    area_path: str
    how: str  # proposed | accepted | declined | timed_out | exhausted | withdrawn
    is_urgent: bool
    answer_by: datetime | None = None
    sealed_reason: Sealed | None = None
    team_id: UUID | None = None  # when it concerns a team


class DispatchesMoved(Event, frozen=True, kw_only=True):
    """Members or teams were asked, answered or let time run out; at most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "dispatches_moved.v1"

    moves: list[DispatchMove]


# -- refusals


class UnknownDispatch(Refusal):
    """There is no such dispatch, or it is proposed to somebody else."""

    code = "claims.unknown_dispatch"
    kind = RefusalKind.UNKNOWN


class UnusableCandidates(Refusal):
    """A dispatch names one to `limit` members or teams, each once."""

    code = "claims.unusable_candidates"
    kind = RefusalKind.INVALID


class CandidateUnavailable(Refusal):
    """Somebody on the list is no active member or team, or has the wish already."""

    code = "claims.candidate_unavailable"


class AlreadyDispatched(Refusal):
    """Every free place of the wish is proposed to somebody already."""

    code = "claims.already_dispatched"


class DeclineReasonNeeded(Refusal):
    """Who declines a dispatch says why."""

    code = "claims.decline_reason_needed"
    kind = RefusalKind.INVALID
