"""What people decide about being told: preferences, switches, and the list of whom to leave alone."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0006"
down_revision = "notify_0005"
branch_labels = None
depends_on = None

TOPICS_BEFORE = (
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
)
TOPICS_SINCE = ("daily_digest",)
STATES_BEFORE = ("waiting", "planned", "unreachable", "expired")
STATES_SINCE = ("gathered", "merged")
WAYS_BEFORE = ("left", "no_address", "no_channel")
WAYS_SINCE = ("switched_off", "suppressed")

HAS_ENDED = sa.text("state IN ('suppressed', 'expired') AND due_at IS NOT NULL")
NOT_INDEXED = sa.text(
    "phone IS NOT NULL AND phone_index IS NULL OR email IS NOT NULL AND email_index IS NULL"
)


def upgrade() -> None:
    """Bring the tables forward; housekeeping indexes the addresses that are known already."""
    op.create_table(
        "preference",
        sa.Column("recipient_id", sa.UUID(), nullable=False),
        sa.Column("wants_invitations", sa.Boolean(), nullable=True),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_preference")),
        schema="notify",
    )
    op.create_table(
        "suppression",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address_index", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source IN ('provider', 'reply', 'unsubscribe', 'officer')", name=op.f("ck_suppression_source")
        ),
        sa.PrimaryKeyConstraint("kind", "address_index", "source", name=op.f("pk_suppression")),
        schema="notify",
    )
    op.create_table(
        "switched_off",
        sa.Column("recipient_id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "topic", "channel", name=op.f("pk_switched_off")),
        schema="notify",
    )
    op.create_index("ix_delivery_ended", "delivery", ["due_at"], schema="notify", postgresql_where=HAS_ENDED)
    op.add_column("message", sa.Column("address_index", sa.String()), schema="notify")
    op.add_column("recipient", sa.Column("phone_index", sa.String()), schema="notify")
    op.add_column("recipient", sa.Column("email_index", sa.String()), schema="notify")
    op.create_index(
        "ix_recipient_not_indexed", "recipient", ["id"], schema="notify", postgresql_where=NOT_INDEXED
    )
    op.add_column("message", sa.Column("merged_into", sa.UUID()), schema="notify")
    op.create_index(
        "ix_message_gathered",
        "message",
        ["recipient_id"],
        schema="notify",
        postgresql_where=sa.text("state = 'gathered'"),
    )
    op.create_index(
        "ix_message_merged",
        "message",
        ["merged_into"],
        schema="notify",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    _allow("reason", WAYS_BEFORE + WAYS_SINCE)
    _allow("state", STATES_BEFORE + STATES_SINCE)
    _allow("topic", TOPICS_BEFORE + TOPICS_SINCE)


def downgrade() -> None:
    """Take the tables back; what people decided is lost, digests go, and what they told lies in the inbox."""
    op.execute(
        "DELETE FROM notify.attempt USING notify.delivery, notify.message WHERE delivery_id = delivery.id"
        " AND message_id = message.id AND topic = 'daily_digest'"
    )
    op.execute(
        "DELETE FROM notify.delivery USING notify.message"
        " WHERE message_id = message.id AND topic = 'daily_digest'"
    )
    op.execute("DELETE FROM notify.message WHERE topic = 'daily_digest'")
    op.execute("UPDATE notify.message SET state = 'expired' WHERE state IN ('gathered', 'merged')")
    op.execute(
        "UPDATE notify.message SET reason = 'no_address' WHERE reason IN ('switched_off', 'suppressed')"
    )
    _allow("topic", TOPICS_BEFORE)
    _allow("state", STATES_BEFORE)
    _allow("reason", WAYS_BEFORE)
    op.drop_index("ix_message_merged", table_name="message", schema="notify")
    op.drop_index("ix_message_gathered", table_name="message", schema="notify")
    op.drop_column("message", "merged_into", schema="notify")
    op.drop_index("ix_recipient_not_indexed", table_name="recipient", schema="notify")
    op.drop_column("recipient", "email_index", schema="notify")
    op.drop_column("recipient", "phone_index", schema="notify")
    op.drop_column("message", "address_index", schema="notify")
    op.drop_index("ix_delivery_ended", table_name="delivery", schema="notify")
    op.drop_table("switched_off", schema="notify")
    op.drop_table("suppression", schema="notify")
    op.drop_table("preference", schema="notify")


def _allow(column: str, values: tuple[str, ...]) -> None:
    allowed, name = ", ".join(f"'{value}'" for value in values), op.f(f"ck_message_{column}")
    op.drop_constraint(name, "message", schema="notify", type_="check")
    op.create_check_constraint(name, "message", f"{column} IN ({allowed})", schema="notify")
