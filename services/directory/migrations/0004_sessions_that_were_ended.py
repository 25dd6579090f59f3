"""An account and a member know how often, and when last, their sessions were ended."""

import sqlalchemy as sa
from alembic import op

revision = "directory_0004"
down_revision = "directory_0003"
branch_labels = None
depends_on = None

WHO_SIGNS_IN = ("account", "member")


def upgrade() -> None:
    """Bring the tables forward; whoever was closed out before may still have a session, which ends now."""
    for table in WHO_SIGNS_IN:
        times = sa.Column("sessions_ended", sa.Integer(), server_default="0", nullable=False)
        op.add_column(table, times, schema="directory")
        last = sa.Column("sessions_ended_at", sa.DateTime(timezone=True))
        op.add_column(table, last, schema="directory")
        op.execute(
            f"UPDATE directory.{table} SET sessions_ended = 1, sessions_ended_at = now()"  # noqa: S608
            " WHERE NOT is_active"
        )
        op.create_index(
            f"ix_{table}_sessions_ended_at",
            table,
            ["sessions_ended_at"],
            schema="directory",
            postgresql_where=sa.text("sessions_ended_at IS NOT NULL"),
        )


def downgrade() -> None:
    """Take the columns back."""
    for table in WHO_SIGNS_IN:
        op.drop_index(f"ix_{table}_sessions_ended_at", table_name=table, schema="directory")
        op.drop_column(table, "sessions_ended_at", schema="directory")
        op.drop_column(table, "sessions_ended", schema="directory")
