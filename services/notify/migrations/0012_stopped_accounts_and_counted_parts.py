"""Accounts that their providers refuse, which operators hear of, and the parts that receipts count."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0012"
down_revision = "notify_0011"
branch_labels = None
depends_on = None

TOPIC = "account_stopped"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column(
        "account", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True), schema="notify"
    )
    op.add_column(
        "account",
        sa.Column("stop_code", sa.String(), server_default=sa.text("''"), nullable=False),
        schema="notify",
    )
    op.add_column(
        "account", sa.Column("told_of_stop_at", sa.DateTime(timezone=True), nullable=True), schema="notify"
    )
    op.add_column("early_receipt", sa.Column("parts", sa.SmallInteger(), nullable=True), schema="notify")
    _allow(f"{_topics()}, '{TOPIC}'")


def downgrade() -> None:
    """Take the tables back; messages about stopped accounts go with them."""
    about_stops = f"SELECT id FROM notify.message WHERE topic = '{TOPIC}'"  # noqa: S608
    of_these = f"SELECT id FROM notify.delivery WHERE message_id IN ({about_stops})"  # noqa: S608
    op.execute(f"DELETE FROM notify.attempt WHERE delivery_id IN ({of_these})")  # noqa: S608
    op.execute(f"DELETE FROM notify.delivery WHERE message_id IN ({about_stops})")  # noqa: S608
    op.execute(f"DELETE FROM notify.message WHERE topic = '{TOPIC}'")  # noqa: S608
    _allow(_topics())
    op.drop_column("early_receipt", "parts", schema="notify")
    for name in ("told_of_stop_at", "stop_code", "stopped_at"):
        op.drop_column("account", name, schema="notify")


def _topics() -> str:
    """Return the other topics that the database allows, each in quotes."""
    said = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_message_topic'")
    named = op.get_bind().execute(said).scalar_one().split("'")[1::2]
    return ", ".join(f"'{topic}'" for topic in named if topic != TOPIC)


def _allow(topics: str) -> None:
    op.drop_constraint(op.f("ck_message_topic"), "message", schema="notify")
    op.create_check_constraint(op.f("ck_message_topic"), "message", f"topic IN ({topics})", schema="notify")
