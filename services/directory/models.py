"""The tables of the directory; personal fields hold sealed text, look-ups go by keyed index."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.chassis.rights import Role
from services.directory.contracts import AreaKind, MemberKind, UnitKind

PATH = String(collation="C")
"""Paths compare sign by sign, so that a subtree is a range of the index in whatever language."""


def sessions_ended_index(table: str) -> Index:
    """Return the index by which those of a table are found whose sessions were ended; they are few."""
    return Index(
        f"ix_{table}_sessions_ended_at",
        "sessions_ended_at",
        postgresql_where=text("sessions_ended_at IS NOT NULL"),
    )


class Base(Tables, DeclarativeBase):
    """What the tables of the directory are derived from."""

    metadata = tables_of("directory")


class Area(Base):
    """A place of the tree; areas are never moved, so that a path once told stays true."""

    __tablename__ = "area"
    __table_args__ = (one_of("kind", AreaKind),)

    id: Mapped[Key]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.area.id"))
    kind: Mapped[str]
    name: Mapped[str]
    code: Mapped[str]
    path: Mapped[str] = mapped_column(PATH, unique=True)
    own_settings: Mapped[dict[str, Any]]  # those set here; the others are inherited
    version: Mapped[int]


class Unit(Base):
    """An employer; its name is known by its key, however it is spelled."""

    __tablename__ = "unit"
    __table_args__ = (one_of("kind", UnitKind),)

    id: Mapped[Key]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.unit.id"))
    name: Mapped[str] = mapped_column(String(collation="C"))
    name_key: Mapped[str] = mapped_column(String(collation="C"), unique=True)
    kind: Mapped[str]
    path: Mapped[str] = mapped_column(PATH)
    street_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.area.id"))
    care_path: Mapped[str] = mapped_column(PATH, index=True)  # of the street, or of who registered it
    contact_name: Mapped[str | None]  # sealed
    contact_phone: Mapped[str | None]  # sealed
    contact_email: Mapped[str | None]  # sealed
    is_active: Mapped[bool]
    version: Mapped[int]


class Member(Base):
    """A member; whoever left stays as a row that is not active, since what they did stays."""

    __tablename__ = "member"
    __table_args__ = (
        one_of("kind", MemberKind),
        Index("ix_member_care_path_id", "care_path", "id"),
        sessions_ended_index("member"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]  # sealed
    phone: Mapped[str]  # sealed
    phone_index: Mapped[str] = mapped_column(String(40), unique=True)
    email: Mapped[str | None]  # sealed
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.unit.id"), index=True)
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.area.id"))
    care_path: Mapped[str] = mapped_column(PATH)  # of the home community, or of who registered them
    skills: Mapped[list[str]]
    willingness: Mapped[list[str]]
    language: Mapped[str]
    free_hours: Mapped[list[str]] = mapped_column(server_default="[]")
    is_active: Mapped[bool]
    signed_in_at: Mapped[Instant | None]
    sessions_ended: Mapped[int] = mapped_column(server_default="0")  # how often
    sessions_ended_at: Mapped[Instant | None]
    version: Mapped[int]


class Team(Base):
    """A volunteer team of an area; its members act as one."""

    __tablename__ = "team"
    __table_args__ = (Index("ix_team_care_path_id", "care_path", "id"),)

    id: Mapped[Key]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("directory.area.id"))
    care_path: Mapped[str] = mapped_column(PATH)
    name: Mapped[str]
    skill: Mapped[str]
    leader_id: Mapped[UUID] = mapped_column(ForeignKey("directory.member.id"))
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_active: Mapped[bool]
    version: Mapped[int]


class Account(Base):
    """Somebody of the staff, or a unit's officer."""

    __tablename__ = "account"
    __table_args__ = (sessions_ended_index("account"),)

    id: Mapped[Key]
    login: Mapped[str]  # sealed: offices use names and phones as logins
    login_index: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str]
    name: Mapped[str]  # sealed
    phone: Mapped[str | None]  # sealed
    email: Mapped[str | None]  # sealed
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.unit.id"), index=True)  # its officer
    language: Mapped[str]
    is_active: Mapped[bool]
    sessions_ended: Mapped[int] = mapped_column(server_default="0")  # how often
    sessions_ended_at: Mapped[Instant | None]
    version: Mapped[int]


class AccountGrant(Base):
    """A role of an account in an area (a unit's officer has theirs in `account.unit_id`)."""

    __tablename__ = "account_grant"
    __table_args__ = (one_of("role", Role),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("directory.account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(PATH, primary_key=True, index=True)
    granted_at: Mapped[Instant]


class SignInCode(Base):
    """A one-time code that was asked for; one for a phone that nobody has is a row like any other."""

    __tablename__ = "sign_in_code"
    __table_args__ = (Index("ix_sign_in_code_phone_index_issued_at", "phone_index", "issued_at"),)

    id: Mapped[Key]
    phone_index: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("directory.member.id"))
    code_index: Mapped[str] = mapped_column(String(40))
    issued_at: Mapped[Instant] = mapped_column(index=True)
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    wrong_tries: Mapped[int]


class Allowance(Base):
    """How much of a limit is used up in a span of time, such as codes for one network on one day."""

    __tablename__ = "allowance"
    __table_args__ = (Index("ix_allowance_ends_at", "ends_at"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[Instant] = mapped_column(primary_key=True)
    ends_at: Mapped[Instant]
    used: Mapped[int]


class ImportBatch(Base):
    """A register that was imported, to be taken back as a whole."""

    __tablename__ = "import_batch"

    id: Mapped[Key]
    form: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("directory.area.id"))
    imported_at: Mapped[Instant]
    undone_at: Mapped[Instant | None]


class ImportedRow(Base):
    """What an import did to one member or unit: how it was before (nothing: added), and its version after."""

    __tablename__ = "imported_row"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("directory.import_batch.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
