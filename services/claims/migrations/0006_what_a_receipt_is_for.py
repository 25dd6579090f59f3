"""A receipt notes what was asked and where the caller had to have the right."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "claims_0006"
down_revision = "claims_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; receipts given before are good for whatever is asked with their key."""
    op.add_column("receipt", sa.Column("asked", sa.String(40)), schema="claims")
    op.add_column("receipt", sa.Column("permitted_at", ARRAY(sa.String())), schema="claims")


def downgrade() -> None:
    """Take the columns back."""
    op.drop_column("receipt", "permitted_at", schema="claims")
    op.drop_column("receipt", "asked", schema="claims")
