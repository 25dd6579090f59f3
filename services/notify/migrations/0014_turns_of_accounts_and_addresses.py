"""What vendors allow in a day and to each address, and since when the receipts of an account are judged."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0014"
down_revision = "notify_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("account", sa.Column("day", sa.Date(), nullable=True), schema="notify")
    op.add_column(
        "account",
        sa.Column("sent_that_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        schema="notify",
    )
    op.add_column(
        "account", sa.Column("judged_since", sa.DateTime(timezone=True), nullable=True), schema="notify"
    )
    op.create_table(
        "turn",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("address_index", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "address_index", name=op.f("pk_turn")),
        schema="notify",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("turn", schema="notify")
    for column in ("judged_since", "sent_that_day", "day"):
        op.drop_column("account", column, schema="notify")
