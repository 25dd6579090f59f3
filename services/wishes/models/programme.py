"""The tables around wishes: campaigns, quotas, referrals, evidence, paper cards, what was announced once."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.wishes.contracts import CampaignStage, ReferralOutcome, ReportsBy
from services.wishes.models.wishes import Base


class Campaign(Base):
    """A campaign (000). Its wishes wait for `opened_at`, when its stage of claiming begins."""

    __tablename__ = "campaign"
    __table_args__ = (
        one_of("reports_by", ReportsBy),
        CheckConstraint(
            "collects_from < claims_from AND claims_from < grants_from AND grants_from <= ends_on",
            name="stages",
        ),
        CheckConstraint("least >= 0 AND most >= least", name="quota"),
    )

    id: Mapped[Key]
    area_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    collects_from: Mapped[date]
    claims_from: Mapped[date]
    grants_from: Mapped[date]
    ends_on: Mapped[date]
    least: Mapped[int]
    most: Mapped[int | None]
    is_strict: Mapped[bool]
    reports_by: Mapped[str]
    created_at: Mapped[Instant]
    by: Mapped[str]
    opened_at: Mapped[Instant | None]
    called_off_at: Mapped[Instant | None]
    called_off_because: Mapped[str | None]  # sealed


class CampaignQuota(Base):
    """What one reporting unit, an area, a school or an office, hands in instead of the campaign's own."""

    __tablename__ = "campaign_quota"
    __table_args__ = (CheckConstraint("least >= 0 AND most >= least", name="quota"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    reporter_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    least: Mapped[int]
    most: Mapped[int | None]


class CampaignBeginning(Base):
    """That a stage of a campaign was announced; the row is its only permission, so that it happens once."""

    __tablename__ = "campaign_beginning"
    __table_args__ = (one_of("stage", CampaignStage),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]


class Referral(Base):
    """A wish that lay with a department, and what became of it; `reason` and `answer` are sealed."""

    __tablename__ = "referral"
    __table_args__ = (
        one_of("outcome", ReferralOutcome),
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("uq_referral_open", "wish_id", unique=True, postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Key]
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"), index=True)
    department: Mapped[str]
    reason: Mapped[str]
    referred_at: Mapped[Instant]
    by: Mapped[str]
    due_on: Mapped[date]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    answered_at: Mapped[Instant | None]
    answered_by: Mapped[str | None]


class Evidence(Base):
    """A paper that proves a need (001 申领证明材料); `file_name` and `content` are sealed."""

    __tablename__ = "evidence"

    id: Mapped[Key]
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"), index=True)
    kind: Mapped[str]
    file_name: Mapped[str | None]  # none of what a form says
    content: Mapped[str]  # a text as it is, a file in base64
    size: Mapped[int]
    added_at: Mapped[Instant]
    by: Mapped[str]
    kept_until: Mapped[date] = mapped_column(index=True)


class WishCard(Base):
    """A paper card that was printed blank; with `wish_id` it came back, and its code is that of the wish."""

    __tablename__ = "wish_card"

    code: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(index=True)
    community_id: Mapped[UUID] = mapped_column(index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    printed_at: Mapped[Instant]
    by: Mapped[str]
    wish_id: Mapped[UUID | None] = mapped_column(ForeignKey("wish.id"), unique=True)


class RosterReminder(Base):
    """That the workers of a community were told of a month's look at the roster (003: 每月)."""

    __tablename__ = "roster_reminder"

    month: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Instant]


class FestivalReminder(Base):
    """That the workers of a community were told of a festival (001 三), once a year."""

    __tablename__ = "festival_reminder"

    falls_on: Mapped[date] = mapped_column(primary_key=True)
    festival: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Instant]
