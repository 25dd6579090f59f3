"""Messages are found by their area: officers of a community look through theirs, not through the city's."""

from alembic import op

revision = "notify_0017"
down_revision = "notify_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_index(
        "ix_message_area_path",
        "message",
        ["area_path"],
        schema="notify",
        postgresql_ops={"area_path": "text_pattern_ops"},
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_message_area_path", table_name="message", schema="notify")
