"""After a confirmation: five words of satisfaction, call-backs (回访) and rectification (整改)."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.claims.contracts.kinds import ClaimantKind

__all__ = [
    "CallBackList",
    "CallBackView",
    "ListCallBacks",
    "ListRectifications",
    "ListSatisfactionLevels",
    "MyRectifications",
    "RecordCallBack",
    "RectificationList",
    "RectificationMove",
    "RectificationView",
    "RectificationsMoved",
    "ReportRectified",
    "SatisfactionLevel",
    "SatisfactionScale",
    "SettleRectification",
    "UnknownCallBack",
    "UnknownOutcome",
    "UnknownRectification",
    "WantingReasonNeeded",
]


class SatisfactionLevel(Contract, frozen=True, kw_only=True):
    """One of the five levels, in both languages."""

    level: int
    zh: str
    en: str


class SatisfactionScale(View, frozen=True, kw_only=True):
    """The five levels, the best first."""

    levels: list[SatisfactionLevel]


class ListSatisfactionLevels(Query, frozen=True, kw_only=True):
    """The words to choose from when one says how satisfied one is."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = SatisfactionScale


# -- call-backs


class CallBackView(View, frozen=True, kw_only=True):
    """A confirmed claim that was drawn for a call-back, and what the resident said."""

    is_personal: ClassVar[bool] = True

    claim_id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID | None
    state: str
    drawn_at: datetime
    called_at: datetime | None
    satisfaction: int | None
    note: str = ""


class CallBackList(View, frozen=True, kw_only=True):
    """A page of call-backs."""

    is_personal: ClassVar[bool] = True

    items: list[CallBackView]
    next: str | None = None


class ListCallBacks(Page, frozen=True, kw_only=True):
    """The call-backs of an area, newest first."""

    right: ClassVar[Right] = Right.CONFIRM
    answer: ClassVar[type[View]] = CallBackList

    below: str
    state: str | None = None


class RecordCallBack(Command, frozen=True, kw_only=True):
    """A worker called the resident back and says what came of it; never the doer."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True  # people write names into their words

    claim_id: UUID
    outcome: str  # satisfied | wanting | unreached
    satisfaction: int | None = None
    note: str = ""


# -- rectification


class RectificationView(View, frozen=True, kw_only=True):
    """What is to be put right, by when, and how far it is."""

    is_personal: ClassVar[bool] = True

    id: UUID
    claim_id: UUID
    wish_id: UUID
    wish_code: str
    title: str
    member_id: UUID | None
    state: str
    opened_at: datetime
    due_on: date
    closed_at: datetime | None
    reason: str = ""
    note: str = ""  # what the doer wrote about putting it right


class RectificationList(View, frozen=True, kw_only=True):
    """A page of rectifications."""

    is_personal: ClassVar[bool] = True

    items: list[RectificationView]
    next: str | None = None


class ListRectifications(Page, frozen=True, kw_only=True):
    """The rectifications of an area, newest first."""

    right: ClassVar[Right] = Right.CONFIRM
    answer: ClassVar[type[View]] = RectificationList

    below: str
    state: str | None = None


class MyRectifications(Page, frozen=True, kw_only=True):
    """What the signed-in member, their teams or the unit of an officer are to put right, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = RectificationList


class ReportRectified(Command, frozen=True, kw_only=True):
    """The doer says that it is put right; a worker asks the resident."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    rectification_id: UUID
    note: str = ""


class SettleRectification(Command, frozen=True, kw_only=True):
    """A worker who asked the resident says whether it is put right; never the doer. A no takes a reason."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True  # people write names into their words

    rectification_id: UUID
    is_put_right: bool
    reason: str = ""


# -- what is told


class RectificationMove(Contract, frozen=True, kw_only=True):
    """One step of a rectification."""

    rectification_id: UUID
    claim_id: UUID
    wish_id: UUID
    member_id: UUID | None
    claimant_kind: ClaimantKind = ClaimantKind.MEMBER
    claimant_id: UUID | None = None  # the team, unit or pool; None for a member
    title: str
    wish_code: str
    area_path: str
    how: str  # opened | remedied | reopened | overdue | done
    due_on: date
    sealed_reason: Sealed | None = None


class RectificationsMoved(Event, frozen=True, kw_only=True):
    """Something is to be put right, is, or should have been by now; at most 500 in one event."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "rectifications_moved.v1"

    moves: list[RectificationMove]


# -- refusals


class UnknownCallBack(Refusal):
    """The claim was not drawn for a call-back."""

    code = "claims.unknown_call_back"
    kind = RefusalKind.UNKNOWN


class UnknownOutcome(Refusal):
    """A call-back ends satisfied, wanting or unreached."""

    code = "claims.unknown_outcome"
    kind = RefusalKind.INVALID


class UnknownRectification(Refusal):
    """There is no such rectification, or it is somebody else's."""

    code = "claims.unknown_rectification"
    kind = RefusalKind.UNKNOWN


class WantingReasonNeeded(Refusal):
    """Whoever finds something wanting says what."""

    code = "claims.wanting_reason_needed"
    kind = RefusalKind.INVALID
