"""Room on every page of the board for what changes there: a claim rewrites its offer beside it, no index."""

from alembic import op

revision = "claims_0005"
down_revision = "claims_0004"
branch_labels = None
depends_on = None

CHANGING = ("offer", "member")


def upgrade() -> None:
    """Bring the tables forward; pages that are full already gain room as their rows move."""
    for table in CHANGING:
        op.execute(f"ALTER TABLE claims.{table} SET (fillfactor = 90)")


def downgrade() -> None:
    """Take the tables back."""
    for table in CHANGING:
        op.execute(f"ALTER TABLE claims.{table} RESET (fillfactor)")
