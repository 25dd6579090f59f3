"""Doubts that nobody settles come to an end, and what a closed channel holds back is known."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0009"
down_revision = "notify_0007"
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
HELD = "state IN ('planned', 'failed') AND held_since IS NOT NULL"


def upgrade() -> None:
    """Bring the tables forward; doubts that were left for good are ended by the next housekeeping."""
    _allow(STATES_BEFORE + STATES_SINCE)
    op.add_column("delivery", sa.Column("held_since", sa.DateTime(timezone=True)), schema="notify")
    op.add_column("account", sa.Column("rests_since", sa.DateTime(timezone=True)), schema="notify")
    op.create_index(
        "ix_delivery_held", "delivery", ["held_since"], schema="notify", postgresql_where=sa.text(HELD)
    )
    op.execute("UPDATE notify.delivery SET due_at = now() WHERE state = 'ambiguous' AND due_at IS NULL")


def downgrade() -> None:
    """Take the tables back; what nobody will know is in doubt again, and left so."""
    op.drop_index("ix_delivery_held", table_name="delivery", schema="notify", postgresql_where=sa.text(HELD))
    op.drop_column("account", "rests_since", schema="notify")
    op.drop_column("delivery", "held_since", schema="notify")
    op.execute("UPDATE notify.delivery SET state = 'ambiguous', due_at = NULL WHERE state = 'unknown'")
    _allow(STATES_BEFORE)


def _allow(states: list[str]) -> None:
    op.drop_constraint(op.f("ck_delivery_state"), "delivery", schema="notify")
    allowed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(
        op.f("ck_delivery_state"), "delivery", f"state IN ({allowed})", schema="notify"
    )
