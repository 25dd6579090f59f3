"""A provider may say that somebody wants to be left alone."""

from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None

BEFORE = ("accepted", "retry", "permanent", "wait", "stop", "ambiguous")
SINCE = ("opted_out",)


def upgrade() -> None:
    """Bring the tables forward."""
    _allow(BEFORE + SINCE)


def downgrade() -> None:
    """Take the tables back; whoever was left alone was refused, as far as the old programme can say."""
    op.execute("UPDATE notify.attempt SET outcome = 'permanent' WHERE outcome = 'opted_out'")
    _allow(BEFORE)


def _allow(verdicts: tuple[str, ...]) -> None:
    allowed, name = ", ".join(f"'{verdict}'" for verdict in verdicts), op.f("ck_attempt_outcome")
    op.drop_constraint(name, "attempt", schema="notify", type_="check")
    op.create_check_constraint(name, "attempt", f"outcome IN ({allowed})", schema="notify")
