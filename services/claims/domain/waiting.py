"""The rules of the waiting list (候补): a place that comes back is offered to the next in line."""

from datetime import datetime, timedelta
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle


class WaitingState(StrEnum):
    """How one member's turn in the line for one wish stands."""

    WAITING = "waiting"  # in line; a place comes back for them, or they leave, or the wish ends
    OFFERED = "offered"  # a place is kept for them for some hours; they answer, or the clock passes it on
    ACCEPTED = "accepted"  # they took it: a claim like any other; final
    DECLINED = "declined"  # they said no, and the next is asked; final
    TIMED_OUT = "timed_out"  # they did not answer in time, and the next is asked; final
    LEFT = "left"  # they no longer wait; final
    CLOSED = "closed"  # the wish came true or was withdrawn; final


class WaitingAction(StrEnum):
    """What moves a turn."""

    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    TIME_OUT = "time_out"
    LEAVE = "leave"
    CLOSE = "close"


WAITING_LIFECYCLE: Lifecycle[WaitingState, WaitingAction] = Lifecycle(
    {
        (WaitingState.WAITING, WaitingAction.OFFER): WaitingState.OFFERED,
        (WaitingState.WAITING, WaitingAction.LEAVE): WaitingState.LEFT,
        (WaitingState.WAITING, WaitingAction.CLOSE): WaitingState.CLOSED,
        (WaitingState.OFFERED, WaitingAction.ACCEPT): WaitingState.ACCEPTED,
        (WaitingState.OFFERED, WaitingAction.DECLINE): WaitingState.DECLINED,
        (WaitingState.OFFERED, WaitingAction.TIME_OUT): WaitingState.TIMED_OUT,
        (WaitingState.OFFERED, WaitingAction.CLOSE): WaitingState.CLOSED,
    },
    starts=WaitingState.WAITING,
)

IN_LINE = (WaitingState.WAITING, WaitingState.OFFERED)
"""States in which a member has a turn; one for each wish."""


def offered_until(now: datetime, hours: int) -> datetime:
    """Return until when a place is kept for the next in line."""
    return now + timedelta(hours=hours)
