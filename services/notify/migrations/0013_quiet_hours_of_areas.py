"""Quiet hours of areas, beside those of the house and of people."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0013"
down_revision = "notify_0012"
branch_labels = None
depends_on = None

QUIET_HOURS = ("quiet_from", "quiet_to")


def upgrade() -> None:
    """Bring the tables forward."""
    for name in QUIET_HOURS:
        op.add_column("area", sa.Column(name, sa.SmallInteger(), nullable=True), schema="notify")


def downgrade() -> None:
    """Take the tables back."""
    for name in QUIET_HOURS:
        op.drop_column("area", name, schema="notify")
