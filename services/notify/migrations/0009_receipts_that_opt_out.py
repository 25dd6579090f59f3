"""Receipts that came early and say more: which try they are about, and that an address is to be left alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "notify_0009"
down_revision = "notify_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what receipts may say; those that wait at this moment said nothing of it."""
    added: list[sa.Column[Any]] = [
        sa.Column("attempt", sa.SmallInteger(), nullable=True),
        sa.Column("opts_out", sa.Boolean(), server_default=sa.false(), nullable=False),
    ]
    for column in added:
        op.add_column("early_receipt", column, schema="notify")


def downgrade() -> None:
    """Forget what the earlier version does not know."""
    op.drop_column("early_receipt", "opts_out", schema="notify")
    op.drop_column("early_receipt", "attempt", schema="notify")
