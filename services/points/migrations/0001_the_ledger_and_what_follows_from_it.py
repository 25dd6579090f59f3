"""The ledger, which only grows, and what follows from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "points_0001"
down_revision = None
branch_labels = None
depends_on = None


REFUSE_CHANGE = """
    CREATE FUNCTION points.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $refuse$
    BEGIN
        RAISE EXCEPTION USING
            MESSAGE = TG_TABLE_NAME || ' only grows: ' || TG_OP || ' is refused',
            ERRCODE = 'restrict_violation';
    END
    $refuse$
"""
ONLY_GROWS = """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON points.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()
"""
ALWAYS = "ALTER TABLE points.{table} ENABLE ALWAYS TRIGGER only_grows"

DEFAULT_RULES = """
    INSERT INTO points.rule (id, area_id, deed, points, valid_from, set_at) VALUES
    ('00000000-0000-7000-8000-000000000001', NULL, 'goods_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000002', NULL, 'service_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000003', NULL, 'spirit_wish', 5, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000004', NULL, 'urgent_wish', 2, '2000-01-01', now())
"""
"""The models say the same; a migration is not changed when they are."""


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("letter_points", sa.Integer(), nullable=False),
        sa.Column("star_points", sa.Integer(), nullable=False),
        sa.Column("outstanding_points", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        schema="points",
    )
    op.create_index(
        op.f("ix_area_path"),
        "area",
        ["path"],
        unique=False,
        schema="points",
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="points",
    )
    op.create_table(
        "feedback_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("taking_part", sa.Integer(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_report")),
        sa.UniqueConstraint("unit_id", "period", name=op.f("uq_feedback_report_unit_id_period")),
        schema="points",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
        schema="points",
    )
    op.create_table(
        "member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("community_id", sa.UUID(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        schema="points",
    )
    op.create_index(op.f("ix_member_unit_id"), "member", ["unit_id"], unique=False, schema="points")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
        schema="points",
    )
    op.create_index("ix_outbox_name_id", "outbox", ["name", "id"], unique=False, schema="points")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        schema="points",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "participation",
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_participation")),
        schema="points",
    )
    op.create_index(
        op.f("ix_participation_claimed_at"), "participation", ["claimed_at"], unique=False, schema="points"
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        schema="points",
    )
    op.create_table(
        "recognition",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "threshold IN ('letter', 'star', 'outstanding')", name=op.f("ck_recognition_threshold")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
        sa.UniqueConstraint(
            "member_id",
            "community_id",
            "year",
            "threshold",
            name=op.f("uq_recognition_member_id_community_id_year_threshold"),
        ),
        schema="points",
    )
    op.create_index(
        op.f("ix_recognition_year_area_path"),
        "recognition",
        ["year", "area_path"],
        unique=False,
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=True),
        sa.Column("deed", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deed IN ('goods_wish', 'service_wish', 'spirit_wish', 'urgent_wish')", name=op.f("ck_rule_deed")
        ),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_rule_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        schema="points",
    )
    op.create_index(op.f("ix_rule_area_id"), "rule", ["area_id"], unique=False, schema="points")
    op.create_table(
        "setback",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "first_failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setback")),
        schema="points",
    )
    op.create_index("ix_setback_next_try_at", "setback", ["next_try_at"], unique=False, schema="points")
    op.create_index(
        "uq_setback_event_id_handler", "setback", ["event_id", "handler"], unique=True, schema="points"
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("street_path", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        schema="points",
    )
    op.create_index(op.f("ix_unit_path"), "unit", ["path"], unique=False, schema="points")
    op.create_table(
        "entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("deed", sa.String(), nullable=False),
        sa.Column("rule_id", sa.UUID(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deed IN ('goods_wish', 'service_wish', 'spirit_wish', 'urgent_wish')", name=op.f("ck_entry_deed")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["points.rule.id"], name=op.f("fk_entry_rule_id_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("claim_id", "deed", name=op.f("uq_entry_claim_id_deed")),
        schema="points",
    )
    op.create_index(
        op.f("ix_entry_area_path"),
        "entry",
        ["area_path"],
        unique=False,
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_entry_earned_on"), "entry", ["earned_on"], unique=False, schema="points")
    op.create_index(
        op.f("ix_entry_member_id_id"), "entry", ["member_id", "id"], unique=False, schema="points"
    )
    op.create_index(
        op.f("ix_entry_year_member_id_community_id"),
        "entry",
        ["year", "member_id", "community_id"],
        unique=False,
        schema="points",
    )
    op.create_table(
        "feedback_line",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["points.feedback_report.id"],
            name=op.f("fk_feedback_line_report_id_feedback_report"),
        ),
        sa.PrimaryKeyConstraint("report_id", "member_id", name=op.f("pk_feedback_line")),
        schema="points",
    )
    op.execute(REFUSE_CHANGE)
    for table in ("rule", "entry"):
        op.execute(ONLY_GROWS.format(table=table))
        op.execute(ALWAYS.format(table=table))
    op.execute(DEFAULT_RULES)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("feedback_line", schema="points")
    op.drop_table("entry", schema="points")
    op.drop_table("unit", schema="points")
    op.drop_table("setback", schema="points")
    op.drop_table("rule", schema="points")
    op.drop_table("recognition", schema="points")
    op.drop_table("receipt", schema="points")
    op.drop_table("participation", schema="points")
    op.drop_table("outbox", schema="points")
    op.drop_table("member", schema="points")
    op.drop_table("inbox", schema="points")
    op.drop_table("feedback_report", schema="points")
    op.drop_table("audit", schema="points")
    op.drop_table("area", schema="points")
    op.execute("DROP FUNCTION points.refuse_change")
