"""The first tables of wishes: areas, residents and roster, wishes and their moves, releases, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "wishes_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("release_scope_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        schema="wishes",
    )
    op.create_index(op.f("ix_area_path"), "area", ["path"], unique=False, schema="wishes")
    op.create_index(
        op.f("ix_area_release_scope_id"), "area", ["release_scope_id"], unique=False, schema="wishes"
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
        schema="wishes",
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        schema="wishes",
    )
    op.create_index(
        op.f("ix_import_batch_community_id"), "import_batch", ["community_id"], unique=False, schema="wishes"
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
        schema="wishes",
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
        schema="wishes",
    )
    op.create_index("ix_outbox_name_id", "outbox", ["name", "id"], unique=False, schema="wishes")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        schema="wishes",
    )
    op.create_table(
        "release",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("carried_over", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("period", "area_id", name=op.f("uq_release_period_area_id")),
        schema="wishes",
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_index", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("hardship", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("gender IN ('男', '女')", name=op.f("ck_resident_gender")),
        sa.CheckConstraint(
            "hardship <@ ARRAY['low_income', 'five_guarantees', 'targeted_relief', 'left_behind_child', 'special_child', 'disabled', 'empty_nest', 'living_alone', 'bereaved_parent', 'ill', 'migrant_worker', 'single_parent', 'veteran', 'party_member_in_need', 'other']",
            name=op.f("ck_resident_hardship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
        sa.UniqueConstraint(
            "community_id",
            "name_index",
            "phone_index",
            name=op.f("uq_resident_community_id_name_index_phone_index"),
        ),
        schema="wishes",
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
        schema="wishes",
    )
    op.create_index("ix_setback_next_try_at", "setback", ["next_try_at"], unique=False, schema="wishes")
    op.create_index(
        "uq_setback_event_id_handler", "setback", ["event_id", "handler"], unique=True, schema="wishes"
    )
    op.create_table(
        "wrong_try",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_wrong_try")),
        schema="wishes",
    )
    op.create_table(
        "roster_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("is_in_hardship", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["wishes.resident.id"], name=op.f("fk_roster_check_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_check")),
        schema="wishes",
    )
    op.create_index(
        op.f("ix_roster_check_resident_id"), "roster_check", ["resident_id"], unique=False, schema="wishes"
    )
    op.create_table(
        "roster_entry",
        sa.Column("resident_id", sa.UUID(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("last_checked_on", sa.Date(), nullable=False),
        sa.Column("taken_off_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["wishes.resident.id"], name=op.f("fk_roster_entry_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_roster_entry")),
        schema="wishes",
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("resident_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(), nullable=True),
        sa.Column("service_days", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("confirmation_code", sa.String(), nullable=False),
        sa.Column("confirmation_index", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=True),
        sa.Column("sheet_row", sa.Integer(), nullable=True),
        sa.Column("release_id", sa.UUID(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_month", sa.String(), nullable=True),
        sa.Column("months_carried", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claims_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "category IN ('policy', 'legal_aid', 'health', 'poverty_relief', 'convenience', 'culture', 'mediation', 'environment')",
            name=op.f("ck_wish_category"),
        ),
        sa.CheckConstraint(
            "door IN ('online', 'visit', 'call', 'chat', 'card', 'counter', 'form_000', 'form_001_1')",
            name=op.f("ck_wish_door"),
        ),
        sa.CheckConstraint("kind IN ('goods', 'service', 'spirit')", name=op.f("ck_wish_kind")),
        sa.CheckConstraint(
            "state IN ('submitted', 'returned', 'screened', 'released', 'claimed', 'fulfilled', 'declined', 'withdrawn')",
            name=op.f("ck_wish_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('released', 'claimed', 'fulfilled') OR (released_at IS NOT NULL AND last_month IS NOT NULL)",
            name=op.f("ck_wish_went_up"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('screened', 'released', 'claimed', 'fulfilled') OR (category IS NOT NULL AND service_days IS NOT NULL)",
            name=op.f("ck_wish_screened_in_full"),
        ),
        sa.CheckConstraint("urgency IN ('urgent', 'pressing', 'ordinary')", name=op.f("ck_wish_urgency")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 40", name=op.f("ck_wish_title")),
        sa.CheckConstraint("value >= 0 AND places >= 1", name=op.f("ck_wish_amounts")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["wishes.import_batch.id"], name=op.f("fk_wish_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["wishes.release.id"], name=op.f("fk_wish_release_id_release")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["wishes.resident.id"], name=op.f("fk_wish_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
        sa.UniqueConstraint("code", name=op.f("uq_wish_code")),
        schema="wishes",
    )
    op.create_index(
        "ix_wish_batch_id",
        "wish",
        ["batch_id"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_wish_community_id_state", "wish", ["community_id", "state", "id"], unique=False, schema="wishes"
    )
    op.create_index(
        "ix_wish_queue",
        "wish",
        ["community_id", "due_on", "id"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index(
        "ix_wish_release_id",
        "wish",
        ["release_id"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("release_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_wish_resident_id"), "wish", ["resident_id"], unique=False, schema="wishes")
    op.create_index("ix_wish_state", "wish", ["state", "id"], unique=False, schema="wishes")
    op.create_table(
        "wish_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "action IN ('submit', 'accept', 'return', 'amend', 'decline', 'release', 'claim', 'reopen', 'fulfil', 'withdraw', 'undo')",
            name=op.f("ck_wish_move_action"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'returned', 'screened', 'released', 'claimed', 'fulfilled', 'declined', 'withdrawn')",
            name=op.f("ck_wish_move_state"),
        ),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish.id"], name=op.f("fk_wish_move_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_move")),
        schema="wishes",
    )
    op.create_index("ix_wish_move_wish_id", "wish_move", ["wish_id", "id"], unique=False, schema="wishes")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_wish_move_wish_id", table_name="wish_move", schema="wishes")
    op.drop_table("wish_move", schema="wishes")
    op.drop_index("ix_wish_state", table_name="wish", schema="wishes")
    op.drop_index(op.f("ix_wish_resident_id"), table_name="wish", schema="wishes")
    op.drop_index(
        "ix_wish_release_id",
        table_name="wish",
        schema="wishes",
        postgresql_where=sa.text("release_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_wish_queue", table_name="wish", schema="wishes", postgresql_where=sa.text("state = 'submitted'")
    )
    op.drop_index("ix_wish_community_id_state", table_name="wish", schema="wishes")
    op.drop_index(
        "ix_wish_batch_id",
        table_name="wish",
        schema="wishes",
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.drop_table("wish", schema="wishes")
    op.drop_table("roster_entry", schema="wishes")
    op.drop_index(op.f("ix_roster_check_resident_id"), table_name="roster_check", schema="wishes")
    op.drop_table("roster_check", schema="wishes")
    op.drop_table("wrong_try", schema="wishes")
    op.drop_index("uq_setback_event_id_handler", table_name="setback", schema="wishes")
    op.drop_index("ix_setback_next_try_at", table_name="setback", schema="wishes")
    op.drop_table("setback", schema="wishes")
    op.drop_table("resident", schema="wishes")
    op.drop_table("release", schema="wishes")
    op.drop_table("receipt", schema="wishes")
    op.drop_index(
        "ix_outbox_unsent", table_name="outbox", schema="wishes", postgresql_where=sa.text("sent_at IS NULL")
    )
    op.drop_index("ix_outbox_name_id", table_name="outbox", schema="wishes")
    op.drop_table("outbox", schema="wishes")
    op.drop_table("inbox", schema="wishes")
    op.drop_index(op.f("ix_import_batch_community_id"), table_name="import_batch", schema="wishes")
    op.drop_table("import_batch", schema="wishes")
    op.drop_table("audit", schema="wishes")
    op.drop_index(op.f("ix_area_release_scope_id"), table_name="area", schema="wishes")
    op.drop_index(op.f("ix_area_path"), table_name="area", schema="wishes")
    op.drop_table("area", schema="wishes")
