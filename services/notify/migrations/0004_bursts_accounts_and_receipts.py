"""Bursts that can be halted, accounts that processes share, receipts that come early or late."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0004"
down_revision = "notify_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "account",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("tokens", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_account")),
        schema="notify",
    )
    op.create_table(
        "burst",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("occasion", sa.UUID(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'paused')", name=op.f("ck_burst_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
        sa.UniqueConstraint("occasion", "topic", "channel", name=op.f("uq_burst_occasion_topic_channel")),
        schema="notify",
    )
    op.create_table(
        "early_receipt",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("mark", sa.UUID(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("known", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "reference", "phone_index", name=op.f("pk_early_receipt")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_early_receipt_came_at"), "early_receipt", ["came_at"], unique=False, schema="notify"
    )
    op.create_index(
        "ix_delivery_unreceipted",
        "delivery",
        ["channel", "provider", "due_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state = 'accepted' AND due_at IS NOT NULL"),
    )
    op.drop_constraint("fk_attempt_delivery_id_delivery", "attempt", schema="notify", type_="foreignkey")


def downgrade() -> None:
    """Take the tables back."""
    op.create_foreign_key(
        "fk_attempt_delivery_id_delivery",
        "attempt",
        "delivery",
        ["delivery_id"],
        ["id"],
        source_schema="notify",
        referent_schema="notify",
    )
    op.drop_index(
        "ix_delivery_unreceipted",
        table_name="delivery",
        schema="notify",
        postgresql_where=sa.text("state = 'accepted' AND due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_early_receipt_came_at"), table_name="early_receipt", schema="notify")
    op.drop_table("early_receipt", schema="notify")
    op.drop_table("burst", schema="notify")
    op.drop_table("account", schema="notify")
