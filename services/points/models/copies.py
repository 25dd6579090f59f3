"""The copies that points keeps of what others told: areas, units, members, claims, contributions."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.directory.contracts import MemberKind
from services.points.contracts import DutyKind


class Base(Tables, DeclarativeBase):
    """The declarative base of points."""

    metadata = tables_of("points")


class Area(Base):
    """An area, with the marks that hold in it."""

    __tablename__ = "area"

    id: Mapped[Key]
    name: Mapped[str]
    path: Mapped[str]
    letter_points: Mapped[int]
    star_points: Mapped[int]
    outstanding_points: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default="")
    ranking: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int]

    __table_args__ = (Index(None, "path", postgresql_ops={"path": "text_pattern_ops"}),)


class Unit(Base):
    """A unit; `street_path` is where it reports."""

    __tablename__ = "unit"

    id: Mapped[Key]
    name: Mapped[str]
    path: Mapped[str]
    street_path: Mapped[str | None]
    is_active: Mapped[bool]
    since: Mapped[Instant] = mapped_column(server_default=func.now())  # when it was first heard of
    version: Mapped[int]

    __table_args__ = (Index(None, "path"),)


class Member(Base):
    """A member; the name is sealed and opened for the own unit only.

    `kind` is NULL for those last heard of before it was kept; they count as party members until then.
    """

    __tablename__ = "member"

    id: Mapped[Key]
    name: Mapped[str]  # Sealed
    unit_id: Mapped[UUID | None] = mapped_column(index=True)
    community_id: Mapped[UUID | None] = mapped_column(index=True)
    is_active: Mapped[bool]
    since: Mapped[Instant] = mapped_column(server_default=func.now())  # when they were first heard of
    kind: Mapped[str | None]
    version: Mapped[int]

    __table_args__ = (one_of("kind", MemberKind),)


class Claim(Base):
    """A wish that was taken on. Its end may be heard of before its beginning, so either may be missing."""

    __tablename__ = "claim"

    id: Mapped[Key]
    claimed_at: Mapped[Instant | None] = mapped_column(index=True)
    ended: Mapped[str | None]  # how, as claims says


class Participation(Base):
    """A member's part in a claim: alone, or with all of a team or pool."""

    __tablename__ = "participation"

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class Contribution(Base):
    """Something that counts toward an obligation of a street or a unit: a wish submitted, a project taken on.

    `id` is that of the wish or of what was taken on, so that it counts once however often it is told, and
    `subject_id` that of the street or unit for which it counts; NULL when it was taken back, for nobody.
    `version` is that of the wish when this was last told, of a project the second in which it moved.
    """

    __tablename__ = "contribution"

    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    area_path: Mapped[str]
    subject_id: Mapped[UUID | None]
    made_on: Mapped[date]
    version: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (
        one_of("kind", DutyKind),
        Index(None, "kind", "subject_id", "made_on"),
        Index(None, "kind", "made_on"),
    )
