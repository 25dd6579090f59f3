"""What areas may spend on messages in a month."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0007"
down_revision = "notify_0006"
branch_labels = None
depends_on = None

TOPICS_BEFORE = [
    "wish_received",
    "wish_screened",
    "release_digest",
    "wish_claimed",
    "claim_ended",
    "claim_delivered",
    "fulfilment_confirmed",
    "claim_due_soon",
    "claim_overdue",
    "threshold_reached",
    "feedback_issued",
    "feedback_answered",
    "sign_in_code",
    "points_corrected",
    "correction_proposed",
    "outstanding_nominated",
    "nomination_decided",
    "notice_sent",
    "notice_objected",
    "notice_decided",
    "feedback_unanswered",
    "wish_referred",
    "referral_answered",
    "campaign_stage",
    "roster_due",
    "festival_near",
    "figures_awaited",
    "complaint_received",
    "complaint_escalated",
    "complaint_answered",
    "waiting_moved",
    "pool_moved",
    "dispatch_proposed",
    "urgent_dispatch",
    "dispatch_withdrawn",
    "dispatch_answered",
    "rectification_moved",
    "escalation_raised",
    "visit_moved",
    "project_moved",
    "daily_digest",
]
TOPICS_SINCE = ["budget_near"]


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "budget",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("spent", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
        sa.UniqueConstraint("month", "area_id", name=op.f("uq_budget_month_area_id")),
        schema="notify",
    )
    op.create_index("ix_attempt_at", "attempt", ["at"], schema="notify", postgresql_using="brin")
    _allow(TOPICS_BEFORE + TOPICS_SINCE)


def downgrade() -> None:
    """Take the tables back; messages about budgets go with them."""
    about_budgets = "SELECT id FROM notify.message WHERE topic = 'budget_near'"
    of_these = f"SELECT id FROM notify.delivery WHERE message_id IN ({about_budgets})"  # noqa: S608
    op.execute(f"DELETE FROM notify.attempt WHERE delivery_id IN ({of_these})")  # noqa: S608
    op.execute(f"DELETE FROM notify.delivery WHERE message_id IN ({about_budgets})")  # noqa: S608
    op.execute("DELETE FROM notify.message WHERE topic = 'budget_near'")
    _allow(TOPICS_BEFORE)
    op.drop_index("ix_attempt_at", table_name="attempt", schema="notify")
    op.drop_table("budget", schema="notify")


def _allow(topics: list[str]) -> None:
    op.drop_constraint(op.f("ck_message_topic"), "message", schema="notify")
    allowed = ", ".join(f"'{topic}'" for topic in topics)
    op.create_check_constraint(op.f("ck_message_topic"), "message", f"topic IN ({allowed})", schema="notify")
