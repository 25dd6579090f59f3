"""Copies of people and areas, what people decided, and where they are not to be found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Key, Tables, one_of, tables_of
from services.notify.domain import (
    Hours,
    RecipientKind,
    Source,
)
from services.notify.domain.quiet import hours_of


class Base(Tables, DeclarativeBase):
    """The tables of notify."""

    metadata = tables_of("notify")


class Area(Base):
    """A copy of an area: to find whose release it shares, and when its people sleep."""

    __tablename__ = "area"

    id: Mapped[Key]
    path: Mapped[str]
    release_scope_id: Mapped[UUID]
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)  # minutes from midnight; None: of the house
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int]

    @property
    def quiet(self) -> Hours | None:
        """Return its quiet hours, where it does not go by the house."""
        return hours_of(self.quiet_from, self.quiet_to)


class Recipient(Base):
    """A copy of a member, resident, account or unit: where and in which language to reach them."""

    __tablename__ = "recipient"
    __table_args__ = (
        one_of("kind", RecipientKind),
        Index(
            "ix_recipient_members_of_area",
            "area_path",
            postgresql_ops={"area_path": "text_pattern_ops"},
            postgresql_where=text("kind = 'member' AND is_active"),
        ),
        Index("ix_recipient_postings", "postings", postgresql_using="gin"),
        Index(
            "ix_recipient_not_indexed",
            "id",
            postgresql_where=text(
                "phone IS NOT NULL AND phone_index IS NULL OR email IS NOT NULL AND email_index IS NULL"
            ),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]  # sealed
    phone: Mapped[str | None]  # sealed
    email: Mapped[str | None]  # sealed
    language: Mapped[str]
    area_id: Mapped[UUID | None]  # the home community
    area_path: Mapped[str]
    postings: Mapped[list[str]]  # of an account: `role:scope`, so that workers are found by their area
    is_active: Mapped[bool]
    version: Mapped[int]
    phone_index: Mapped[str | None]  # blind: by which the suppression list knows the phone
    email_index: Mapped[str | None]


class Preference(Base):
    """What a recipient decided about being told; whoever has no row decided nothing."""

    __tablename__ = "preference"

    recipient_id: Mapped[Key]
    wants_invitations: Mapped[bool | None]  # None: as the house assumes
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)  # minutes from midnight; None: of the house
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    wants_digest: Mapped[bool]
    language: Mapped[str | None]
    changed_at: Mapped[datetime]

    @property
    def quiet(self) -> Hours | None:
        """Return the quiet hours of the recipient's own, if there are any."""
        return hours_of(self.quiet_from, self.quiet_to)


class SwitchedOff(Base):
    """A channel through which a recipient does not want to be told of a topic."""

    __tablename__ = "switched_off"

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)


class Suppression(Base):
    """An address that wants to be left alone, known by its blind index only."""

    __tablename__ = "suppression"
    __table_args__ = (one_of("source", Source),)

    kind: Mapped[str] = mapped_column(primary_key=True)  # phone or email
    address_index: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]  # the code of a provider, or what an officer says: never a person's words
    since: Mapped[datetime]


class Handle(Base):
    """Where one channel of its own kind finds a recipient: a member id, a chat, a room."""

    __tablename__ = "handle"

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]  # sealed
    noted_at: Mapped[datetime]
