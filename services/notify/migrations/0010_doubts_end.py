"""Doubts that nobody settles come to an end, and what a closed channel holds back is known."""

import sqlalchemy as sa
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
OUTCOMES_BEFORE = ["accepted", "retry", "permanent", "wait", "stop", "ambiguous", "opted_out"]
OUTCOMES_SINCE = ["elsewhere"]
HELD = "state IN ('planned', 'failed') AND held_since IS NOT NULL"


def upgrade() -> None:
    """Bring the tables forward; doubts that were left for good are ended by the next housekeeping."""
    _allow("delivery", "state", STATES_BEFORE + STATES_SINCE)
    _allow("attempt", "outcome", OUTCOMES_BEFORE + OUTCOMES_SINCE)
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
    op.execute("UPDATE notify.attempt SET outcome = 'permanent' WHERE outcome = 'elsewhere'")
    _allow("attempt", "outcome", OUTCOMES_BEFORE)
    _allow("delivery", "state", STATES_BEFORE)


def _allow(table: str, column: str, values: list[str]) -> None:
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table, schema="notify")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(name, table, f"{column} IN ({allowed})", schema="notify")
