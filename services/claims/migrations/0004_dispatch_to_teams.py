"""A dispatch goes to teams as well as to members."""

import sqlalchemy as sa
from alembic import op

revision = "claims_0004"
down_revision = "claims_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    is_asked = sa.text("state = 'proposed'")
    op.add_column("dispatch", sa.Column("team_id", sa.UUID(), nullable=True), schema="claims")
    op.create_index("ix_dispatch_team", "dispatch", ["team_id"], schema="claims", postgresql_where=is_asked)
    op.alter_column("dispatch_answer", "member_id", new_column_name="candidate_id", schema="claims")


def downgrade() -> None:
    """Take the tables back; answers of teams stay under their ids."""
    op.alter_column("dispatch_answer", "candidate_id", new_column_name="member_id", schema="claims")
    op.drop_index("ix_dispatch_team", table_name="dispatch", schema="claims")
    op.drop_column("dispatch", "team_id", schema="claims")
