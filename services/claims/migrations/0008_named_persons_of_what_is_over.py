"""Who answered for a claim that is over is forgotten, as it is from now on when nothing is left to do."""

from alembic import op

revision = "claims_0008"
down_revision = "claims_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Erase the named persons of claims of which nothing is to be asked or put right."""
    op.execute("""
        UPDATE claims.claim SET named_person = NULL
        WHERE named_person IS NOT NULL AND state NOT IN ('held', 'delivered')
            AND NOT EXISTS (
                SELECT FROM claims.rectification
                WHERE rectification.claim_id = claim.id AND rectification.state <> 'done'
            )
            AND NOT EXISTS (
                SELECT FROM claims.call_back
                WHERE call_back.id = claim.id AND call_back.state IN ('drawn', 'unreached')
            )
    """)


def downgrade() -> None:
    """Take nothing back: what was erased is not known any more."""
