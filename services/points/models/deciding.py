"""What people decide about people: corrections, recognitions, who is outstanding, notices, names shown."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.points.contracts import (
    CorrectionState,
    DutyKind,
    NameShown,
    NominationState,
    NoticeState,
    Threshold,
)
from services.points.models.copies import Base
from services.points.models.ledger import Entry


class Correction(Base):
    """A correction of an entry, proposed by one person and decided by another."""

    __tablename__ = "correction"

    id: Mapped[Key]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id))
    member_id: Mapped[UUID]
    area_path: Mapped[str]
    title: Mapped[str]
    points: Mapped[int]
    reason: Mapped[str]  # Sealed: it may speak of people
    state: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[str | None]
    decided_at: Mapped[Instant | None]
    decision: Mapped[str | None]  # Sealed: why it was rejected

    __table_args__ = (
        one_of("state", CorrectionState),
        Index(None, "entry_id", unique=True, postgresql_where=text("state = 'proposed'")),
        Index(None, "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
    )


class Recognition(Base):
    """A threshold reached, once a year in a community."""

    __tablename__ = "recognition"

    id: Mapped[Key]
    member_id: Mapped[UUID]
    community_id: Mapped[UUID]
    area_path: Mapped[str]
    year: Mapped[int]
    threshold: Mapped[str]
    points: Mapped[int]
    reached_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("member_id", "community_id", "year", "threshold"),
        one_of("threshold", Threshold),
        Index(None, "year", "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
    )


class Nomination(Base):
    """A member proposed as outstanding; once a year in a community, and decided once."""

    __tablename__ = "nomination"

    id: Mapped[Key]
    recognition_id: Mapped[UUID] = mapped_column(ForeignKey(Recognition.id), unique=True)
    member_id: Mapped[UUID]
    community_id: Mapped[UUID]
    area_path: Mapped[str]
    year: Mapped[int]
    points: Mapped[int]
    merits: Mapped[str]  # Sealed
    state: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[str | None]
    decided_at: Mapped[Instant | None]
    decision: Mapped[str | None]  # Sealed

    __table_args__ = (
        one_of("state", NominationState),
        Index(None, "year", "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
    )


class Notice(Base):
    """A private word about an obligation not met, one a year, kind and subject."""

    __tablename__ = "notice"

    id: Mapped[Key]
    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    area_path: Mapped[str]
    officers_path: Mapped[str]  # where whoever decides about it has the right
    year: Mapped[int]
    required: Mapped[int]
    done: Mapped[int]
    state: Mapped[str]
    sent_at: Mapped[Instant]
    objection: Mapped[str | None]  # Sealed
    objected_by: Mapped[str | None]
    objected_at: Mapped[Instant | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[Instant | None]
    decision: Mapped[str | None]  # Sealed

    __table_args__ = (
        UniqueConstraint("year", "kind", "subject_id"),
        one_of("kind", DutyKind),
        one_of("state", NoticeState),
        Index(None, "officers_path", postgresql_ops={"officers_path": "text_pattern_ops"}),
    )


class NameChoice(Base):
    """What a member lets a ranking show."""

    __tablename__ = "name_choice"

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    shows: Mapped[str]
    chosen_at: Mapped[Instant]

    __table_args__ = (one_of("shows", NameShown),)
