"""Recognition (表彰): thresholds reached, papers for letter and title, and who is proposed as outstanding."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Below, Deed, Threshold, Year

__all__ = [
    "ApproveNomination",
    "DeclineNomination",
    "GetRecognition",
    "ListNominations",
    "ListRecognitions",
    "NominateOutstanding",
    "NominationDecided",
    "NominationList",
    "NominationState",
    "NominationView",
    "OutstandingNominated",
    "RecognisedDeed",
    "RecognitionList",
    "RecognitionPaper",
    "RecognitionView",
    "ThresholdReached",
]


class NominationState(StrEnum):
    """How far the proposal (推荐) of an outstanding member has come."""

    PROPOSED = "proposed"  # the community proposed; the street or district decides
    APPROVED = "approved"  # to be commended (区委表彰); final
    DECLINED = "declined"  # with a reason; final: it is decided once a year


class ThresholdReached(Event, frozen=True, kw_only=True):
    """A member's card reached a threshold, for the first time this year in this community."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "threshold_reached.v1"

    recognition_id: UUID
    member_id: UUID
    unit_id: UUID | None
    community_id: UUID
    area_path: str
    year: int
    threshold: Threshold
    points: int


class RecognitionView(View, frozen=True, kw_only=True):
    """A threshold reached."""

    id: UUID
    member_id: UUID
    community_id: UUID
    year: int
    threshold: Threshold
    points: int
    reached_at: datetime
    nomination: NominationState | None = None  # of who is outstanding


class RecognitionList(View, frozen=True, kw_only=True):
    """A page of recognitions."""

    items: list[RecognitionView]
    next: str | None = None


class ListRecognitions(Page, frozen=True, kw_only=True):
    """The recognitions of an area and year."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = RecognitionList

    below: Below
    year: Year
    threshold: Threshold | None = None


class RecognisedDeed(Contract, frozen=True, kw_only=True):
    """One entry that a recognition rests on."""

    title: str
    deed: Deed
    points: int
    earned_on: date


class RecognitionPaper(View, frozen=True, kw_only=True):
    """What the letter of praise (发函通报表扬) or the certificate says: who, where, for what, to whom."""

    is_personal: ClassVar[bool] = True

    id: UUID
    threshold: Threshold
    year: int
    member_name: str
    unit_id: UUID | None
    unit_name: str  # "" when no employer is known
    community_name: str
    street_name: str  # it honours the star (所在办事处党委)
    points: int  # when the threshold was reached
    reached_on: date
    deeds: list[RecognisedDeed]


class GetRecognition(Query, frozen=True, kw_only=True):
    """The paper of one recognition; the look at the name is recorded."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = RecognitionPaper

    recognition_id: UUID


class OutstandingNominated(Event, frozen=True, kw_only=True):
    """A community proposes a member as outstanding; the officers above it are to decide."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "outstanding_nominated.v1"

    nomination_id: UUID
    area_path: str
    community_name: str
    year: int


class NominationDecided(Event, frozen=True, kw_only=True):
    """The street or district decided about an outstanding member; proposer and honoured are told."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "nomination_decided.v1"

    nomination_id: UUID
    member_id: UUID
    unit_id: UUID | None
    area_path: str
    year: int
    is_approved: bool
    proposed_by: str


class NominateOutstanding(Command, frozen=True, kw_only=True):
    """Propose for commendation a member whose points of a year reached the mark for outstanding."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True

    recognition_id: UUID
    merits: str


class ApproveNomination(Command, frozen=True, kw_only=True):
    """Approve what a community below proposed."""

    right: ClassVar[Right] = Right.SET_RULES

    nomination_id: UUID


class DeclineNomination(Command, frozen=True, kw_only=True):
    """Decline what a community below proposed, with a reason."""

    right: ClassVar[Right] = Right.SET_RULES
    is_personal: ClassVar[bool] = True

    nomination_id: UUID
    reason: str


class NominationView(View, frozen=True, kw_only=True):
    """A proposal with its merits and decision."""

    is_personal: ClassVar[bool] = True

    id: UUID
    recognition_id: UUID
    member_id: UUID
    community_id: UUID
    year: int
    points: int
    merits: str
    state: NominationState
    proposed_at: datetime
    decided_at: datetime | None
    decision: str | None


class NominationList(View, frozen=True, kw_only=True):
    """A page of proposals."""

    is_personal: ClassVar[bool] = True

    items: list[NominationView]
    next: str | None = None


class ListNominations(Page, frozen=True, kw_only=True):
    """The proposals of an area and year, the newest first."""

    right: ClassVar[Right] = Right.CONFIRM
    answer: ClassVar[type[View]] = NominationList

    below: Below
    year: Year
    state: NominationState | None = None
