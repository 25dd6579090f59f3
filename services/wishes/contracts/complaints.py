"""Complaints and opinions (投诉/意见): from anyone, about anything, with or without a name.

A complaint about the people of a place goes to the area above at once; they never see it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AnswerComplaint",
    "ComplainantView",
    "ComplaintAbout",
    "ComplaintAnswered",
    "ComplaintLine",
    "ComplaintList",
    "ComplaintMissing",
    "ComplaintReceipt",
    "ComplaintReceived",
    "ComplaintStep",
    "ComplaintTrack",
    "ComplaintView",
    "ComplaintsEscalated",
    "GetComplaint",
    "HandledComplaint",
    "ListComplaints",
    "LookUpComplainant",
    "NobodyAbove",
    "RaiseComplaint",
    "SubmitComplaint",
    "TooManyComplaints",
    "TrackComplaint",
    "UnknownComplaint",
]


class ComplaintAbout(StrEnum):
    """What somebody complains about; it decides who may read it."""

    WISH = "wish"
    PEOPLE = "people"  # who works in the place, or came from there
    PROGRAMME = "programme"  # how it is done: too much form, too little help
    SOFTWARE = "software"
    OTHER = "other"


class ComplaintReceipt(View, frozen=True, kw_only=True):
    """What the complainant takes home: the code to ask with."""

    is_personal: ClassVar[bool] = True

    code: str


class SubmitComplaint(Command, frozen=True, kw_only=True):
    """Say what is wrong, or could be better; without an account, without a name if one wishes.

    Without an area it goes to the top. Whoever has the account `about_account_id` never sees it.
    """

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ComplaintReceipt
    is_personal: ClassVar[bool] = True

    text: str
    about: ComplaintAbout = ComplaintAbout.OTHER
    area_id: UUID | None = None
    about_account_id: UUID | None = None
    contact_name: str = ""
    phone: str | None = None
    address: str = ""  # network address of the asker, for the limits


class ComplaintTrack(View, frozen=True, kw_only=True):
    """What the complainant sees."""

    is_personal: ClassVar[bool] = True

    code: str
    state: str
    submitted_at: datetime
    due_on: date
    answered_at: datetime | None
    answer: str


class TrackComplaint(Query, frozen=True, kw_only=True):
    """How a complaint stands, for whoever holds its code and, if a phone was given, its last four digits."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ComplaintTrack
    is_personal: ClassVar[bool] = True

    code: str
    phone_ending: str = ""
    address: str = ""  # network address of the asker, for the limits


class ComplaintLine(Contract, frozen=True, kw_only=True):
    """A complaint in a list: nothing of what it says, nor who said it."""

    id: UUID
    about: ComplaintAbout
    state: str
    area_name: str
    handled_by: str  # the name of the area whose people answer
    submitted_at: datetime
    due_on: date
    is_overdue: bool


class ComplaintList(View, frozen=True, kw_only=True):
    """A page of complaints."""

    items: list[ComplaintLine]
    next: str | None = None


class ListComplaints(Page, frozen=True, kw_only=True):
    """The complaints that the caller may answer, oldest first; `state` is open, escalated or answered."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = ComplaintList

    state: str | None = None


class ComplaintStep(Contract, frozen=True, kw_only=True):
    """One step in the life of a complaint."""

    action: str
    state: str
    at: datetime
    by: str
    handled_by: str


class ComplaintView(View, frozen=True, kw_only=True):
    """A complaint as those who answer it see it; name and phone masked."""

    is_personal: ClassVar[bool] = True

    id: UUID
    about: ComplaintAbout
    state: str
    text: str
    contact_name: str
    phone: str | None
    area_name: str
    handled_by: str
    submitted_at: datetime
    due_on: date
    answered_at: datetime | None
    answer: str
    steps: list[ComplaintStep]


class GetComplaint(Query, frozen=True, kw_only=True):
    """Read a complaint; every look is recorded."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = ComplaintView

    complaint_id: UUID


class ComplainantView(View, frozen=True, kw_only=True):
    """Whom to call back."""

    is_personal: ClassVar[bool] = True

    name: str
    phone: str | None


class LookUpComplainant(Command, frozen=True, kw_only=True):
    """Look at the name and phone that a complainant left; every look is recorded."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = ComplainantView

    complaint_id: UUID


class AnswerComplaint(Command, frozen=True, kw_only=True):
    """Answer a complaint; whoever left a phone is told that there is an answer."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    is_personal: ClassVar[bool] = True

    complaint_id: UUID
    answer_text: str


class RaiseComplaint(Command, frozen=True, kw_only=True):
    """Give a complaint to the area above, as when it turns out to be about us."""

    right: ClassVar[Right] = Right.SEE_PERSONAL

    complaint_id: UUID


class HandledComplaint(Contract, frozen=True, kw_only=True):
    """A complaint that waits for the people of an area."""

    complaint_id: UUID
    area_kind: str
    area_path: str
    due_on: date
    not_for: UUID | None = None  # the account it is about


class ComplaintReceived(Event, frozen=True, kw_only=True):
    """Somebody complained; the people of the area are told that there is something to read."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "complaint_received.v1"

    complaint: HandledComplaint


class ComplaintsEscalated(Event, frozen=True, kw_only=True):
    """Complaints are with the area above now, or overdue at the top; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "complaints_escalated.v1"

    complaints: list[HandledComplaint]


class ComplaintAnswered(Event, frozen=True, kw_only=True):
    """There is an answer; whoever left a phone is told where to read it, not what it says."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "complaint_answered.v1"

    complaint_id: UUID
    area_path: str
    sealed_code: Sealed
    phone: Sealed | None
    language: str


# -- refusals


class UnknownComplaint(Refusal):
    """There is no such complaint, or not for this caller."""

    code = "wishes.unknown_complaint"
    kind = RefusalKind.UNKNOWN


class ComplaintMissing(Refusal):
    """The complaint, or the answer to it, says nothing."""

    code = "wishes.complaint_missing"
    kind = RefusalKind.INVALID


class TooManyComplaints(Refusal):
    """Too many complaints from one address today."""

    code = "wishes.too_many_complaints"
    kind = RefusalKind.LIMITED


class NobodyAbove(Refusal):
    """There is no area above that could take the complaint."""

    code = "wishes.nobody_above"
