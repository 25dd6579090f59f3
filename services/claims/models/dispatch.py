"""The tables of dispatch, and the settings of areas that it and the other programmes go by."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.claims.domain.dispatch import OPEN_DISPATCHES, Answer, DispatchState
from services.claims.models.board import Base, Path

_OPEN = "state IN ({})".format(", ".join(f"'{state.value}'" for state in OPEN_DISPATCHES))


class Programme(Base):
    """The settings of an area as the directory tells them, whole."""

    __tablename__ = "programme"

    id: Mapped[Key]
    settings: Mapped[dict[str, Any]]
    version: Mapped[int]


class Dispatch(Base):
    """A wish proposed to teams or members in turn; `position` counts those who had theirs."""

    __tablename__ = "dispatch"
    __table_args__ = (
        one_of("state", DispatchState),
        Index("ix_dispatch_open", "offer_id", postgresql_where=text(_OPEN)),
        Index("ix_dispatch_due", "answer_by", postgresql_where=text(_OPEN)),
        Index("ix_dispatch_member", "member_id", postgresql_where=text("state = 'proposed'")),
        Index("ix_dispatch_team", "team_id", postgresql_where=text("state = 'proposed'")),
        Index("ix_dispatch_area", "area_path", "id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[UUID]
    area_path: Mapped[Path]
    state: Mapped[str]
    is_urgent: Mapped[bool]
    candidates: Mapped[list[UUID]] = mapped_column(ARRAY(PostgresUUID(as_uuid=True)))
    position: Mapped[int]
    member_id: Mapped[UUID | None]  # who is asked, or was last; of a team, who leads it
    team_id: Mapped[UUID | None]
    answer_by: Mapped[Instant | None]
    worker_id: Mapped[UUID | None]
    created_at: Mapped[Instant]
    note: Mapped[str | None]  # sealed
    claim_id: Mapped[UUID | None]


class DispatchAnswer(Base):
    """What became of asking one candidate. `said` is sealed."""

    __tablename__ = "dispatch_answer"
    __table_args__ = (one_of("answer", Answer),)

    dispatch_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)  # a member or a team
    answer: Mapped[str]
    at: Mapped[Instant]
    said: Mapped[str | None]
