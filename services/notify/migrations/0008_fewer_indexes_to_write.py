"""Fewer indexes to write: in a burst they cost more than the rows themselves."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0008"
down_revision = "notify_0007"
branch_labels = None
depends_on = None

ENDED, ENDED_OR_SENDING = ("accepted", "delivered"), ("accepted", "delivered", "sending")


def upgrade() -> None:
    """Bring the tables forward: attempts lie by delivery, what is lent is found by its lease."""
    _key_attempts_by("delivery_id", "id")
    op.drop_index("ix_attempt_delivery_id", table_name="attempt", schema="notify")
    _list_all_but(ENDED_OR_SENDING)


def downgrade() -> None:
    """Take the tables back."""
    _list_all_but(ENDED)
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"], schema="notify")
    _key_attempts_by("id")


def _key_attempts_by(*columns: str) -> None:
    name = op.f("pk_attempt")
    op.drop_constraint(name, "attempt", schema="notify", type_="primary")
    op.create_primary_key(name, "attempt", list(columns), schema="notify")


def _list_all_but(states: tuple[str, ...]) -> None:
    op.drop_index("ix_delivery_state", table_name="delivery", schema="notify")
    others = sa.text(f"state NOT IN ({', '.join(map(repr, states))})")
    op.create_index(
        "ix_delivery_state", "delivery", ["state", "id"], schema="notify", postgresql_where=others
    )
