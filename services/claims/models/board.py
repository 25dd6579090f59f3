"""The tables of claims: offers with their places, claims with their history, and the copies they need."""

from datetime import date
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Instant, Key, Tables, one_of, tables_of
from services.claims.contracts import ClaimantKind
from services.claims.domain.claiming import KEEPS_ITS_PLACE, UNDER_WAY, ClaimState, OfferState, ReminderKind
from services.wishes.contracts import Claimant

Path = Annotated[str, mapped_column(String(collation="C"))]
"""The path of an area, in an order in which what lies below it stands together."""

ROOM_FOR_CHANGES = {"postgresql_with": {"fillfactor": 90}}
"""A tenth of each page stays free, so that a claim rewrites its row in place and touches no index.

Without it, a claim among 1,000,000 wishes costs 1.4 times one among 10,000; with it, 1.1 times.
"""


def _among(states: tuple[ClaimState, ...]) -> str:
    """Return the SQL that says that the state of a claim is one of `states`."""
    return "state IN ({})".format(", ".join(f"'{state.value}'" for state in states))


class Base(Tables, DeclarativeBase):
    """What every table of claims begins with."""

    metadata = tables_of("claims")


class Offer(Base):
    """A released wish as claims knows it; `id` is the id of the wish.

    `version` counts what claims did to it, `wish_version` is that of the wish it was copied from. `contact`
    is sealed, and erased when the offer is over and nothing of it is to be asked or put right. The two
    CHECKs on `taken` are the last guard of invariant 1.
    """

    __tablename__ = "offer"
    __table_args__ = (
        one_of("state", OfferState),
        one_of("suitable", Claimant),
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("taken + reserved <= places", name="taken_within_places"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("waiting >= 0", name="waiting_not_negative"),
        CheckConstraint("confirmed BETWEEN 0 AND taken", name="confirmed_within_taken"),
        Index("ix_offer_board", "state", text("released_at DESC"), text("id DESC")),
        Index("ix_offer_area", "area_path", "state", "id"),
        Index(
            "ix_offer_category",
            "category",
            text("released_at DESC"),
            text("id DESC"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_offer_skill",
            "skill",
            text("released_at DESC"),
            text("id DESC"),
            postgresql_where=text("state = 'open' AND skill IS NOT NULL"),
        ),
        Index("ix_offer_code", "code"),
        ROOM_FOR_CHANGES,
    )

    id: Mapped[Key]
    code: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    urgency: Mapped[str]
    value: Mapped[int]
    skill: Mapped[str | None]
    service_days: Mapped[int]
    community_id: Mapped[UUID]
    community_name: Mapped[str]
    area_path: Mapped[Path]
    resident_id: Mapped[UUID]
    contact: Mapped[str | None]
    confirmation_index: Mapped[str]
    period: Mapped[str | None]
    released_at: Mapped[Instant]
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0")
    confirmed: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")  # kept for whoever is next, or for a pool
    waiting: Mapped[int] = mapped_column(server_default="0")  # members in line for a place
    state: Mapped[str]
    version: Mapped[int]
    wish_version: Mapped[int]
    suitable: Mapped[str] = mapped_column(server_default=Claimant.ANYONE.value)


class Withdrawal(Base):
    """A withdrawal heard before the release of its wish; a release that is not newer finds it here."""

    __tablename__ = "withdrawal"

    id: Mapped[Key]
    version: Mapped[int]


class Claim(Base):
    """One place taken by one claimant. `account_id` is the account they were signed in with, if any.

    `claimant_id` is the member, or the team, unit or pool that claims; then `member_id` is the member who
    answers for it, or nobody's, and `named_person` (sealed) who else does, until nothing is left to do.
    """

    __tablename__ = "claim"
    __table_args__ = (
        one_of("state", ClaimState),
        one_of("claimant_kind", ClaimantKind),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index(
            "uq_claim_current",
            "offer_id",
            "claimant_id",
            unique=True,
            postgresql_where=text(_among(KEEPS_ITS_PLACE)),
        ),
        Index("uq_claim_request", "member_id", "request_key", unique=True),  # finds a member's claims, too
        Index("ix_claim_under_way", "due_on", postgresql_where=text(_among(UNDER_WAY))),
        Index("ix_claim_collective", "claimant_id", "id", postgresql_where=text("claimant_kind <> 'member'")),
        Index("ix_claim_ended", "state", "id", postgresql_where=text(f"NOT {_among(KEEPS_ITS_PLACE)}")),
        Index("ix_claim_area", "area_path", "id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    claimant_kind: Mapped[str] = mapped_column(server_default="member")
    claimant_id: Mapped[UUID]
    named_person: Mapped[str | None]
    account_id: Mapped[UUID | None]
    area_path: Mapped[Path]
    state: Mapped[str]
    claimed_at: Mapped[Instant]
    undo_until: Mapped[Instant]
    due_on: Mapped[date]
    delivered_at: Mapped[Instant | None]
    confirmed_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    satisfaction: Mapped[int | None] = mapped_column(SmallInteger)
    request_key: Mapped[UUID | None]


class ClaimMove(Base):
    """One step in the life of a claim; no life comes twice to the same state. `said` is sealed."""

    __tablename__ = "claim_move"
    __table_args__ = (one_of("state", ClaimState),)

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    by: Mapped[str]  # id of an account or member, or: resident, console, house
    said: Mapped[str | None]


class Member(Base):
    """A member as claims knows them: whether they may claim, and how many claims they have under way."""

    __tablename__ = "member"
    __table_args__ = (CheckConstraint("open_claims >= 0", name="open_claims_not_negative"), ROOM_FOR_CHANGES)

    id: Mapped[Key]
    unit_id: Mapped[UUID | None]
    community_id: Mapped[UUID | None]
    area_path: Mapped[Path] = mapped_column(server_default="/")
    skills: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    willingness: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    free_hours: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    is_active: Mapped[bool]
    open_claims: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int]


class Area(Base):
    """An area with the settings that claims goes by, after inheritance."""

    __tablename__ = "area"

    id: Mapped[Key]
    path: Mapped[Path]
    open_claims: Mapped[int]
    undo_minutes: Mapped[int]
    reminder_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    lapse_after_days: Mapped[int]
    unit_open_claims: Mapped[int] = mapped_column(server_default="50")
    waiting_places: Mapped[int] = mapped_column(server_default="3")
    waiting_hours: Mapped[int] = mapped_column(server_default="24")
    pledge_days: Mapped[int] = mapped_column(server_default="14")
    version: Mapped[int]


class Reminder(Base):
    """A reminder that was announced: once for each claim, kind and day for which it was due."""

    __tablename__ = "reminder"
    __table_args__ = (one_of("kind", ReminderKind),)

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class ConfirmationTry(Base):
    """How many wrong confirmation codes were tried on one wish code since `since`."""

    __tablename__ = "confirmation_try"
    __table_args__ = (Index("ix_confirmation_try_since", "since"),)

    wish_code: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    tries: Mapped[int]


class TurnedAway(Base):
    """How many claims of one batch were refused for one reason: a rush, without a row for each loser."""

    __tablename__ = "turned_away"

    id: Mapped[Key]
    at: Mapped[Instant]
    code: Mapped[str]
    claims: Mapped[int]
