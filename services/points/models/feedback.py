"""Feedback: the reports on half-years, their lines, and how units circulated them."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.points.contracts import CirculationWay
from services.points.models.copies import Base


class FeedbackReport(Base):
    """What a unit is told about its own members for a half-year, with its receipt and reply."""

    __tablename__ = "feedback_report"

    id: Mapped[Key]
    unit_id: Mapped[UUID]
    period: Mapped[str]
    issued_at: Mapped[Instant]
    members: Mapped[int]
    taking_part: Mapped[int]
    fulfilled: Mapped[int]
    received_at: Mapped[Instant | None]
    reply: Mapped[str | None]  # Sealed: it may speak of members
    replied_at: Mapped[Instant | None]
    reminded_at: Mapped[Instant | None]

    __table_args__ = (UniqueConstraint("unit_id", "period"),)


class FeedbackLine(Base):
    """What one member of the unit did in the half-year."""

    __tablename__ = "feedback_line"

    report_id: Mapped[UUID] = mapped_column(ForeignKey(FeedbackReport.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    claimed: Mapped[int]
    fulfilled: Mapped[int]
    points: Mapped[int]


class FeedbackCirculation(Base):
    """One time a unit made its report known inside."""

    __tablename__ = "feedback_circulation"

    id: Mapped[Key]
    report_id: Mapped[UUID] = mapped_column(ForeignKey(FeedbackReport.id), index=True)
    how: Mapped[str]
    circulated_on: Mapped[date]
    note: Mapped[str]  # Sealed: it may speak of members
    recorded_by: Mapped[str]
    recorded_at: Mapped[Instant]

    __table_args__ = (one_of("how", CirculationWay),)
