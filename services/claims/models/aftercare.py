"""The tables of what follows a confirmation: call-backs and rectifications."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.claims.domain.aftercare import CallBackState, RectificationState
from services.claims.models.board import Base, Path


class CallBack(Base):
    """A confirmed claim that was drawn for a call-back; `id` is that of the claim. `note` is sealed."""

    __tablename__ = "call_back"
    __table_args__ = (
        one_of("state", CallBackState),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_call_back_area", "area_path", "id"),
    )

    id: Mapped[Key]
    area_path: Mapped[Path]
    state: Mapped[str]
    drawn_at: Mapped[Instant]
    called_at: Mapped[Instant | None]
    by: Mapped[str | None]
    satisfaction: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str | None]


class Rectification(Base):
    """What is to be put right after a claim, one at a time. `reason` and `note` are sealed."""

    __tablename__ = "rectification"
    __table_args__ = (
        one_of("state", RectificationState),
        Index("uq_rectification_open", "claim_id", unique=True, postgresql_where=text("state <> 'done'")),
        Index("ix_rectification_due", "due_on", postgresql_where=text("state IN ('open', 'overdue')")),
        Index("ix_rectification_member", "member_id"),
        Index("ix_rectification_area", "area_path", "id"),
    )

    id: Mapped[Key]
    claim_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    area_path: Mapped[Path]
    state: Mapped[str]
    opened_at: Mapped[Instant]
    due_on: Mapped[date]
    closed_at: Mapped[Instant | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
