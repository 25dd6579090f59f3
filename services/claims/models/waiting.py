"""The tables of those who wait for a place, and of pledges that fill one together."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Instant, Key, one_of
from services.claims.contracts import JointParty
from services.claims.domain.pooling import PledgeState, PoolState
from services.claims.domain.waiting import WaitingState
from services.claims.models.board import Base, Path


class Waiting(Base):
    """One member's turn in the line for one wish; the line is in the order of `since`, then `id`."""

    __tablename__ = "waiting"
    __table_args__ = (
        one_of("state", WaitingState),
        Index(
            "uq_waiting_current",
            "offer_id",
            "member_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("ix_waiting_line", "offer_id", "since", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_waiting_offered", "offered_until", postgresql_where=text("state = 'offered'")),
        Index("ix_waiting_member", "member_id", "id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[UUID]
    member_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    state: Mapped[str]
    since: Mapped[Instant]
    offered_until: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


class Pool(Base):
    """Pledges towards one place of a wish; amounts are in yuan and only written down, never held."""

    __tablename__ = "pool"
    __table_args__ = (
        one_of("state", PoolState),
        CheckConstraint("target > 0", name="target_positive"),
        CheckConstraint("pledged BETWEEN 0 AND target", name="pledged_within_target"),
        CheckConstraint("received BETWEEN 0 AND pledged", name="received_within_pledged"),
        Index("uq_pool_gathering", "offer_id", unique=True, postgresql_where=text("state = 'gathering'")),
        Index("ix_pool_closes_on", "closes_on", postgresql_where=text("state = 'gathering'")),
        Index("ix_pool_offer", "offer_id", "id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[UUID]
    area_path: Mapped[Path]
    target: Mapped[int]
    pledged: Mapped[int]
    received: Mapped[int]
    state: Mapped[str]
    opened_at: Mapped[Instant]
    closes_on: Mapped[date]


class Pledge(Base):
    """One member's promise in a pool."""

    __tablename__ = "pledge"
    __table_args__ = (
        one_of("state", PledgeState),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(
            "uq_pledge_current",
            "pool_id",
            "member_id",
            unique=True,
            postgresql_where=text("state IN ('pledged', 'received')"),
        ),
        Index("ix_pledge_member", "member_id", "id"),
        Index("ix_pledge_area", "area_path", "id"),
    )

    id: Mapped[Key]
    pool_id: Mapped[UUID]
    member_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    area_path: Mapped[Path]
    amount: Mapped[int]
    state: Mapped[str]
    pledged_at: Mapped[Instant]
    moved_at: Mapped[Instant]
    moved_by: Mapped[str]  # id of an account or member, or: console, house


class Team(Base):
    """A volunteer team (志愿服务队) as claims knows it."""

    __tablename__ = "team"

    id: Mapped[Key]
    leader_id: Mapped[UUID]
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_active: Mapped[bool]
    version: Mapped[int]


class Unit(Base):
    """A unit, party branch or company as claims knows it."""

    __tablename__ = "unit"

    id: Mapped[Key]
    kind: Mapped[str]
    is_active: Mapped[bool]
    version: Mapped[int]


class JointPart(Base):
    """What one party to a joint claim (联合) takes upon itself; `share` is sealed."""

    __tablename__ = "joint_part"
    __table_args__ = (one_of("party", JointParty),)

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    party_id: Mapped[UUID] = mapped_column(primary_key=True)
    party: Mapped[str]
    share: Mapped[str]
    is_lead: Mapped[bool]
    done_at: Mapped[Instant | None]
    done_by: Mapped[UUID | None]  # the account or member who said so
