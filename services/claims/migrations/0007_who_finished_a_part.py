"""A part of a joint claim remembers who said that it is done: they can never confirm the whole."""

import sqlalchemy as sa
from alembic import op

revision = "claims_0007"
down_revision = "claims_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; who finished a part before stays unknown."""
    op.add_column("joint_part", sa.Column("done_by", sa.UUID(), nullable=True), schema="claims")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("joint_part", "done_by", schema="claims")
