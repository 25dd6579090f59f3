"""What a whole city is told is written in pieces: how far that has come stands in a table."""

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


def downgrade() -> None:
    """Take the table back; raise when a broadcast is half written, for nobody would write the rest."""
    left = op.get_bind().execute(sa.text("SELECT count(*) FROM notify.broadcast")).scalar_one()
    if left:
        raise RuntimeError(f"{left} broadcasts are being written: let the sender finish them first.")
    op.drop_table("broadcast", schema="notify")
