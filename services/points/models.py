"""The tables of points: rules and the ledger, which only grow; recognitions, feedback, and copies."""

from datetime import date
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.points.contracts import Deed, Threshold
from services.points.domain import MOST_POINTS


class Base(Tables, DeclarativeBase):
    """The declarative base of points."""

    metadata = tables_of("points")


# -- copies of what the directory and claims told


class Area(Base):
    """An area, with the marks that hold in it."""

    __tablename__ = "area"

    id: Mapped[Key]
    name: Mapped[str]
    path: Mapped[str]
    letter_points: Mapped[int]
    star_points: Mapped[int]
    outstanding_points: Mapped[int]
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
    version: Mapped[int]

    __table_args__ = (Index(None, "path"),)


class Member(Base):
    """A member; the name is sealed and opened for the own unit only."""

    __tablename__ = "member"

    id: Mapped[Key]
    name: Mapped[str]  # Sealed
    unit_id: Mapped[UUID | None] = mapped_column(index=True)
    community_id: Mapped[UUID | None]
    is_active: Mapped[bool]
    version: Mapped[int]


class Participation(Base):
    """A claim somebody made. Its end may be heard of before its beginning, so either may be missing."""

    __tablename__ = "participation"

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    claimed_at: Mapped[Instant | None] = mapped_column(index=True)
    ended: Mapped[str | None]  # how, as claims says


# -- what only grows


class Rule(Base):
    """So many points for such a deed, in an area and below, from a day on.

    `area_id` is NULL for the defaults of the programme. Of several rules for the same area, deed and day,
    the one set last holds; none is ever changed, since entries name their rule.
    """

    __tablename__ = "rule"

    id: Mapped[Key]
    area_id: Mapped[UUID | None] = mapped_column(index=True)
    deed: Mapped[str]
    points: Mapped[int]
    valid_from: Mapped[date]
    set_at: Mapped[Instant]

    __table_args__ = (
        one_of("deed", Deed),
        CheckConstraint(f"points BETWEEN 0 AND {MOST_POINTS}", name="points"),
    )


class Entry(Base):
    """One deed (一事一记): what it was, whose, where, by which rule it counts, and how much."""

    __tablename__ = "entry"

    id: Mapped[Key]
    claim_id: Mapped[UUID]
    deed: Mapped[str]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey(Rule.id))
    points: Mapped[int]
    member_id: Mapped[UUID]
    community_id: Mapped[UUID]
    area_path: Mapped[str]
    wish_id: Mapped[UUID]
    title: Mapped[str]
    confirmed_at: Mapped[Instant]
    earned_on: Mapped[date]  # the local day of the confirmation
    year: Mapped[int]  # its year, the year of the card
    entered_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("claim_id", "deed"),
        one_of("deed", Deed),
        Index(None, "year", "member_id", "community_id"),
        Index(None, "member_id", "id"),
        Index(None, "earned_on"),
        Index(None, "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
    )


GROWS_ONLY = (
    """
    CREATE OR REPLACE FUNCTION points.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $refuse$
    BEGIN
        RAISE EXCEPTION USING
            MESSAGE = TG_TABLE_NAME || ' only grows: ' || TG_OP || ' is refused',
            ERRCODE = 'restrict_violation';
    END
    $refuse$
    """,
    """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON points.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()
    """,
    "ALTER TABLE points.{table} ENABLE ALWAYS TRIGGER only_grows",
)
"""The statements that make the database refuse to change or delete rows of a table, even for replicas."""

DEFAULT_RULES = """
    INSERT INTO points.rule (id, area_id, deed, points, valid_from, set_at) VALUES
    ('00000000-0000-7000-8000-000000000001', NULL, 'goods_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000002', NULL, 'service_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000003', NULL, 'spirit_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000004', NULL, 'urgent_wish', 2, '2000-01-01', now())
"""
"""The defaults of the programme: 5 for a wish of any kind, and 2 more when it could not wait."""


def _after_create(table: Table, *statements: str) -> None:
    for statement in statements:
        event.listen(table, "after_create", DDL(statement.format(table=table.name)))  # type: ignore[no-untyped-call]


for _table in (Rule.metadata.tables["points.rule"], Entry.metadata.tables["points.entry"]):
    _after_create(_table, *GROWS_ONLY)
_after_create(Rule.metadata.tables["points.rule"], DEFAULT_RULES)


# -- what follows from the ledger


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


class FeedbackReport(Base):
    """What a unit is told about its own members for a half-year, with its receipt and reply."""

    __tablename__ = "feedback_report"

    id: Mapped[Key]
    unit_id: Mapped[UUID]
    period: Mapped[str]
    issued_at: Mapped[Instant]
    members: Mapped[int]
    taking_part: Mapped[int]
    fulfilled: Mapped[int]
    received_at: Mapped[Instant | None]
    reply: Mapped[str | None]  # Sealed: it may speak of members
    replied_at: Mapped[Instant | None]

    __table_args__ = (UniqueConstraint("unit_id", "period"),)


class FeedbackLine(Base):
    """What one member of the unit did in the half-year."""

    __tablename__ = "feedback_line"

    report_id: Mapped[UUID] = mapped_column(ForeignKey(FeedbackReport.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    claimed: Mapped[int]
    fulfilled: Mapped[int]
    points: Mapped[int]
