"""Campaigns and quotas, referrals, evidence apart from the wish, paper cards, reminders told once."""

import sqlalchemy as sa
from alembic import op

revision = "wishes_0002"
down_revision = "wishes_0001"
branch_labels = None
depends_on = None

MOVE_EVIDENCE = """
    INSERT INTO wishes.evidence (id, wish_id, kind, content, size, added_at, by, kept_until)
    SELECT gen_random_uuid(), id, 'text/plain', evidence, 0, submitted_at, entered_by,
        CAST(submitted_at + INTERVAL '180 days' AS date)
    FROM wishes.wish WHERE evidence IS NOT NULL
"""
"""What a form named as evidence is already sealed as a text, which is how the new table keeps texts."""

CLAIMANTS = ["anyone", "member", "several", "unit"]
STATES = [
    "submitted",
    "returned",
    "screened",
    "released",
    "claimed",
    "fulfilled",
    "declined",
    "withdrawn",
]
ACTIONS = [
    "submit",
    "accept",
    "return",
    "amend",
    "decline",
    "release",
    "claim",
    "reopen",
    "fulfil",
    "withdraw",
    "undo",
]
WIDER = (
    ("wish", "state", STATES, ["referred", "settled"]),
    ("wish_move", "state", STATES, ["referred", "settled"]),
    ("wish_move", "action", ACTIONS, ["refer", "take_back", "settle"]),
)


