"""Complaints and their moves; everything that somebody wrote is sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.wishes.contracts import ComplaintAbout
from services.wishes.domain import ComplaintAction, ComplaintState
from services.wishes.models.wishes import Base


class Complaint(Base):
    """A complaint; `text`, `contact_name`, `phone` and `answer` are sealed."""

    __tablename__ = "complaint"
    __table_args__ = (
        one_of("state", ComplaintState),
        one_of("about", ComplaintAbout),
        Index("ix_complaint_handler_id", "handler_id", "id"),
        Index("ix_complaint_due_on", "due_on", postgresql_where=text("state <> 'answered'")),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str]
    area_id: Mapped[UUID]  # where it happened
    handler_id: Mapped[UUID]  # the area whose people answer
    about_account_id: Mapped[UUID | None]  # who never sees it
    text: Mapped[str]
    contact_name: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str]
    state: Mapped[str]
    submitted_at: Mapped[Instant]
    due_on: Mapped[date]  # by when it should be answered
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]


class ComplaintMove(Base):
    """One step in the life of a complaint."""

    __tablename__ = "complaint_move"
    __table_args__ = (
        one_of("action", ComplaintAction),
        one_of("state", ComplaintState),
        Index("ix_complaint_move_complaint_id", "complaint_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id"))
    at: Mapped[Instant]
    action: Mapped[str]
    state: Mapped[str]  # after the move
    by: Mapped[str]
    handler_id: Mapped[UUID]  # after the move
