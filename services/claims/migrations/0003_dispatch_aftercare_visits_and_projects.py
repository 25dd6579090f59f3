"""Dispatches, call-backs, rectifications, escalations, recurring visits and projects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "claims_0003"
down_revision = "claims_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "arrangement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("rhythm IN ('weekly', 'monthly')", name=op.f("ck_arrangement_rhythm")),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_arrangement_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrangement")),
        schema="claims",
    )
    op.create_index("ix_arrangement_area", "arrangement", ["area_path", "id"], unique=False, schema="claims")
    op.create_index(
        "uq_arrangement_active",
        "arrangement",
        ["offer_id", "member_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "call_back",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('drawn', 'unreached', 'satisfied', 'wanting')", name=op.f("ck_call_back_state")
        ),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_call_back_satisfaction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        schema="claims",
    )
    op.create_index("ix_call_back_area", "call_back", ["area_path", "id"], unique=False, schema="claims")
    op.create_table(
        "dispatch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("candidates", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("claim_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'proposed', 'accepted', 'exhausted', 'withdrawn')",
            name=op.f("ck_dispatch_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        schema="claims",
    )
    op.create_index("ix_dispatch_area", "dispatch", ["area_path", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_dispatch_due",
        "dispatch",
        ["answer_by"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'proposed')"),
    )
    op.create_index(
        "ix_dispatch_member",
        "dispatch",
        ["member_id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        "ix_dispatch_open",
        "dispatch",
        ["offer_id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'proposed')"),
    )
    op.create_table(
        "dispatch_answer",
        sa.Column("dispatch_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.String(), nullable=True),
        sa.CheckConstraint(
            "answer IN ('accepted', 'declined', 'timed_out', 'passed_over')",
            name=op.f("ck_dispatch_answer_answer"),
        ),
        sa.PrimaryKeyConstraint("dispatch_id", "member_id", name=op.f("pk_dispatch_answer")),
        schema="claims",
    )
    op.create_table(
        "escalation_step",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("told_path", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('offer', 'claim', 'rectification', 'milestone')", name=op.f("ck_escalation_step_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_step")),
        schema="claims",
    )
    op.create_index(
        "ix_escalation_step_area", "escalation_step", ["area_path", "id"], unique=False, schema="claims"
    )
    op.create_index(
        "uq_escalation_step", "escalation_step", ["kind", "subject_id", "step"], unique=True, schema="claims"
    )
    op.create_table(
        "milestone",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        schema="claims",
    )
    op.create_index(
        "ix_milestone_open",
        "milestone",
        ["due_on"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("reached_at IS NULL"),
    )
    op.create_index("ix_milestone_project", "milestone", ["project_id"], unique=False, schema="claims")
    op.create_table(
        "programme",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        schema="claims",
    )
    op.create_table(
        "project",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposer_id", sa.UUID(), nullable=True),
        sa.Column("proposer_unit_id", sa.UUID(), nullable=True),
        sa.Column("completed_by", sa.UUID(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'sent_back', 'approved', 'claimed', 'completed', 'signed_off')",
            name=op.f("ck_project_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
        schema="claims",
    )
    op.create_index("ix_project_area", "project", ["area_path", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_project_proposer", "project", ["proposer_unit_id", "id"], unique=False, schema="claims"
    )
    op.create_table(
        "project_claim",
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "unit_id", name=op.f("pk_project_claim")),
        schema="claims",
    )
    op.create_index("ix_project_claim_unit", "project_claim", ["unit_id"], unique=False, schema="claims")
    op.create_table(
        "rectification",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'overdue', 'remedied', 'done')", name=op.f("ck_rectification_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
        schema="claims",
    )
    op.create_index(
        "ix_rectification_area", "rectification", ["area_path", "id"], unique=False, schema="claims"
    )
    op.create_index(
        "ix_rectification_due",
        "rectification",
        ["due_on"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state IN ('open', 'overdue')"),
    )
    op.create_index("ix_rectification_member", "rectification", ["member_id"], unique=False, schema="claims")
    op.create_index(
        "uq_rectification_open",
        "rectification",
        ["claim_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("arrangement_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'done', 'missed', 'cancelled')", name=op.f("ck_visit_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        schema="claims",
    )
    op.create_index("ix_visit_area", "visit", ["area_path", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_visit_planned",
        "visit",
        ["due_on"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("uq_visit_day", "visit", ["arrangement_id", "due_on"], unique=True, schema="claims")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("uq_visit_day", table_name="visit", schema="claims")
    op.drop_index(
        "ix_visit_planned", table_name="visit", schema="claims", postgresql_where=sa.text("state = 'planned'")
    )
    op.drop_index("ix_visit_area", table_name="visit", schema="claims")
    op.drop_table("visit", schema="claims")
    op.drop_index(
        "uq_rectification_open",
        table_name="rectification",
        schema="claims",
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.drop_index("ix_rectification_member", table_name="rectification", schema="claims")
    op.drop_index(
        "ix_rectification_due",
        table_name="rectification",
        schema="claims",
        postgresql_where=sa.text("state IN ('open', 'overdue')"),
    )
    op.drop_index("ix_rectification_area", table_name="rectification", schema="claims")
    op.drop_table("rectification", schema="claims")
    op.drop_index("ix_project_claim_unit", table_name="project_claim", schema="claims")
    op.drop_table("project_claim", schema="claims")
    op.drop_index("ix_project_proposer", table_name="project", schema="claims")
    op.drop_index("ix_project_area", table_name="project", schema="claims")
    op.drop_table("project", schema="claims")
    op.drop_table("programme", schema="claims")
    op.drop_index("ix_milestone_project", table_name="milestone", schema="claims")
    op.drop_index(
        "ix_milestone_open",
        table_name="milestone",
        schema="claims",
        postgresql_where=sa.text("reached_at IS NULL"),
    )
    op.drop_table("milestone", schema="claims")
    op.drop_index("uq_escalation_step", table_name="escalation_step", schema="claims")
    op.drop_index("ix_escalation_step_area", table_name="escalation_step", schema="claims")
    op.drop_table("escalation_step", schema="claims")
    op.drop_table("dispatch_answer", schema="claims")
    op.drop_index(
        "ix_dispatch_open",
        table_name="dispatch",
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'proposed')"),
    )
    op.drop_index(
        "ix_dispatch_member",
        table_name="dispatch",
        schema="claims",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(
        "ix_dispatch_due",
        table_name="dispatch",
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'proposed')"),
    )
    op.drop_index("ix_dispatch_area", table_name="dispatch", schema="claims")
    op.drop_table("dispatch", schema="claims")
    op.drop_index("ix_call_back_area", table_name="call_back", schema="claims")
    op.drop_table("call_back", schema="claims")
    op.drop_index(
        "uq_arrangement_active",
        table_name="arrangement",
        schema="claims",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index("ix_arrangement_area", table_name="arrangement", schema="claims")
    op.drop_table("arrangement", schema="claims")
