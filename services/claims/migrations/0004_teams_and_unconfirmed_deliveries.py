"""A dispatch goes to teams as well as to members; deliveries that nobody confirms are escalated."""

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
    _check_kinds("offer", "claim", "delivery", "rectification", "milestone")


def downgrade() -> None:
    """Take the tables back; answers of teams stay under their ids."""
    op.execute("DELETE FROM claims.escalation_step WHERE kind = 'delivery'")
    _check_kinds("offer", "claim", "rectification", "milestone")
    op.alter_column("dispatch_answer", "candidate_id", new_column_name="member_id", schema="claims")
    op.drop_index("ix_dispatch_team", table_name="dispatch", schema="claims")
    op.drop_column("dispatch", "team_id", schema="claims")


def _check_kinds(*kinds: str) -> None:
    name, table = op.f("ck_escalation_step_kind"), "escalation_step"
    is_known = f"kind IN ({', '.join(map(repr, kinds))})"
    op.drop_constraint(name, table, schema="claims", type_="check")
    op.create_check_constraint(name, table, is_known, schema="claims")
