"""Calls say of how many parts their messages consist: whoever never hears of one counts it as spent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notify_0016"
down_revision = "notify_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; of calls under way nobody wrote down the parts."""
    smallints = postgresql.ARRAY(sa.SmallInteger())
    op.add_column("call", sa.Column("parts", smallints, nullable=False, server_default="{}"), schema="notify")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("call", "parts", schema="notify")
