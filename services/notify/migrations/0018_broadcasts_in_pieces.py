"""What a whole city is told is written, held back and let go in pieces; doubts are found by their time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notify_0018"
down_revision = "notify_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "broadcast",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("occasion", sa.UUID(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("release_scope_id", sa.UUID(), nullable=True),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_until", sa.UUID(), nullable=True),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("occasion", "topic", name=op.f("uq_broadcast_occasion_topic")),
        schema="notify",
    )
    op.add_column(
        "burst", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True), schema="notify"
    )
    op.execute("""
        UPDATE notify.burst SET expires_at = coalesce((
            SELECT max(expires_at) FROM notify.message
            WHERE message.occasion = burst.occasion AND message.topic = burst.topic), planned_at)
    """)
    op.alter_column("burst", "expires_at", nullable=False, schema="notify")
    op.execute("UPDATE notify.delivery SET due_at = expires_at WHERE state = 'planned' AND due_at IS NULL")
    op.execute("ALTER TABLE notify.message ALTER COLUMN area_path SET STATISTICS 1000")
    op.create_index(
        "ix_attempt_doubted",
        "attempt",
        ["at"],
        schema="notify",
        postgresql_where=sa.text("outcome = 'ambiguous'"),
    )


def downgrade() -> None:
    """Take it back; raise when a broadcast is half written, for nobody would write the rest."""
    left = op.get_bind().execute(sa.text("SELECT count(*) FROM notify.broadcast")).scalar_one()
    if left:
        raise RuntimeError(f"{left} broadcasts are being written: let the sender finish them first.")
    op.execute("""
        UPDATE notify.delivery SET due_at = NULL
        FROM notify.burst JOIN notify.message USING (occasion, topic)
        WHERE burst.state <> 'running' AND delivery.message_id = message.id
              AND delivery.channel = burst.channel AND delivery.state = 'planned'
    """)
    op.drop_index("ix_attempt_doubted", table_name="attempt", schema="notify")
    op.execute("ALTER TABLE notify.message ALTER COLUMN area_path SET STATISTICS DEFAULT")
    op.drop_column("burst", "expires_at", schema="notify")
    op.drop_table("broadcast", schema="notify")
