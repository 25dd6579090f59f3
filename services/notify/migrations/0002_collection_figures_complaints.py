"""More to tell: referrals, campaigns, rosters and festivals, figures and complaints."""

from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None

TOPICS = [
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
]
ADDED = [
    "wish_referred",
    "referral_answered",
    "campaign_stage",
    "roster_due",
    "festival_near",
    "figures_awaited",
    "complaint_received",
    "complaint_escalated",
    "complaint_answered",
]


def _hold_to(topics: list[str]) -> None:
    name = op.f("ck_message_topic")
    allowed = ", ".join(f"'{topic}'" for topic in topics)
    op.drop_constraint(name, "message", schema="notify")
    op.create_check_constraint(name, "message", f"topic IN ({allowed})", schema="notify")


def upgrade() -> None:
    """Bring the tables forward."""
    _hold_to([*TOPICS, *ADDED])


def downgrade() -> None:
    """Take the tables back; fails while a message of a newer topic is kept."""
    _hold_to(TOPICS)
