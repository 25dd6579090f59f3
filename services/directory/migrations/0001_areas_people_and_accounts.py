"""Areas, people, accounts, signing in, and the mailbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "directory_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "allowance",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "starts_at", name=op.f("pk_allowance")),
        schema="directory",
    )
    op.create_index("ix_allowance_ends_at", "allowance", ["ends_at"], unique=False, schema="directory")
    op.create_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("path", sa.String(collation="C"), nullable=False),
        sa.Column("own_settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('city', 'district', 'street', 'community', 'station')", name=op.f("ck_area_kind")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["directory.area.id"], name=op.f("fk_area_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("path", name=op.f("uq_area_path")),
        schema="directory",
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
        schema="directory",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
        schema="directory",
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
        schema="directory",
    )
    op.create_index("ix_outbox_name_id", "outbox", ["name", "id"], unique=False, schema="directory")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        schema="directory",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        schema="directory",
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
        schema="directory",
    )
    op.create_index("ix_setback_next_try_at", "setback", ["next_try_at"], unique=False, schema="directory")
    op.create_index(
        "uq_setback_event_id_handler", "setback", ["event_id", "handler"], unique=True, schema="directory"
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_id"], ["directory.area.id"], name=op.f("fk_import_batch_area_id_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        schema="directory",
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(collation="C"), nullable=False),
        sa.Column("name_key", sa.String(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(collation="C"), nullable=False),
        sa.Column("street_id", sa.UUID(), nullable=True),
        sa.Column("care_path", sa.String(collation="C"), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("contact_phone", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('organ', 'institution', 'enterprise', 'company', 'branch', 'social')",
            name=op.f("ck_unit_kind"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["directory.unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.ForeignKeyConstraint(["street_id"], ["directory.area.id"], name=op.f("fk_unit_street_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name_key", name=op.f("uq_unit_name_key")),
        schema="directory",
    )
    op.create_index(op.f("ix_unit_care_path"), "unit", ["care_path"], unique=False, schema="directory")
    op.create_table(
        "account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("login_index", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["directory.unit.id"], name=op.f("fk_account_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login_index", name=op.f("uq_account_login_index")),
        schema="directory",
    )
    op.create_index(op.f("ix_account_unit_id"), "account", ["unit_id"], unique=False, schema="directory")
    op.create_table(
        "imported_row",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["directory.import_batch.id"], name=op.f("fk_imported_row_batch_id_import_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "subject_id", name=op.f("pk_imported_row")),
        schema="directory",
    )
    op.create_table(
        "member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("community_id", sa.UUID(), nullable=True),
        sa.Column("care_path", sa.String(collation="C"), nullable=False),
        sa.Column("skills", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("willingness", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('party_member', 'volunteer')", name=op.f("ck_member_kind")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["directory.area.id"], name=op.f("fk_member_community_id_area")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["directory.unit.id"], name=op.f("fk_member_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_member_phone_index")),
        schema="directory",
    )
    op.create_index("ix_member_care_path_id", "member", ["care_path", "id"], unique=False, schema="directory")
    op.create_index(op.f("ix_member_unit_id"), "member", ["unit_id"], unique=False, schema="directory")
    op.create_table(
        "account_grant",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scope", sa.String(collation="C"), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('member', 'unit_officer', 'grid_worker', 'community_worker', 'officer', 'operator')",
            name=op.f("ck_account_grant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["directory.account.id"], name=op.f("fk_account_grant_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "role", "scope", name=op.f("pk_account_grant")),
        schema="directory",
    )
    op.create_index(
        op.f("ix_account_grant_scope"), "account_grant", ["scope"], unique=False, schema="directory"
    )
    op.create_table(
        "sign_in_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phone_index", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("code_index", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["directory.member.id"], name=op.f("fk_sign_in_code_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
        schema="directory",
    )
    op.create_index(
        op.f("ix_sign_in_code_issued_at"), "sign_in_code", ["issued_at"], unique=False, schema="directory"
    )
    op.create_index(
        "ix_sign_in_code_phone_index_issued_at",
        "sign_in_code",
        ["phone_index", "issued_at"],
        unique=False,
        schema="directory",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_sign_in_code_phone_index_issued_at", table_name="sign_in_code", schema="directory")
    op.drop_index(op.f("ix_sign_in_code_issued_at"), table_name="sign_in_code", schema="directory")
    op.drop_table("sign_in_code", schema="directory")
    op.drop_index(op.f("ix_account_grant_scope"), table_name="account_grant", schema="directory")
    op.drop_table("account_grant", schema="directory")
    op.drop_index(op.f("ix_member_unit_id"), table_name="member", schema="directory")
    op.drop_index("ix_member_care_path_id", table_name="member", schema="directory")
    op.drop_table("member", schema="directory")
    op.drop_table("imported_row", schema="directory")
    op.drop_index(op.f("ix_account_unit_id"), table_name="account", schema="directory")
    op.drop_table("account", schema="directory")
    op.drop_index(op.f("ix_unit_care_path"), table_name="unit", schema="directory")
    op.drop_table("unit", schema="directory")
    op.drop_table("import_batch", schema="directory")
    op.drop_index("uq_setback_event_id_handler", table_name="setback", schema="directory")
    op.drop_index("ix_setback_next_try_at", table_name="setback", schema="directory")
    op.drop_table("setback", schema="directory")
    op.drop_table("receipt", schema="directory")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        schema="directory",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_index("ix_outbox_name_id", table_name="outbox", schema="directory")
    op.drop_table("outbox", schema="directory")
    op.drop_table("inbox", schema="directory")
    op.drop_table("audit", schema="directory")
    op.drop_table("area", schema="directory")
    op.drop_index("ix_allowance_ends_at", table_name="allowance", schema="directory")
    op.drop_table("allowance", schema="directory")
