"""Feedback (双向反馈): half-yearly reports to units, their receipt, reply and circulation."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Below, HalfYear

__all__ = [
    "AcknowledgeFeedback",
    "Circulation",
    "CirculationWay",
    "FeedbackAnswered",
    "FeedbackIssued",
    "FeedbackLine",
    "FeedbackList",
    "FeedbackReport",
    "FeedbackUnanswered",
    "GetFeedback",
    "ListFeedback",
    "MyFeedback",
    "RecordCirculation",
    "ReplyToFeedback",
    "UnansweredReport",
]


class FeedbackIssued(Event, frozen=True, kw_only=True):
    """A unit's half-yearly report on its own members is ready."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "feedback_issued.v1"

    report_id: UUID
    unit_id: UUID
    period: str
    members: int
    taking_part: int
    fulfilled: int


class FeedbackAnswered(Event, frozen=True, kw_only=True):
    """A unit replied to its report."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "feedback_answered.v1"

    report_id: UUID
    unit_id: UUID
    street_path: str
    period: str


class FeedbackLine(View, frozen=True, kw_only=True):
    """What one member of the unit did in the half-year; the name is for the unit's eyes only."""

    is_personal: ClassVar[bool] = True

    member_id: UUID
    name: str
    claimed: int
    fulfilled: int
    points: int


class CirculationWay(StrEnum):
    """How a unit makes a report known inside."""

    MEETING = "meeting"  # 会议通报
    PAPER = "paper"  # 书面通报
    BOARD = "board"  # 公示栏
    ONLINE = "online"  # 内部网络


class Circulation(Contract, frozen=True, kw_only=True):
    """One time a unit made its report known inside."""

    how: CirculationWay
    circulated_on: date
    note: str
    recorded_by: str
    recorded_at: datetime


class FeedbackReport(View, frozen=True, kw_only=True):
    """A unit's half-yearly report with its receipt and reply."""

    is_personal: ClassVar[bool] = True

    id: UUID
    unit_id: UUID
    unit_name: str
    period: str
    issued_at: datetime
    members: int
    taking_part: int
    fulfilled: int
    received_at: datetime | None
    reply: str | None
    replied_at: datetime | None
    lines: list[FeedbackLine] = []
    reminded_at: datetime | None = None  # when the unit was reminded, once
    circulations: list[Circulation] = []


class FeedbackList(View, frozen=True, kw_only=True):
    """A page of reports without their lines."""

    is_personal: ClassVar[bool] = True

    items: list[FeedbackReport]
    next: str | None = None


class ListFeedback(Page, frozen=True, kw_only=True):
    """The reports on units that report within an area, for officers: who has received, who has replied."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = FeedbackList

    below: Below
    period: HalfYear | None = None


class MyFeedback(Page, frozen=True, kw_only=True):
    """The reports of the signed-in unit, newest first."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    answer: ClassVar[type[View]] = FeedbackList


class GetFeedback(Query, frozen=True, kw_only=True):
    """One report of the signed-in unit, with its lines."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    answer: ClassVar[type[View]] = FeedbackReport

    report_id: UUID


class AcknowledgeFeedback(Command, frozen=True, kw_only=True):
    """The unit has received its report."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK

    report_id: UUID


class ReplyToFeedback(Command, frozen=True, kw_only=True):
    """The unit answers its report, once. A reply may speak of members, so it travels sealed."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    is_personal: ClassVar[bool] = True

    report_id: UUID
    reply: str


class RecordCirculation(Command, frozen=True, kw_only=True):
    """The unit made its report known inside (在本单位范围内定期通报, 004): when and how."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    is_personal: ClassVar[bool] = True

    report_id: UUID
    how: CirculationWay
    circulated_on: date
    note: str = ""


class UnansweredReport(Contract, frozen=True, kw_only=True):
    """A report that its unit has not answered in time."""

    report_id: UUID
    unit_id: UUID
    period: str
    is_received: bool


class FeedbackUnanswered(Event, frozen=True, kw_only=True):
    """Units have not received or answered their reports in time and are reminded, once; at most 500."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "feedback_unanswered.v1"

    reports: list[UnansweredReport]
