"""The table of escalation: each step of each thing that is stuck, once."""

from uuid import UUID

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.claims.contracts import Escalates
from services.claims.models.board import Base, Path


class EscalationStep(Base):
    """Officers of one level were told of one thing."""

    __tablename__ = "escalation_step"
    __table_args__ = (
        one_of("kind", Escalates),
        Index("uq_escalation_step", "kind", "subject_id", "step", unique=True),
        Index("ix_escalation_step_area", "area_path", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    code: Mapped[str]
    area_path: Mapped[Path]
    told_path: Mapped[str]
    raised_at: Mapped[Instant]
