"""The life of a dispatch: one member after the other is asked, at hours at which they may be."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    WAITING = "waiting"  # for the office to open; the next hour in which it is proposes it
    PROPOSED = "proposed"  # the member accepts or declines; does nothing: time runs out, the next is asked
    ACCEPTED = "accepted"  # a claim was made of it; final
    EXHAUSTED = "exhausted"  # nobody on the list took it, the worker is told; final
    WITHDRAWN = "withdrawn"  # the worker took it back, or no place is left; final


class DispatchAction(StrEnum):
    """What moves a dispatch."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    MOVE_ON = "move_on"  # the member declined or let time run out, somebody else is left to ask
    EXHAUST = "exhaust"  # nobody is left
    WITHDRAW = "withdraw"


DISPATCH_LIFECYCLE: Lifecycle[DispatchState, DispatchAction] = Lifecycle(
    {
        (DispatchState.WAITING, DispatchAction.PROPOSE): DispatchState.PROPOSED,
        (DispatchState.PROPOSED, DispatchAction.ACCEPT): DispatchState.ACCEPTED,
        (DispatchState.PROPOSED, DispatchAction.MOVE_ON): DispatchState.WAITING,
        (DispatchState.WAITING, DispatchAction.EXHAUST): DispatchState.EXHAUSTED,
        (DispatchState.WAITING, DispatchAction.WITHDRAW): DispatchState.WITHDRAWN,
        (DispatchState.PROPOSED, DispatchAction.WITHDRAW): DispatchState.WITHDRAWN,
    },
    starts=DispatchState.WAITING,
)

OPEN_DISPATCHES = (DispatchState.WAITING, DispatchState.PROPOSED)
"""A place is meant for somebody on the list; a wish has no more of them than free places."""

LONGEST_LIST = 20


class Answer(StrEnum):
    """What became of asking one candidate."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    PASSED_OVER = (
        "passed_over"  # had the wish already, or was no active member any more, when their turn came
    )


def may_ask_at(local: datetime, *, is_urgent: bool, opens_at: str, closes_at: str) -> bool:
    """Say whether a member may be asked now: in office hours, or at any hour when it is urgent (004)."""
    opens, closes = time.fromisoformat(opens_at), time.fromisoformat(closes_at)
    at = local.time()
    if is_urgent or opens == closes:
        return True
    return opens <= at < closes if opens < closes else at >= opens or at < closes


def answer_limit(*, is_urgent: bool, hours: int, urgent_hours: int) -> timedelta:
    """Return how long a member may think about it."""
    return timedelta(hours=min(hours, urgent_hours) if is_urgent else hours)
