"""Calls under way: what was lent and not called yet is known not to be out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notify_0015"
down_revision = "notify_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; of what is being sent meanwhile nobody wrote down whether its call began."""
    op.create_table(
        "call",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("deliveries", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("tries", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        schema="notify",
    )
    op.execute("""
        INSERT INTO notify.call (id, deliveries, tries)
        SELECT gen_random_uuid(), array_agg(id), array_agg(tries) FROM notify.delivery
        WHERE state = 'sending' HAVING count(*) > 0
    """)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("call", schema="notify")
