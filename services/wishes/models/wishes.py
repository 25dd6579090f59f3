"""Residents and roster, wishes and their moves, releases, imports, and a copy of the areas."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.wishes.contracts import Category, Claimant, DoerKind, Door, Hardship, Urgency, WishKind
from services.wishes.domain import WishAction, WishState


class Base(Tables, DeclarativeBase):
    """What every table of wishes begins with."""

    metadata = tables_of("wishes")


class Area(Base):
    """An area as the directory last told of it; `settings` are the effective ones."""

    __tablename__ = "area"

    id: Mapped[Key]
    parent_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(index=True)
    settings: Mapped[dict[str, Any]]
    release_scope_id: Mapped[UUID] = mapped_column(index=True)
    version: Mapped[int]


_KINDS_OF_HARDSHIP = ", ".join(f"'{kind.value}'" for kind in Hardship)


class Resident(Base):
    """Somebody who wishes, or a unit that does (000); `name`, `phone` and `address` are sealed.

    Found again by community, name and phone; whoever has no phone, by community and name alone. The phone
    alone would not do: a family, or a whole sheet of form 000, shares one.
    """

    __tablename__ = "resident"
    __table_args__ = (
        UniqueConstraint("community_id", "name_index", "phone_index"),
        Index("ix_resident_phone_index", "phone_index", postgresql_where=text("phone_index <> ''")),
        Index("ix_resident_address_index", "address_index", postgresql_where=text("address_index <> ''")),
        CheckConstraint("gender IN ('男', '女')", name="gender"),
        CheckConstraint(f"hardship <@ ARRAY[{_KINDS_OF_HARDSHIP}]", name="hardship"),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    name: Mapped[str]
    name_index: Mapped[str]
    phone: Mapped[str | None]
    phone_index: Mapped[str]  # empty when there is no phone
    address: Mapped[str | None]
    gender: Mapped[str | None]
    age: Mapped[int | None]
    hardship: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    address_index: Mapped[str] = mapped_column(server_default="")  # of the address without blanks and signs
    language: Mapped[str]
    added_at: Mapped[Instant]
    version: Mapped[int]


class RosterEntry(Base):
    """A resident on the roster; off it since `taken_off_on`, when that is set."""

    __tablename__ = "roster_entry"

    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), primary_key=True)
    listed_on: Mapped[date]
    last_checked_on: Mapped[date]
    taken_off_on: Mapped[date | None]


class RosterCheck(Base):
    """One look at a roster entry: who looked, and what they found; `reason` is sealed."""

    __tablename__ = "roster_check"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    at: Mapped[Instant]
    by: Mapped[str]
    is_in_hardship: Mapped[bool]
    reason: Mapped[str | None]


class Release(Base):
    """The release of a month in an area: the row is its only permission, so that it happens once."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("period", "area_id"),)

    id: Mapped[Key]
    period: Mapped[str]
    area_id: Mapped[UUID]
    released_at: Mapped[Instant]
    by: Mapped[str]
    released: Mapped[int]
    carried_over: Mapped[int]


class ImportBatch(Base):
    """One imported sheet, to be found and taken back."""

    __tablename__ = "import_batch"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(index=True)
    form: Mapped[str]
    imported_at: Mapped[Instant]
    by: Mapped[str]
    accepted: Mapped[int]
    rejected: Mapped[int]
    undone_at: Mapped[Instant | None]
    undone_by: Mapped[str | None]


class Wish(Base):
    """A wish. `title` is public; `details`, `contact` and `confirmation_code` are sealed."""

    __tablename__ = "wish"
    __table_args__ = (
        one_of("state", WishState),
        one_of("kind", WishKind),
        one_of("category", Category),
        one_of("urgency", Urgency),
        one_of("door", Door),
        one_of("doer", DoerKind),
        one_of("suitable", Claimant),
        CheckConstraint(
            "state NOT IN ('screened', 'released', 'claimed', 'fulfilled') "
            "OR (category IS NOT NULL AND service_days IS NOT NULL)",
            name="screened_in_full",
        ),
        CheckConstraint(
            "state NOT IN ('released', 'claimed', 'fulfilled') "
            "OR (released_at IS NOT NULL AND last_month IS NOT NULL)",
            name="went_up",
        ),
        CheckConstraint("char_length(title) BETWEEN 1 AND 40", name="title"),
        CheckConstraint("value >= 0 AND places >= 1", name="amounts"),
        Index("ix_wish_community_id_state", "community_id", "state", "id"),
        Index("ix_wish_state", "state", "id"),
        Index("ix_wish_queue", "community_id", "due_on", "id", postgresql_where=text("state = 'submitted'")),
        Index(
            "ix_wish_campaign", "campaign_id", "reporter_id", postgresql_where=text("campaign_id IS NOT NULL")
        ),
        Index("ix_wish_batch_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("ix_wish_release_id", "release_id", postgresql_where=text("release_id IS NOT NULL")),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    community_id: Mapped[UUID]
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    state: Mapped[str]
    title: Mapped[str]
    details: Mapped[str | None]
    kind: Mapped[str]
    category: Mapped[str | None]
    urgency: Mapped[str]
    value: Mapped[int]  # yuan
    places: Mapped[int]
    skill: Mapped[str | None]
    service_days: Mapped[int | None]  # set by the screener
    contact: Mapped[str]  # JSON of name, phone, address, details, sealed once at intake
    confirmation_code: Mapped[str]
    confirmation_index: Mapped[str]
    door: Mapped[str]
    entered_by: Mapped[str]
    submitted_at: Mapped[Instant]
    due_on: Mapped[date]  # by when it should be screened
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_batch.id"))
    sheet_row: Mapped[int | None]
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    period: Mapped[str | None]  # the month whose release put it up; none when urgent
    released_at: Mapped[Instant | None]
    last_month: Mapped[str | None]  # the latest month in which it went up or into which it was carried
    months_carried: Mapped[int]
    version: Mapped[int]  # grows with every move that wishes itself makes, and when it joins
    suitable: Mapped[str] = mapped_column(server_default=Claimant.ANYONE.value)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    reporter_id: Mapped[UUID | None]  # the unit for which it counts in the campaign
    claims_version: Mapped[int | None]  # of the standing that was last noted
    doer: Mapped[str | None]  # what kind of somebody claimed it last


class WishMove(Base):
    """One step in the life of a wish; `reason` is sealed, for people write names into reasons."""

    __tablename__ = "wish_move"
    __table_args__ = (
        one_of("action", WishAction),
        one_of("state", WishState),
        Index("ix_wish_move_wish_id", "wish_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"))
    at: Mapped[Instant]
    action: Mapped[str]
    state: Mapped[str]  # after the move
    by: Mapped[str]
    reason: Mapped[str | None]


class WrongTry(Base):
    """Tries, wrong ones among them, since the hours of a limit began; `subject` is a blind index."""

    __tablename__ = "wrong_try"

    subject: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    tries: Mapped[int]
