"""The tables of recurring visits."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from services.chassis.database import Instant, Key, one_of
from services.claims.contracts import Rhythm
from services.claims.domain.visiting import ArrangementState, VisitState
from services.claims.models.board import Base, Path


class Arrangement(Base):
    """A member, alone or for their team, keeps visiting the resident of a wish. `reason` is sealed."""

    __tablename__ = "arrangement"
    __table_args__ = (
        one_of("state", ArrangementState),
        one_of("rhythm", Rhythm),
        Index(
            "uq_arrangement_active",
            "offer_id",
            "member_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_arrangement_area", "area_path", "id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[UUID]
    member_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    area_path: Mapped[Path]
    rhythm: Mapped[str]
    starts_on: Mapped[date]
    state: Mapped[str]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    reason: Mapped[str | None]


class Visit(Base):
    """One visit. `note` is sealed."""

    __tablename__ = "visit"
    __table_args__ = (
        one_of("state", VisitState),
        Index("uq_visit_day", "arrangement_id", "due_on", unique=True),
        Index("ix_visit_planned", "due_on", postgresql_where=text("state = 'planned'")),
        Index("ix_visit_area", "area_path", "id"),
    )

    id: Mapped[Key]
    arrangement_id: Mapped[UUID]
    area_path: Mapped[Path]
    due_on: Mapped[date]
    state: Mapped[str]
    reminded_on: Mapped[date | None]
    done_on: Mapped[date | None]
    by: Mapped[str | None]
    note: Mapped[str | None]
