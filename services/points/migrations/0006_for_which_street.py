"""Each contribution says for whom it counts: the unit as before, and now the street too."""

from alembic import op

revision = "points_0006"
down_revision = "points_0005"
branch_labels = None
depends_on = None

FOR_ITS_STREET = """
    UPDATE points.contribution SET subject_id = place.street_id
    FROM (
        SELECT known.path, street.id AS street_id
        FROM (SELECT DISTINCT area_path FROM points.contribution WHERE kind = 'street_wishes') AS known (path)
        JOIN points.area AS street ON street.kind = 'street' AND starts_with(known.path, street.path)
    ) AS place
    WHERE kind = 'street_wishes' AND area_path = place.path
"""


def upgrade() -> None:
    """Bring the tables forward."""
    op.alter_column("contribution", "unit_id", new_column_name="subject_id", schema="points")
    op.execute(FOR_ITS_STREET)
    op.create_index(
        op.f("ix_contribution_kind_subject_id_made_on"),
        "contribution",
        ["kind", "subject_id", "made_on"],
        schema="points",
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(op.f("ix_contribution_kind_subject_id_made_on"), table_name="contribution", schema="points")
    op.execute("UPDATE points.contribution SET subject_id = NULL WHERE kind = 'street_wishes'")
    op.alter_column("contribution", "subject_id", new_column_name="unit_id", schema="points")
