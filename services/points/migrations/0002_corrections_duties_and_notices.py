"""Corrections, who is outstanding, what is expected, notices, circulation and names shown."""

import sqlalchemy as sa
from alembic import op

revision = "points_0002"
down_revision = "points_0001"
branch_labels = None
depends_on = None

ONLY_GROWS = """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON points.duty
    FOR EACH STATEMENT EXECUTE FUNCTION points.refuse_change()
"""
ALWAYS = "ALTER TABLE points.duty ENABLE ALWAYS TRIGGER only_grows"

DEFAULT_DUTIES = """
    INSERT INTO points.duty (id, area_id, kind, number, valid_from, set_at) VALUES
    ('00000000-0000-7000-8000-000000000011', NULL, 'member_wishes', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000012', NULL, 'unit_projects', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000013', NULL, 'street_wishes', 3, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000014', NULL, 'unit_wishes', 1, '2000-01-01', now()),
    ('00000000-0000-7000-8000-000000000015', NULL, 'reply_days', 30, '2000-01-01', now())
"""
"""The models say the same; a migration is not changed when they are."""


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "contribution",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member_wishes', 'unit_projects', 'street_wishes', 'unit_wishes', 'reply_days')",
            name=op.f("ck_contribution_kind"),
        ),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_contribution")),
        schema="points",
    )
    op.create_index(
        op.f("ix_contribution_kind_made_on"),
        "contribution",
        ["kind", "made_on"],
        unique=False,
        schema="points",
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member_wishes', 'unit_projects', 'street_wishes', 'unit_wishes', 'reply_days')",
            name=op.f("ck_duty_kind"),
        ),
        sa.CheckConstraint("number BETWEEN 0 AND 100", name=op.f("ck_duty_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        schema="points",
    )
    op.create_index(op.f("ix_duty_area_id"), "duty", ["area_id"], unique=False, schema="points")
    op.execute(DEFAULT_DUTIES)
    op.execute(ONLY_GROWS)
    op.execute(ALWAYS)
    op.create_table(
        "name_choice",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("shows", sa.String(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("shows IN ('name', 'initials', 'nothing')", name=op.f("ck_name_choice_shows")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_name_choice")),
        schema="points",
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("officers_path", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objection", sa.String(), nullable=True),
        sa.Column("objected_by", sa.String(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('member_wishes', 'unit_projects', 'street_wishes', 'unit_wishes', 'reply_days')",
            name=op.f("ck_notice_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'objected', 'upheld', 'withdrawn')", name=op.f("ck_notice_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("year", "kind", "subject_id", name=op.f("uq_notice_year_kind_subject_id")),
        schema="points",
    )
    op.create_index(
        op.f("ix_notice_officers_path"),
        "notice",
        ["officers_path"],
        unique=False,
        schema="points",
        postgresql_ops={"officers_path": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_notice_subject_id"), "notice", ["subject_id"], unique=False, schema="points")
    op.create_table(
        "feedback_circulation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("circulated_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "how IN ('meeting', 'paper', 'board', 'online')", name=op.f("ck_feedback_circulation_how")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["points.feedback_report.id"],
            name=op.f("fk_feedback_circulation_report_id_feedback_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_circulation")),
        schema="points",
    )
    op.create_index(
        op.f("ix_feedback_circulation_report_id"),
        "feedback_circulation",
        ["report_id"],
        unique=False,
        schema="points",
    )
    op.create_table(
        "nomination",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("recognition_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("merits", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'declined')", name=op.f("ck_nomination_state")),
        sa.ForeignKeyConstraint(
            ["recognition_id"],
            ["points.recognition.id"],
            name=op.f("fk_nomination_recognition_id_recognition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint("recognition_id", name=op.f("uq_nomination_recognition_id")),
        schema="points",
    )
    op.create_index(
        op.f("ix_nomination_year_area_path"),
        "nomination",
        ["year", "area_path"],
        unique=False,
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_correction_state")),
        sa.ForeignKeyConstraint(["entry_id"], ["points.entry.id"], name=op.f("fk_correction_entry_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        schema="points",
    )
    op.create_index(
        op.f("ix_correction_area_path"),
        "correction",
        ["area_path"],
        unique=False,
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.create_index(
        op.f("ix_correction_entry_id"),
        "correction",
        ["entry_id"],
        unique=True,
        schema="points",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.add_column("area", sa.Column("kind", sa.String(), server_default="", nullable=False), schema="points")
    op.add_column(
        "area",
        sa.Column("ranking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="points",
    )
    op.add_column("entry", sa.Column("corrects_id", sa.UUID(), nullable=True), schema="points")
    op.add_column("entry", sa.Column("correction_id", sa.UUID(), nullable=True), schema="points")
    op.drop_constraint(op.f("uq_entry_claim_id_deed"), "entry", schema="points", type_="unique")
    op.create_index(op.f("ix_entry_corrects_id"), "entry", ["corrects_id"], unique=False, schema="points")
    op.create_index(
        "uq_entry_claim_id",
        "entry",
        ["claim_id", "deed"],
        unique=True,
        schema="points",
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.create_unique_constraint(op.f("uq_entry_correction_id"), "entry", ["correction_id"], schema="points")
    op.create_foreign_key(
        op.f("fk_entry_corrects_id_entry"),
        "entry",
        "entry",
        ["corrects_id"],
        ["id"],
        source_schema="points",
        referent_schema="points",
    )
    op.create_check_constraint(
        op.f("ck_entry_correction"),
        "entry",
        "(corrects_id IS NULL) = (correction_id IS NULL)",
        schema="points",
    )
    op.add_column(
        "feedback_report",
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        schema="points",
    )
    op.add_column(
        "member",
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        schema="points",
    )
    op.create_index(op.f("ix_member_community_id"), "member", ["community_id"], unique=False, schema="points")
    op.create_index(
        op.f("ix_participation_member_id"), "participation", ["member_id"], unique=False, schema="points"
    )
    op.add_column(
        "unit",
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        schema="points",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("unit", "since", schema="points")
    op.drop_index(op.f("ix_participation_member_id"), table_name="participation", schema="points")
    op.drop_index(op.f("ix_member_community_id"), table_name="member", schema="points")
    op.drop_column("member", "since", schema="points")
    op.drop_column("feedback_report", "reminded_at", schema="points")
    op.drop_constraint(op.f("ck_entry_correction"), "entry", schema="points", type_="check")
    op.drop_constraint(op.f("fk_entry_corrects_id_entry"), "entry", schema="points", type_="foreignkey")
    op.drop_constraint(op.f("uq_entry_correction_id"), "entry", schema="points", type_="unique")
    op.drop_index(
        "uq_entry_claim_id",
        table_name="entry",
        schema="points",
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.drop_index(op.f("ix_entry_corrects_id"), table_name="entry", schema="points")
    op.create_unique_constraint(
        op.f("uq_entry_claim_id_deed"),
        "entry",
        ["claim_id", "deed"],
        schema="points",
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("entry", "correction_id", schema="points")
    op.drop_column("entry", "corrects_id", schema="points")
    op.drop_column("area", "ranking", schema="points")
    op.drop_column("area", "kind", schema="points")
    op.drop_index(
        op.f("ix_correction_entry_id"),
        table_name="correction",
        schema="points",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(
        op.f("ix_correction_area_path"),
        table_name="correction",
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.drop_table("correction", schema="points")
    op.drop_index(
        op.f("ix_nomination_year_area_path"),
        table_name="nomination",
        schema="points",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )
    op.drop_table("nomination", schema="points")
    op.drop_index(
        op.f("ix_feedback_circulation_report_id"), table_name="feedback_circulation", schema="points"
    )
    op.drop_table("feedback_circulation", schema="points")
    op.drop_index(op.f("ix_notice_subject_id"), table_name="notice", schema="points")
    op.drop_index(
        op.f("ix_notice_officers_path"),
        table_name="notice",
        schema="points",
        postgresql_ops={"officers_path": "text_pattern_ops"},
    )
    op.drop_table("notice", schema="points")
    op.drop_table("name_choice", schema="points")
    op.drop_index(op.f("ix_duty_area_id"), table_name="duty", schema="points")
    op.drop_table("duty", schema="points")
    op.drop_index(op.f("ix_contribution_kind_made_on"), table_name="contribution", schema="points")
    op.drop_table("contribution", schema="points")
