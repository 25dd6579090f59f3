"""Channels that people have to say where they are found, and providers who say that somebody wants no more."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None

BEFORE = ("accepted", "retry", "permanent", "wait", "stop", "ambiguous")
SINCE = ("opted_out",)


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "handle",
        sa.Column("recipient_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "channel", name=op.f("pk_handle")),
        schema="notify",
    )
    op.add_column(
        "delivery",
        sa.Column("asks", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        schema="notify",
    )
    op.add_column("delivery", sa.Column("asked_at", sa.DateTime(timezone=True)), schema="notify")
    op.create_index(
        "ix_delivery_to_ask",
        "delivery",
        ["channel", "provider"],
        schema="notify",
        postgresql_where=sa.text("state = 'ambiguous'"),
    )
    op.create_index(
        "ix_delivery_reference",
        "delivery",
        ["reference", "provider"],
        schema="notify",
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    _allow(BEFORE + SINCE)


def downgrade() -> None:
    """Take the tables back; whoever wanted no more was refused, as far as the old programme can say."""
    op.execute("UPDATE notify.attempt SET outcome = 'permanent' WHERE outcome = 'opted_out'")
    _allow(BEFORE)
    op.drop_index("ix_delivery_reference", table_name="delivery", schema="notify")
    op.drop_index("ix_delivery_to_ask", table_name="delivery", schema="notify")
    op.drop_column("delivery", "asked_at", schema="notify")
    op.drop_column("delivery", "asks", schema="notify")
    op.drop_table("handle", schema="notify")


def _allow(verdicts: tuple[str, ...]) -> None:
    allowed, name = ", ".join(f"'{verdict}'" for verdict in verdicts), op.f("ck_attempt_outcome")
    op.drop_constraint(name, "attempt", schema="notify", type_="check")
    op.create_check_constraint(name, "attempt", f"outcome IN ({allowed})", schema="notify")
