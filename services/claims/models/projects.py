"""The tables of projects."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.claims.domain.projects import ProjectState
from services.claims.models.board import Base, Path


class Project(Base):
    """What many residents want. `plan` and `reason` are sealed."""

    __tablename__ = "project"
    __table_args__ = (
        one_of("state", ProjectState),
        Index("ix_project_area", "area_path", "id"),
        Index("ix_project_proposer", "proposer_unit_id", "id"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    plan: Mapped[str]
    area_id: Mapped[UUID]
    area_path: Mapped[Path]
    state: Mapped[str]
    proposed_at: Mapped[Instant]
    proposer_id: Mapped[UUID | None]
    proposer_unit_id: Mapped[UUID | None]
    completed_by: Mapped[UUID | None]
    reason: Mapped[str | None]


class ProjectClaim(Base):
    """A unit that claimed a project; `contact` is sealed."""

    __tablename__ = "project_claim"
    __table_args__ = (Index("ix_project_claim_unit", "unit_id"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    contact: Mapped[str]
    claimed_at: Mapped[Instant]


class Milestone(Base):
    """What is to be reached in a project by when."""

    __tablename__ = "milestone"
    __table_args__ = (
        Index("ix_milestone_project", "project_id"),
        Index("ix_milestone_open", "due_on", postgresql_where=text("reached_at IS NULL")),
    )

    id: Mapped[Key]
    project_id: Mapped[UUID]
    title: Mapped[str]
    due_on: Mapped[date]
    reached_at: Mapped[Instant | None]
