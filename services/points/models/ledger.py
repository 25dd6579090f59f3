"""What only grows: rules, duties, and the ledger itself."""

from datetime import date
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.points.contracts import Deed, DutyKind
from services.points.domain import MOST_EXPECTED, MOST_POINTS
from services.points.models.copies import Base

IS_A_DEED = "corrects_id IS NULL"
"""The entries that are deeds; the others correct one."""


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
    """One deed on one card (一事一记): what it was, whose, where, by which rule it counts, and how much.

    A correction is an entry too: it says of which one, repeats whose and what it was, and adds its points.
    """

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
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("points.entry.id"), index=True)
    correction_id: Mapped[UUID | None] = mapped_column(unique=True)

    __table_args__ = (
        Index(
            "uq_entry_deed", "claim_id", "member_id", "deed", unique=True, postgresql_where=text(IS_A_DEED)
        ),
        CheckConstraint("(corrects_id IS NULL) = (correction_id IS NULL)", name="correction"),
        one_of("deed", Deed),
        Index(None, "year", "member_id", "community_id"),
        Index(None, "member_id", "id"),
        Index(None, "earned_on"),
        Index(None, "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
    )


class Duty(Base):
    """So much is expected in an area and below, from a day on; `area_id` is NULL for the programme."""

    __tablename__ = "duty"

    id: Mapped[Key]
    area_id: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str]
    number: Mapped[int]
    valid_from: Mapped[date]
    set_at: Mapped[Instant]

    __table_args__ = (
        one_of("kind", DutyKind),
        CheckConstraint(f"number BETWEEN 0 AND {MOST_EXPECTED}", name="number"),
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

DEFAULT_DUTIES = """
    INSERT INTO points.duty (id, area_id, kind, number, valid_from, set_at) VALUES
    ('00000000-0000-7000-8000-000000000011', NULL, 'member_wishes', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000012', NULL, 'unit_projects', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000013', NULL, 'street_wishes', 3, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000014', NULL, 'unit_wishes', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000015', NULL, 'reply_days', 30, '2000-01-01', now())
"""
"""The defaults of the programme: the numbers of 002 and 000, and thirty days for a reply."""


def _after_create(table: Table, *statements: str) -> None:
    for statement in statements:
        event.listen(table, "after_create", DDL(statement.format(table=table.name)))  # type: ignore[no-untyped-call]


_TABLES = Base.metadata.tables
for _name in ("rule", "entry", "duty"):
    _after_create(_TABLES[f"points.{_name}"], *GROWS_ONLY)
_after_create(_TABLES["points.rule"], DEFAULT_RULES)
_after_create(_TABLES["points.duty"], DEFAULT_DUTIES)
