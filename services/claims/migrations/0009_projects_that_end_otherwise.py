"""A project may end without being completed: it is withdrawn, with a reason."""

from alembic import op

revision = "claims_0009"
down_revision = "claims_0008"
branch_labels = None
depends_on = None

STATES = ("proposed", "sent_back", "approved", "claimed", "completed", "signed_off")


def upgrade() -> None:
    """Bring the tables forward."""
    _check_states(*STATES, "withdrawn")


def downgrade() -> None:
    """Take the tables back; a project that was withdrawn is one that was sent back."""
    op.execute("UPDATE claims.project SET state = 'sent_back' WHERE state = 'withdrawn'")
    _check_states(*STATES)


def _check_states(*states: str) -> None:
    name, table = op.f("ck_project_state"), "project"
    op.drop_constraint(name, table, schema="claims", type_="check")
    op.create_check_constraint(name, table, f"state IN ({', '.join(map(repr, states))})", schema="claims")
