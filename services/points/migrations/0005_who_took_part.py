"""Claims of several: each has its people, and a deed is entered on the card of everybody who took part."""

import sqlalchemy as sa
from alembic import op

revision = "points_0005"
down_revision = "points_0004"
branch_labels = None
depends_on = None

IS_A_DEED = sa.text("corrects_id IS NULL")


def upgrade() -> None:
    """Bring the tables forward; of claims told of before, the one who answers is known and nobody else."""
    op.create_table(
        "claim",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        schema="points",
    )
    op.execute("INSERT INTO points.claim SELECT claim_id, claimed_at, ended FROM points.participation")
    op.create_index(op.f("ix_claim_claimed_at"), "claim", ["claimed_at"], unique=False, schema="points")
    op.drop_column("participation", "claimed_at", schema="points")
    op.drop_column("participation", "ended", schema="points")
    op.drop_constraint(op.f("pk_participation"), "participation", schema="points", type_="primary")
    op.create_primary_key(
        op.f("pk_participation"), "participation", ["claim_id", "member_id"], schema="points"
    )
    _one_deed_for_each("uq_entry_claim_id", "uq_entry_deed", ["claim_id", "member_id", "deed"])


def downgrade() -> None:
    """Take the tables back; refused once a deed was entered for several, since no entry is ever deleted."""
    _one_deed_for_each("uq_entry_deed", "uq_entry_claim_id", ["claim_id", "deed"])
    op.drop_constraint(op.f("pk_participation"), "participation", schema="points", type_="primary")
    op.execute("""
        DELETE FROM points.participation AS other USING points.participation AS first
        WHERE first.claim_id = other.claim_id AND first.member_id < other.member_id
    """)
    op.create_primary_key(op.f("pk_participation"), "participation", ["claim_id"], schema="points")
    claimed_at = sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("participation", claimed_at, schema="points")
    op.add_column("participation", sa.Column("ended", sa.String(), nullable=True), schema="points")
    op.execute("""
        UPDATE points.participation SET claimed_at = claim.claimed_at, ended = claim.ended
        FROM points.claim WHERE claim.id = claim_id
    """)
    op.create_index(op.f("ix_participation_claimed_at"), "participation", ["claimed_at"], schema="points")
    op.drop_table("claim", schema="points")


def _one_deed_for_each(before: str, after: str, columns: list[str]) -> None:
    op.create_index(after, "entry", columns, unique=True, schema="points", postgresql_where=IS_A_DEED)
    op.drop_index(before, table_name="entry", schema="points", postgresql_where=IS_A_DEED)
