"""Figures as they are kept: counts by community and month, signed reports, their corrections, reminders."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.wishes.contracts import Measure
from services.wishes.models.wishes import Base


class CarryOver(Base):
    """A wish that nobody claimed went on the board of one more month; append-only, like its moves."""

    __tablename__ = "carry_over"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"), index=True)
    at: Mapped[Instant]


class Tally(Base):
    """How many wishes of one area did what in one month; `dimension` is empty for all of them together.

    Counted from moves and carry-overs, never typed. Areas above keep none: they are summed when asked.
    """

    __tablename__ = "tally"

    month: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[UUID] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    submitted: Mapped[int]
    accepted: Mapped[int]
    declined: Mapped[int]
    returned: Mapped[int]
    referred: Mapped[int]
    settled: Mapped[int]
    released: Mapped[int]
    claimed: Mapped[int]
    fulfilled: Mapped[int]
    carried_over: Mapped[int]
    withdrawn: Mapped[int]


class TallyProgress(Base):
    """How far a log is counted: `counted` is the last id in the tally, `seen` the last that is complete."""

    __tablename__ = "tally_progress"

    log: Mapped[str] = mapped_column(primary_key=True)  # the table whose rows are counted
    seen: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[Instant]
    counted: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[Instant]


class Report(Base):
    """The figures of an area and period as somebody signed them; the row never changes."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("period", "area_id"),)

    id: Mapped[Key]
    period: Mapped[str]
    area_id: Mapped[UUID]
    signed_at: Mapped[Instant]
    signed_by: Mapped[str]
    figures: Mapped[dict[str, Any]]
    own: Mapped[dict[str, Any]]  # the part of them that comes from no area below that signs for itself
    corrections_to: Mapped[int] = mapped_column(BigInteger)  # the last correction that is in these figures


class Correction(Base):
    """What one person put right in a signed report; append-only, and `reason` is sealed."""

    __tablename__ = "correction"
    __table_args__ = (
        one_of("measure", Measure),
        CheckConstraint("difference <> 0", name="difference"),
        Index("ix_correction_period_area_id", "period", "area_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    period: Mapped[str]
    area_id: Mapped[UUID]
    measure: Mapped[str]
    difference: Mapped[int]
    breakdown: Mapped[dict[str, Any]]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[Instant]


class ReportReminder(Base):
    """An area was reminded of a period on a day: the row is the only permission to do so."""

    __tablename__ = "report_reminder"

    period: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[UUID] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
