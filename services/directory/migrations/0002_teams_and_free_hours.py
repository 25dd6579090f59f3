"""Teams, and the hours in which members are free."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "directory_0002"
down_revision = "directory_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "team",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("care_path", sa.String(collation="C"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("leader_id", sa.UUID(), nullable=False),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["directory.area.id"], name=op.f("fk_team_area_id_area")),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["directory.member.id"], name=op.f("fk_team_leader_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        schema="directory",
    )
    op.create_index("ix_team_care_path_id", "team", ["care_path", "id"], unique=False, schema="directory")
    op.add_column(
        "member",
        sa.Column("free_hours", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        schema="directory",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("member", "free_hours", schema="directory")
    op.drop_index("ix_team_care_path_id", table_name="team", schema="directory")
    op.drop_table("team", schema="directory")
