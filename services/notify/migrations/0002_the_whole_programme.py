"""People are told of the whole programme: topics beyond those of the month."""

from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None

BEFORE = (
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
)
SINCE = (
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
)


def upgrade() -> None:
    """Bring the tables forward."""
    _allow(BEFORE + SINCE)


def downgrade() -> None:
    """Take the tables back."""
    _allow(BEFORE)


def _allow(topics: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{topic}'" for topic in topics)
    op.drop_constraint(op.f("ck_message_topic"), "message", schema="notify", type_="check")
    op.create_check_constraint(op.f("ck_message_topic"), "message", f"topic IN ({allowed})", schema="notify")
