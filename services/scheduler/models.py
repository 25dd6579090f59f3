"""The tables of the scheduler: how areas release, what is watched since when, what has run."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.scheduler.domain import RunState


class Base(Tables, DeclarativeBase):
    """The declarative base of the scheduler."""

    metadata = tables_of("scheduler")


class Area(Base):
    """An area; `plan` is how it releases, NULL when it has no rule of its own or releases by hand."""

    __tablename__ = "area"

    id: Mapped[Key]
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int]


class JobScope(Base):
    """A job in a scope, watched `since` it was first seen, by a plan known since `planned_at`."""

    __tablename__ = "job_scope"

    job: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)  # the id of an area, or "" for the house
    since: Mapped[Instant]
    plan: Mapped[dict[str, Any]]
    planned_at: Mapped[Instant]


class JobRun(Base):
    """A period that fell due: the key lets it run once, whoever else looks at the same moment."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    due_at: Mapped[Instant]
    announced_at: Mapped[Instant | None]

    __table_args__ = (one_of("state", RunState),)
