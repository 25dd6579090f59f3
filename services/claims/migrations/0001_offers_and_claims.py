"""Offers and their places, claims and their history, and the copies that claims keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "claims_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("path", sa.String(collation="C"), nullable=False),
        sa.Column("open_claims", sa.Integer(), nullable=False),
        sa.Column("undo_minutes", sa.Integer(), nullable=False),
        sa.Column("reminder_days", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("lapse_after_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        schema="claims",
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="claims",
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("request_key", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'delivered', 'confirmed', 'undone', 'returned', 'lapsed', 'not_done', 'withdrawn')",
            name=op.f("ck_claim_state"),
        ),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_claim_satisfaction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        schema="claims",
    )
    op.create_index("ix_claim_area", "claim", ["area_path", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_claim_ended",
        "claim",
        ["state", "id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("NOT state IN ('held', 'delivered', 'confirmed')"),
    )
    op.create_index(
        "ix_claim_under_way",
        "claim",
        ["due_on"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered')"),
    )
    op.create_index(
        "uq_claim_current",
        "claim",
        ["offer_id", "member_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.create_index("uq_claim_request", "claim", ["member_id", "request_key"], unique=True, schema="claims")
    op.create_table(
        "claim_move",
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'delivered', 'confirmed', 'undone', 'returned', 'lapsed', 'not_done', 'withdrawn')",
            name=op.f("ck_claim_move_state"),
        ),
        sa.PrimaryKeyConstraint("claim_id", "state", name=op.f("pk_claim_move")),
        schema="claims",
    )
    op.create_table(
        "confirmation_try",
        sa.Column("wish_code", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("wish_code", name=op.f("pk_confirmation_try")),
        schema="claims",
    )
    op.create_index("ix_confirmation_try_since", "confirmation_try", ["since"], unique=False, schema="claims")
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
        schema="claims",
    )
    op.create_table(
        "member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("community_id", sa.UUID(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("open_claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("open_claims >= 0", name=op.f("ck_member_open_claims_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        schema="claims",
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(), nullable=True),
        sa.Column("service_days", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("community_name", sa.String(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("resident_id", sa.UUID(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("confirmation_index", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("confirmed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wish_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'fulfilled', 'withdrawn')", name=op.f("ck_offer_state")
        ),
        sa.CheckConstraint("confirmed BETWEEN 0 AND taken", name=op.f("ck_offer_confirmed_within_taken")),
        sa.CheckConstraint("taken <= places", name=op.f("ck_offer_taken_within_places")),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_offer_taken_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        schema="claims",
    )
    op.create_index("ix_offer_area", "offer", ["area_path", "state", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_offer_board",
        "offer",
        ["state", sa.literal_column("released_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="claims",
    )
    op.create_index(
        "ix_offer_category",
        "offer",
        ["category", sa.literal_column("released_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_offer_code", "offer", ["code"], unique=False, schema="claims")
    op.create_index(
        "ix_offer_skill",
        "offer",
        ["skill", sa.literal_column("released_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'open' AND skill IS NOT NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
        schema="claims",
    )
    op.create_index("ix_outbox_name_id", "outbox", ["name", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        schema="claims",
    )
    op.create_table(
        "reminder",
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('due_soon', 'overdue')", name=op.f("ck_reminder_kind")),
        sa.PrimaryKeyConstraint("claim_id", "kind", "day", name=op.f("pk_reminder")),
        schema="claims",
    )
    op.create_table(
        "setback",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "first_failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setback")),
        schema="claims",
    )
    op.create_index("ix_setback_next_try_at", "setback", ["next_try_at"], unique=False, schema="claims")
    op.create_index(
        "uq_setback_event_id_handler", "setback", ["event_id", "handler"], unique=True, schema="claims"
    )
    op.create_table(
        "turned_away",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turned_away")),
        schema="claims",
    )
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        schema="claims",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("withdrawal", schema="claims")
    op.drop_table("turned_away", schema="claims")
    op.drop_index("uq_setback_event_id_handler", table_name="setback", schema="claims")
    op.drop_index("ix_setback_next_try_at", table_name="setback", schema="claims")
    op.drop_table("setback", schema="claims")
    op.drop_table("reminder", schema="claims")
    op.drop_table("receipt", schema="claims")
    op.drop_index(
        "ix_outbox_unsent", table_name="outbox", schema="claims", postgresql_where=sa.text("sent_at IS NULL")
    )
    op.drop_index("ix_outbox_name_id", table_name="outbox", schema="claims")
    op.drop_table("outbox", schema="claims")
    op.drop_index(
        "ix_offer_skill",
        table_name="offer",
        schema="claims",
        postgresql_where=sa.text("state = 'open' AND skill IS NOT NULL"),
    )
    op.drop_index("ix_offer_code", table_name="offer", schema="claims")
    op.drop_index(
        "ix_offer_category", table_name="offer", schema="claims", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_offer_board", table_name="offer", schema="claims")
    op.drop_index("ix_offer_area", table_name="offer", schema="claims")
    op.drop_table("offer", schema="claims")
    op.drop_table("member", schema="claims")
    op.drop_table("inbox", schema="claims")
    op.drop_index("ix_confirmation_try_since", table_name="confirmation_try", schema="claims")
    op.drop_table("confirmation_try", schema="claims")
    op.drop_table("claim_move", schema="claims")
    op.drop_index("uq_claim_request", table_name="claim", schema="claims")
    op.drop_index(
        "uq_claim_current",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.drop_index(
        "ix_claim_under_way",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered')"),
    )
    op.drop_index(
        "ix_claim_ended",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("NOT state IN ('held', 'delivered', 'confirmed')"),
    )
    op.drop_index("ix_claim_area", table_name="claim", schema="claims")
    op.drop_table("claim", schema="claims")
    op.drop_table("audit", schema="claims")
    op.drop_table("area", schema="claims")
