"""The waiting list (候补): get in line for a wish that is taken, and answer when a place comes back."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.claims.contracts.claiming import Claimed
from services.claims.contracts.events import Standing

__all__ = [
    "AcceptPlace",
    "AlreadyInLine",
    "DeclinePlace",
    "LeaveLine",
    "MyWaiting",
    "PlaceIsFree",
    "TooManyTurns",
    "TurnIsOver",
    "TurnMoved",
    "UnknownTurn",
    "WaitForPlace",
    "WaitingList",
    "WaitingMoved",
    "WaitingView",
]


class WaitForPlace(Command, frozen=True, kw_only=True):
    """The signed-in member gets in line for a wish that has no free place; the line is first come first."""

    right: ClassVar[Right] = Right.CLAIM

    wish_id: UUID


class LeaveLine(Command, frozen=True, kw_only=True):
    """A member who waits no longer wants to."""

    right: ClassVar[Right] = Right.SIGNED_IN

    waiting_id: UUID


class AcceptPlace(Command, frozen=True, kw_only=True):
    """The next in line takes the place that is kept for them: a claim like any other."""

    right: ClassVar[Right] = Right.CLAIM
    answer: ClassVar[type[View]] = Claimed

    waiting_id: UUID


class DeclinePlace(Command, frozen=True, kw_only=True):
    """The next in line lets the place go to the one after them."""

    right: ClassVar[Right] = Right.SIGNED_IN

    waiting_id: UUID


class WaitingView(View, frozen=True, kw_only=True):
    """One's own turn in a line; `ahead` counts those who come first."""

    id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    state: str
    since: datetime
    offered_until: datetime | None
    ahead: int


class WaitingList(View, frozen=True, kw_only=True):
    """A page of one's own turns."""

    items: list[WaitingView]
    next: str | None = None


class MyWaiting(Page, frozen=True, kw_only=True):
    """Where the signed-in member waits, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = WaitingList


class TurnMoved(Contract, frozen=True, kw_only=True):
    """One turn moved, and how the offer stands after it."""

    waiting_id: UUID
    wish_id: UUID
    member_id: UUID
    title: str
    wish_code: str
    area_path: str
    how: str  # offered | declined | timed_out | closed
    offered_until: datetime | None = None
    standing: Standing


class WaitingMoved(Event, frozen=True, kw_only=True):
    """Places were kept for the next in line, or came free because nobody there wanted them; at most 500."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "waiting_moved.v1"

    turns: list[TurnMoved]


# -- refusals


class PlaceIsFree(Refusal):
    """Nobody needs to wait: a place is free."""

    code = "claims.place_is_free"


class AlreadyInLine(Refusal):
    """The member waits for this wish already."""

    code = "claims.already_in_line"


class TooManyTurns(Refusal):
    """The member waits for as many wishes as the area allows."""

    code = "claims.too_many_turns"
    kind = RefusalKind.LIMITED


class UnknownTurn(Refusal):
    """There is no such turn, or it is somebody else's."""

    code = "claims.unknown_turn"
    kind = RefusalKind.UNKNOWN


class TurnIsOver(Refusal):
    """The hours for which the place was kept are over."""

    code = "claims.turn_is_over"