def _in(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _hold_to(table: str, column: str, values: list[str]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, schema="wishes")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, _in(column, values), schema="wishes")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("collects_from", sa.Date(), nullable=False),
        sa.Column("claims_from", sa.Date(), nullable=False),
        sa.Column("grants_from", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("is_strict", sa.Boolean(), nullable=False),
        sa.Column("reports_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off_because", sa.String(), nullable=True),
        sa.CheckConstraint("reports_by IN ('street', 'community')", name=op.f("ck_campaign_reports_by")),
        sa.CheckConstraint(
            "collects_from < claims_from AND claims_from < grants_from AND grants_from <= ends_on",
            name=op.f("ck_campaign_stages"),
        ),
        sa.CheckConstraint("least >= 0 AND most >= least", name=op.f("ck_campaign_quota")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        schema="wishes",
    )
    op.create_index(op.f("ix_campaign_area_id"), "campaign", ["area_id"], unique=False, schema="wishes")
    op.create_table(
        "festival_reminder",
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("festival", sa.String(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("falls_on", "festival", "community_id", name=op.f("pk_festival_reminder")),
        schema="wishes",
    )
    op.create_table(
        "roster_reminder",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", "community_id", name=op.f("pk_roster_reminder")),
        schema="wishes",
    )
    op.create_table(
        "campaign_beginning",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage IN ('planned', 'collecting', 'claiming', 'granting', 'over', 'called_off')",
            name=op.f("ck_campaign_beginning_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["wishes.campaign.id"], name=op.f("fk_campaign_beginning_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "stage", name=op.f("pk_campaign_beginning")),
        schema="wishes",
    )
    op.create_table(
        "campaign_quota",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("reporter_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.CheckConstraint("least >= 0 AND most >= least", name=op.f("ck_campaign_quota_quota")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["wishes.campaign.id"], name=op.f("fk_campaign_quota_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "reporter_id", name=op.f("pk_campaign_quota")),
        schema="wishes",
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish.id"], name=op.f("fk_evidence_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        schema="wishes",
    )
    op.create_index(op.f("ix_evidence_kept_until"), "evidence", ["kept_until"], unique=False, schema="wishes")
    op.create_index(op.f("ix_evidence_wish_id"), "evidence", ["wish_id"], unique=False, schema="wishes")
    op.create_table(
        "referral",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('returned', 'declined', 'settled')", name=op.f("ck_referral_outcome")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name=op.f("ck_referral_answered")),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish.id"], name=op.f("fk_referral_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        schema="wishes",
    )
    op.create_index(op.f("ix_referral_wish_id"), "referral", ["wish_id"], unique=False, schema="wishes")
    op.create_index(
        "uq_referral_open",
        "referral",
        ["wish_id"],
        unique=True,
        schema="wishes",
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "wish_card",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("community_id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["wishes.campaign.id"], name=op.f("fk_wish_card_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish.id"], name=op.f("fk_wish_card_wish_id_wish")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_wish_card")),
        sa.UniqueConstraint("wish_id", name=op.f("uq_wish_card_wish_id")),
        schema="wishes",
    )
    op.create_index(op.f("ix_wish_card_batch_id"), "wish_card", ["batch_id"], unique=False, schema="wishes")
    op.create_index(
        op.f("ix_wish_card_community_id"), "wish_card", ["community_id"], unique=False, schema="wishes"
    )
    op.add_column(
        "resident",
        sa.Column("address_index", sa.String(), server_default="", nullable=False),
        schema="wishes",
    )
    op.create_index(
        "ix_resident_address_index",
        "resident",
        ["address_index"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("address_index <> ''"),
    )
    op.create_index(
        "ix_resident_phone_index",
        "resident",
        ["phone_index"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("phone_index <> ''"),
    )
    op.add_column(
        "wish", sa.Column("suitable", sa.String(), server_default="anyone", nullable=False), schema="wishes"
    )
    op.add_column("wish", sa.Column("campaign_id", sa.UUID(), nullable=True), schema="wishes")
    op.add_column("wish", sa.Column("reporter_id", sa.UUID(), nullable=True), schema="wishes")
    op.create_index(
        "ix_wish_campaign",
        "wish",
        ["campaign_id", "reporter_id"],
        unique=False,
        schema="wishes",
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_wish_campaign_id_campaign"),
        "wish",
        "campaign",
        ["campaign_id"],
        ["id"],
        source_schema="wishes",
        referent_schema="wishes",
    )
    op.execute(MOVE_EVIDENCE)
    op.drop_column("wish", "evidence", schema="wishes")
    op.create_check_constraint(op.f("ck_wish_suitable"), "wish", _in("suitable", CLAIMANTS), schema="wishes")
    for table, column, before, added in WIDER:
        _hold_to(table, column, [*before, *added])


def downgrade() -> None:
    """Take the tables back; what departments were asked, and what evidence there is, is lost."""
    for table, column, before, _ in WIDER:
        _hold_to(table, column, before)
    op.drop_constraint(op.f("ck_wish_suitable"), "wish", schema="wishes")
    op.add_column(
        "wish", sa.Column("evidence", sa.VARCHAR(), autoincrement=False, nullable=True), schema="wishes"
    )
    op.drop_constraint(op.f("fk_wish_campaign_id_campaign"), "wish", schema="wishes", type_="foreignkey")
    op.drop_index(
        "ix_wish_campaign",
        table_name="wish",
        schema="wishes",
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.drop_column("wish", "reporter_id", schema="wishes")
    op.drop_column("wish", "campaign_id", schema="wishes")
    op.drop_column("wish", "suitable", schema="wishes")
    op.drop_index(
        "ix_resident_phone_index",
        table_name="resident",
        schema="wishes",
        postgresql_where=sa.text("phone_index <> ''"),
    )
    op.drop_index(
        "ix_resident_address_index",
        table_name="resident",
        schema="wishes",
        postgresql_where=sa.text("address_index <> ''"),
    )
    op.drop_column("resident", "address_index", schema="wishes")
    op.drop_index(op.f("ix_wish_card_community_id"), table_name="wish_card", schema="wishes")
    op.drop_index(op.f("ix_wish_card_batch_id"), table_name="wish_card", schema="wishes")
    op.drop_table("wish_card", schema="wishes")
    op.drop_index(
        "uq_referral_open",
        table_name="referral",
        schema="wishes",
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_index(op.f("ix_referral_wish_id"), table_name="referral", schema="wishes")
    op.drop_table("referral", schema="wishes")
    op.drop_index(op.f("ix_evidence_wish_id"), table_name="evidence", schema="wishes")
    op.drop_index(op.f("ix_evidence_kept_until"), table_name="evidence", schema="wishes")
    op.drop_table("evidence", schema="wishes")
    op.drop_table("campaign_quota", schema="wishes")
    op.drop_table("campaign_beginning", schema="wishes")
    op.drop_table("roster_reminder", schema="wishes")
    op.drop_table("festival_reminder", schema="wishes")
    op.drop_index(op.f("ix_campaign_area_id"), table_name="campaign", schema="wishes")
    op.drop_table("campaign", schema="wishes")
