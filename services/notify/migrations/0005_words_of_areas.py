"""Words of areas' own, and when registered templates were used last."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0005"
down_revision = "notify_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "override",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sms", sa.String()),
        sa.Column("title", sa.String()),
        sa.Column("text", sa.String()),
        sa.Column("put_in_force_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_in_force_by", sa.UUID()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.UUID()),
        sa.CheckConstraint(
            "kind IN ('member', 'resident', 'account', 'unit')", name=op.f("ck_override_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
        schema="notify",
    )
    op.create_index(
        "uq_override_in_force",
        "override",
        ["topic", "kind", "area_path", "language"],
        unique=True,
        schema="notify",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "template_use",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "template", name=op.f("pk_template_use")),
        schema="notify",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("template_use", schema="notify")
    op.drop_table("override", schema="notify")
