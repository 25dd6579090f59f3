"""What sort of helper a member is: party members are obliged, volunteers are not."""

import sqlalchemy as sa
from alembic import op

revision = "points_0004"
down_revision = "points_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; until they are told of again, members of before have no kind."""
    op.add_column("member", sa.Column("kind", sa.String(), nullable=True), schema="points")
    op.create_check_constraint(
        op.f("ck_member_kind"), "member", "kind IN ('party_member', 'volunteer')", schema="points"
    )


def downgrade() -> None:
    """Take the column back."""
    op.drop_column("member", "kind", schema="points")
