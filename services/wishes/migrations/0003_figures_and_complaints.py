"""Figures as they are counted and signed, and complaints."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "wishes_0003"
down_revision = "wishes_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "complaint",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("handler_id", sa.UUID(), nullable=False),
        sa.Column("about_account_id", sa.UUID(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "about IN ('wish', 'people', 'programme', 'software', 'other')", name=op.f("ck_complaint_about")
        ),
        sa.CheckConstraint("state IN ('open', 'escalated', 'answered')", name=op.f("ck_complaint_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("code", name=op.f("uq_complaint_code")),
        schema="wishes",
    )
    op.create_index(
        "ix_complaint_due_on",
        "complaint",
        ["due_on"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("state <> 'answered'"),
    )
    op.create_index(
        "ix_complaint_handler_id", "complaint", ["handler_id", "id"], unique=False, schema="wishes"
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("difference", sa.Integer(), nullable=False),
        sa.Column("breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "measure IN ('submitted', 'accepted', 'declined', 'returned', 'referred', 'settled', 'released', "
            "'claimed', 'fulfilled', 'carried_over', 'withdrawn')",
            name=op.f("ck_correction_measure"),
        ),
        sa.CheckConstraint("difference <> 0", name=op.f("ck_correction_difference")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        schema="wishes",
    )
    op.create_index(
        "ix_correction_period_area_id",
        "correction",
        ["period", "area_id", "id"],
        unique=False,
        schema="wishes",
    )
    op.create_table(
        "report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("own", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("corrections_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("period", "area_id", name=op.f("uq_report_period_area_id")),
        schema="wishes",
    )
    op.create_table(
        "report_reminder",
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("period", "area_id", "on", name=op.f("pk_report_reminder")),
        schema="wishes",
    )
    op.create_table(
        "tally",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("referred", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), nullable=False),
        sa.Column("carried_over", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "area_id", "dimension", "value", name=op.f("pk_tally")),
        schema="wishes",
    )
    op.create_table(
        "tally_progress",
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_tally_progress")),
        schema="wishes",
    )
    op.create_table(
        "complaint_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("handler_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'raise', 'escalate', 'answer')", name=op.f("ck_complaint_move_action")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'escalated', 'answered')", name=op.f("ck_complaint_move_state")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["wishes.complaint.id"], name=op.f("fk_complaint_move_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_move")),
        schema="wishes",
    )
    op.create_index(
        "ix_complaint_move_complaint_id",
        "complaint_move",
        ["complaint_id", "id"],
        unique=False,
        schema="wishes",
    )
    op.create_table(
        "carry_over",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish.id"], name=op.f("fk_carry_over_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_over")),
        schema="wishes",
    )
    op.create_index(op.f("ix_carry_over_wish_id"), "carry_over", ["wish_id"], unique=False, schema="wishes")
    op.add_column("wish", sa.Column("doer", sa.String(), nullable=True), schema="wishes")
    op.create_check_constraint(
        op.f("ck_wish_doer"),
        "wish",
        "doer IN ('member', 'team', 'unit', 'branch', 'company', 'joint', 'pool')",
        schema="wishes",
    )


def downgrade() -> None:
    """Take the tables back; what was signed and complained about is lost."""
    op.drop_constraint(op.f("ck_wish_doer"), "wish", schema="wishes")
    op.drop_column("wish", "doer", schema="wishes")
    op.drop_index(op.f("ix_carry_over_wish_id"), table_name="carry_over", schema="wishes")
    op.drop_table("carry_over", schema="wishes")
    op.drop_index("ix_complaint_move_complaint_id", table_name="complaint_move", schema="wishes")
    op.drop_table("complaint_move", schema="wishes")
    op.drop_table("tally_progress", schema="wishes")
    op.drop_table("tally", schema="wishes")
    op.drop_table("report_reminder", schema="wishes")
    op.drop_table("report", schema="wishes")
    op.drop_index("ix_correction_period_area_id", table_name="correction", schema="wishes")
    op.drop_table("correction", schema="wishes")
    op.drop_index("ix_complaint_handler_id", table_name="complaint", schema="wishes")
    op.drop_index(
        "ix_complaint_due_on",
        table_name="complaint",
        schema="wishes",
        postgresql_where=sa.text("state <> 'answered'"),
    )
    op.drop_table("complaint", schema="wishes")
