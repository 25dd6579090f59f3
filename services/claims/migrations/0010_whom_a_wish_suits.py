"""An offer knows whom its wish suits: one member, several together, a unit, or anyone (003)."""

import sqlalchemy as sa
from alembic import op

revision = "claims_0010"
down_revision = "claims_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; what was released before suits anyone."""
    suits = sa.Column("suitable", sa.String(), server_default="anyone", nullable=False)
    op.add_column("offer", suits, schema="claims")
    is_known = "suitable IN ('anyone', 'member', 'several', 'unit')"
    op.create_check_constraint(op.f("ck_offer_suitable"), "offer", is_known, schema="claims")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_constraint(op.f("ck_offer_suitable"), "offer", schema="claims", type_="check")
    op.drop_column("offer", "suitable", schema="claims")
