"""A contribution knows the version of its wish, so that what was taken back or joined later counts rightly."""

import sqlalchemy as sa
from alembic import op

revision = "points_0007"
down_revision = "points_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; a wish that came in has version 1."""
    version = sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    op.add_column("contribution", version, schema="points")


def downgrade() -> None:
    """Take the column back."""
    op.drop_column("contribution", "version", schema="points")
