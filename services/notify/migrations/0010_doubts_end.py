"""Doubts that nobody settles come to an end."""

from alembic import op

revision = "notify_0010"
down_revision = "notify_0009"
branch_labels = None
depends_on = None

STATES_BEFORE = [
    "planned",
    "sending",
    "accepted",
    "delivered",
    "refused",
    "failed",
    "ambiguous",
    "suppressed",
    "expired",
]
STATES_SINCE = ["unknown"]


def upgrade() -> None:
    """Bring the tables forward; doubts that were left for good are ended by the next housekeeping."""
    _allow(STATES_BEFORE + STATES_SINCE)
    op.execute("UPDATE notify.delivery SET due_at = now() WHERE state = 'ambiguous' AND due_at IS NULL")


def downgrade() -> None:
    """Take the tables back; what nobody will know is in doubt again, and left so."""
    op.execute("UPDATE notify.delivery SET state = 'ambiguous', due_at = NULL WHERE state = 'unknown'")
    _allow(STATES_BEFORE)


def _allow(states: list[str]) -> None:
    op.drop_constraint(op.f("ck_delivery_state"), "delivery", schema="notify")
    allowed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(
        op.f("ck_delivery_state"), "delivery", f"state IN ({allowed})", schema="notify"
    )
