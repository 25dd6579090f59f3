"""Copies of people and areas, messages (also the inbox), their deliveries and attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notify_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("release_scope_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        schema="notify",
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
        schema="notify",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
        schema="notify",
    )
    op.create_table(
        "message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("occasion", sa.UUID(), nullable=False),
        sa.Column("recipient_id", sa.UUID(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("in_inbox", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('left', 'no_address', 'no_channel')", name=op.f("ck_message_reason")),
        sa.CheckConstraint(
            "recipient_kind IN ('member', 'resident', 'account', 'unit')",
            name=op.f("ck_message_recipient_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'planned', 'unreachable', 'expired')", name=op.f("ck_message_state")
        ),
        sa.CheckConstraint(
            "topic IN ('wish_received', 'wish_screened', 'release_digest', 'wish_claimed', 'claim_ended', "
            "'claim_delivered', 'fulfilment_confirmed', 'claim_due_soon', 'claim_overdue', 'threshold_reached', "
            "'feedback_issued', 'feedback_answered', 'sign_in_code')",
            name=op.f("ck_message_topic"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "occasion", "recipient_id", "topic", name=op.f("uq_message_occasion_recipient_id_topic")
        ),
        schema="notify",
    )
    op.create_index(
        "ix_message_inbox",
        "message",
        ["recipient_id", "id"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("in_inbox"),
    )
    op.create_index(
        "ix_message_secret",
        "message",
        ["expires_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("topic = 'sign_in_code' AND parameters <> ''"),
    )
    op.create_index("ix_message_subject_id", "message", ["subject_id"], unique=False, schema="notify")
    op.create_index(
        "ix_message_waiting",
        "message",
        ["recipient_id"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state = 'waiting'"),
    )
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
        schema="notify",
    )
    op.create_index("ix_outbox_name_id", "outbox", ["name", "id"], unique=False, schema="notify")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        schema="notify",
    )
    op.create_table(
        "recipient",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=True),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("postings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member', 'resident', 'account', 'unit')", name=op.f("ck_recipient_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        schema="notify",
    )
    op.create_index(
        "ix_recipient_members_of_area",
        "recipient",
        ["area_path"],
        unique=False,
        schema="notify",
        postgresql_ops={"area_path": "text_pattern_ops"},
        postgresql_where=sa.text("kind = 'member' AND is_active"),
    )
    op.create_index(
        "ix_recipient_postings",
        "recipient",
        ["postings"],
        unique=False,
        schema="notify",
        postgresql_using="gin",
    )
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
        schema="notify",
    )
    op.create_index("ix_setback_next_try_at", "setback", ["next_try_at"], unique=False, schema="notify")
    op.create_index(
        "uq_setback_event_id_handler", "setback", ["event_id", "handler"], unique=True, schema="notify"
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'sending', 'accepted', 'delivered', 'refused', 'failed', 'ambiguous', "
            "'suppressed', 'expired')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["notify.message.id"], name=op.f("fk_delivery_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_delivery_message_id_position")),
        schema="notify",
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["channel", "lane", "due_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state IN ('planned', 'failed') AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_in_doubt",
        "delivery",
        ["due_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state = 'ambiguous' AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["leased_until"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_delivery_state",
        "delivery",
        ["state", "id"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state NOT IN ('accepted', 'delivered')"),
    )
    op.create_index(
        "uq_delivery_reached",
        "delivery",
        ["message_id"],
        unique=True,
        schema="notify",
        postgresql_where=sa.text("state IN ('accepted', 'delivered')"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'retry', 'permanent', 'wait', 'stop', 'ambiguous')",
            name=op.f("ck_attempt_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["notify.delivery.id"], name=op.f("fk_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        schema="notify",
    )
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"], unique=False, schema="notify")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("attempt", schema="notify")
    op.drop_table("delivery", schema="notify")
    op.drop_table("setback", schema="notify")
    op.drop_table("recipient", schema="notify")
    op.drop_table("receipt", schema="notify")
    op.drop_table("outbox", schema="notify")
    op.drop_table("message", schema="notify")
    op.drop_table("inbox", schema="notify")
    op.drop_table("audit", schema="notify")
    op.drop_table("area", schema="notify")
