"""Accounts of providers as all processes share them, bursts through them, and what areas may spend."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Key, one_of
from services.notify.domain import BurstState
from services.notify.models.people import Base


class Account(Base):
    """An account of a provider as all processes share it: its bucket of tokens, and until when it rests."""

    __tablename__ = "account"

    provider: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    refilled_at: Mapped[datetime] = mapped_column(server_default=func.now())  # by the database's clock
    rests_until: Mapped[datetime | None]  # by the clock of the house, as channels reckon
    stopped_at: Mapped[datetime | None]  # since when its provider refuses it; None: it does not
    stop_code: Mapped[str] = mapped_column(
        default="", server_default=text("''")
    )  # the last it was refused with
    told_of_stop_at: Mapped[datetime | None]  # when operators were told of this stop
    rests_since: Mapped[datetime | None]  # since then it took nothing; null once it takes something
    day: Mapped[date | None]  # of the vendor, on which something was sent last
    sent_that_day: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    judged_since: Mapped[datetime | None]  # what it accepted before tells nothing of its receipts any more


class Turn(Base):
    """What one address may be told through an account within a minute: a bucket as accounts have it."""

    __tablename__ = "turn"

    provider: Mapped[str] = mapped_column(primary_key=True)
    address_index: Mapped[str] = mapped_column(primary_key=True)  # blind
    tokens: Mapped[float]
    refilled_at: Mapped[datetime]  # by the database's clock


class Budget(Base):
    """What an area may spend on messages in a month, in yuan, and what was spent: reserved or settled."""

    __tablename__ = "budget"
    __table_args__ = (UniqueConstraint("month", "area_id"),)

    id: Mapped[Key]
    month: Mapped[str]  # 2026-12, where the house stands
    area_id: Mapped[UUID]
    area_path: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    spent: Mapped[Decimal] = mapped_column(Numeric(16, 4))
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    warned_at: Mapped[datetime | None]


class TemplateUse(Base):
    """When a registered template went out last: providers let those lapse that nobody uses."""

    __tablename__ = "template_use"

    provider: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class Broadcast(Base):
    """What is being told to every member at home in an area, in pieces: gone once the last one is written."""

    __tablename__ = "broadcast"
    __table_args__ = (UniqueConstraint("occasion", "topic"),)

    id: Mapped[Key]
    occasion: Mapped[UUID]
    topic: Mapped[str]
    subject_id: Mapped[UUID]
    area_path: Mapped[str]
    release_scope_id: Mapped[UUID | None]  # only whose home shares the release of that area
    parameters: Mapped[str]  # sealed JSON
    expires_at: Mapped[datetime]
    told_until: Mapped[UUID | None]  # the last recipient of the pieces that are written
    told: Mapped[dict[str, Any]]  # how many so far, by channel


class Burst(Base):
    """What one occasion tells very many people through one channel; while it is halted none of it is due."""

    __tablename__ = "burst"
    __table_args__ = (
        one_of("state", BurstState),
        UniqueConstraint("occasion", "topic", "channel"),
    )

    id: Mapped[Key]
    occasion: Mapped[UUID]
    topic: Mapped[str]
    channel: Mapped[str]
    area_path: Mapped[str]
    state: Mapped[str]
    number: Mapped[int]
    planned_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # its messages; until then what is held back is not due
