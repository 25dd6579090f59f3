"""Claims of more than one, lines for a place, and pooled pledges."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "claims_0002"
down_revision = "claims_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "joint_part",
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("party IN ('unit', 'team', 'community')", name=op.f("ck_joint_part_party")),
        sa.PrimaryKeyConstraint("claim_id", "party_id", name=op.f("pk_joint_part")),
        schema="claims",
    )
    op.create_table(
        "pledge",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("pool_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pledged', 'received', 'withdrawn', 'lapsed', 'given_back')",
            name=op.f("ck_pledge_state"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pledge_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        schema="claims",
    )
    op.create_index("ix_pledge_area", "pledge", ["area_path", "id"], unique=False, schema="claims")
    op.create_index("ix_pledge_member", "pledge", ["member_id", "id"], unique=False, schema="claims")
    op.create_index(
        "uq_pledge_current",
        "pledge",
        ["pool_id", "member_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state IN ('pledged', 'received')"),
    )
    op.create_table(
        "pool",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("area_path", sa.String(collation="C"), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("pledged", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('gathering', 'reached', 'fulfilled', 'lapsed', 'closed')", name=op.f("ck_pool_state")
        ),
        sa.CheckConstraint("pledged BETWEEN 0 AND target", name=op.f("ck_pool_pledged_within_target")),
        sa.CheckConstraint("received BETWEEN 0 AND pledged", name=op.f("ck_pool_received_within_pledged")),
        sa.CheckConstraint("target > 0", name=op.f("ck_pool_target_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        schema="claims",
    )
    op.create_index(
        "ix_pool_closes_on",
        "pool",
        ["closes_on"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'gathering'"),
    )
    op.create_index("ix_pool_offer", "pool", ["offer_id", "id"], unique=False, schema="claims")
    op.create_index(
        "uq_pool_gathering",
        "pool",
        ["offer_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state = 'gathering'"),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("leader_id", sa.UUID(), nullable=False),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        schema="claims",
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        schema="claims",
    )
    op.create_table(
        "waiting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("offer_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'accepted', 'declined', 'timed_out', 'left', 'closed')",
            name=op.f("ck_waiting_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        schema="claims",
    )
    op.create_index(
        "ix_waiting_line",
        "waiting",
        ["offer_id", "since", "id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_waiting_member", "waiting", ["member_id", "id"], unique=False, schema="claims")
    op.create_index(
        "ix_waiting_offered",
        "waiting",
        ["offered_until"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "uq_waiting_current",
        "waiting",
        ["offer_id", "member_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.add_column(
        "area",
        sa.Column("unit_open_claims", sa.Integer(), server_default="50", nullable=False),
        schema="claims",
    )
    op.add_column(
        "area", sa.Column("waiting_places", sa.Integer(), server_default="3", nullable=False), schema="claims"
    )
    op.add_column(
        "area", sa.Column("waiting_hours", sa.Integer(), server_default="24", nullable=False), schema="claims"
    )
    op.add_column(
        "area", sa.Column("pledge_days", sa.Integer(), server_default="14", nullable=False), schema="claims"
    )
    op.add_column(
        "claim",
        sa.Column("claimant_kind", sa.String(), server_default="member", nullable=False),
        schema="claims",
    )
    op.add_column("claim", sa.Column("claimant_id", sa.UUID(), nullable=True), schema="claims")
    op.execute("UPDATE claims.claim SET claimant_id = member_id")  # until now only members claimed
    op.alter_column("claim", "claimant_id", nullable=False, schema="claims")
    op.create_check_constraint(
        op.f("ck_claim_claimant_kind"),
        "claim",
        "claimant_kind IN ('member', 'team', 'unit', 'branch', 'company', 'joint', 'pool')",
        schema="claims",
    )
    op.add_column("claim", sa.Column("named_person", sa.String(), nullable=True), schema="claims")
    op.alter_column("claim", "member_id", existing_type=sa.UUID(), nullable=True, schema="claims")
    op.drop_index(
        "uq_claim_current",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.create_index(
        "uq_claim_current",
        "claim",
        ["offer_id", "claimant_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.create_index(
        "ix_claim_collective",
        "claim",
        ["claimant_id", "id"],
        unique=False,
        schema="claims",
        postgresql_where=sa.text("claimant_kind <> 'member'"),
    )
    op.add_column(
        "member",
        sa.Column("area_path", sa.String(collation="C"), server_default="/", nullable=False),
        schema="claims",
    )
    op.add_column(
        "member",
        sa.Column("skills", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        schema="claims",
    )
    op.add_column(
        "member",
        sa.Column("willingness", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        schema="claims",
    )
    op.add_column(
        "member",
        sa.Column("free_hours", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        schema="claims",
    )
    op.add_column(
        "offer", sa.Column("reserved", sa.Integer(), server_default="0", nullable=False), schema="claims"
    )
    op.add_column(
        "offer", sa.Column("waiting", sa.Integer(), server_default="0", nullable=False), schema="claims"
    )
    op.drop_constraint(op.f("ck_offer_taken_within_places"), "offer", schema="claims")
    op.create_check_constraint(
        op.f("ck_offer_taken_within_places"), "offer", "taken + reserved <= places", schema="claims"
    )
    op.create_check_constraint(
        op.f("ck_offer_reserved_not_negative"), "offer", "reserved >= 0", schema="claims"
    )
    op.create_check_constraint(
        op.f("ck_offer_waiting_not_negative"), "offer", "waiting >= 0", schema="claims"
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_constraint(op.f("ck_offer_taken_within_places"), "offer", schema="claims")
    op.drop_column("offer", "waiting", schema="claims")
    op.drop_column("offer", "reserved", schema="claims")
    op.create_check_constraint(
        op.f("ck_offer_taken_within_places"), "offer", "taken <= places", schema="claims"
    )
    op.drop_column("member", "free_hours", schema="claims")
    op.drop_column("member", "willingness", schema="claims")
    op.drop_column("member", "skills", schema="claims")
    op.drop_column("member", "area_path", schema="claims")
    op.execute("DELETE FROM claims.claim WHERE claimant_kind <> 'member'")  # nothing is left to say whose
    op.drop_index(
        "ix_claim_collective",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("claimant_kind <> 'member'"),
    )
    op.drop_index(
        "uq_claim_current",
        table_name="claim",
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.create_index(
        "uq_claim_current",
        "claim",
        ["offer_id", "member_id"],
        unique=True,
        schema="claims",
        postgresql_where=sa.text("state IN ('held', 'delivered', 'confirmed')"),
    )
    op.alter_column("claim", "member_id", existing_type=sa.UUID(), nullable=False, schema="claims")
    op.drop_column("claim", "named_person", schema="claims")
    op.drop_column("claim", "claimant_id", schema="claims")
    op.drop_column("claim", "claimant_kind", schema="claims")
    op.drop_column("area", "pledge_days", schema="claims")
    op.drop_column("area", "waiting_hours", schema="claims")
    op.drop_column("area", "waiting_places", schema="claims")
    op.drop_column("area", "unit_open_claims", schema="claims")
    op.drop_index(
        "uq_waiting_current",
        table_name="waiting",
        schema="claims",
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.drop_index(
        "ix_waiting_offered",
        table_name="waiting",
        schema="claims",
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.drop_index("ix_waiting_member", table_name="waiting", schema="claims")
    op.drop_index(
        "ix_waiting_line",
        table_name="waiting",
        schema="claims",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("waiting", schema="claims")
    op.drop_table("unit", schema="claims")
    op.drop_table("team", schema="claims")
    op.drop_index(
        "uq_pool_gathering",
        table_name="pool",
        schema="claims",
        postgresql_where=sa.text("state = 'gathering'"),
    )
    op.drop_index("ix_pool_offer", table_name="pool", schema="claims")
    op.drop_index(
        "ix_pool_closes_on",
        table_name="pool",
        schema="claims",
        postgresql_where=sa.text("state = 'gathering'"),
    )
    op.drop_table("pool", schema="claims")
    op.drop_index(
        "uq_pledge_current",
        table_name="pledge",
        schema="claims",
        postgresql_where=sa.text("state IN ('pledged', 'received')"),
    )
    op.drop_index("ix_pledge_member", table_name="pledge", schema="claims")
    op.drop_index("ix_pledge_area", table_name="pledge", schema="claims")
    op.drop_table("pledge", schema="claims")
    op.drop_table("joint_part", schema="claims")
