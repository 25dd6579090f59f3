"""Messages (also the inbox), their deliveries, attempts and calls, and what providers said too early."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Key, one_of
from services.notify.domain import (
    DeliveryState,
    MessageState,
    NoWay,
    RecipientKind,
    Topic,
    Verdict,
)
from services.notify.models.people import Base


class Message(Base):
    """What one person is told about one event; with `in_inbox` it is an item of their inbox."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("recipient_kind", RecipientKind),
        one_of("topic", Topic),
        one_of("state", MessageState),
        one_of("reason", NoWay),
        UniqueConstraint("occasion", "recipient_id", "topic"),
        Index("ix_message_inbox", "recipient_id", "id", postgresql_where=text("in_inbox")),
        Index("ix_message_waiting", "recipient_id", postgresql_where=text("state = 'waiting'")),
        Index("ix_message_gathered", "recipient_id", postgresql_where=text("state = 'gathered'")),
        Index("ix_message_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_message_subject_id", "subject_id"),
        Index("ix_message_area_path", "area_path", postgresql_ops={"area_path": "text_pattern_ops"}),
        Index(
            "ix_message_secret",
            "expires_at",
            postgresql_where=text("topic = 'sign_in_code' AND parameters <> ''"),
        ),
    )

    id: Mapped[Key]
    occasion: Mapped[UUID]  # the event, or the item of an event that tells of many
    recipient_id: Mapped[UUID]
    recipient_kind: Mapped[str]
    topic: Mapped[str]
    subject_id: Mapped[UUID]  # the wish, claim, report … it is about
    area_path: Mapped[str]
    parameters: Mapped[str]  # sealed JSON; empty once a secret has been forgotten
    wording: Mapped[str]  # version of the template it was planned with
    language: Mapped[str | None]  # when the event says one
    address: Mapped[str | None]  # sealed; when the event says where to
    state: Mapped[str]
    reason: Mapped[str | None]
    in_inbox: Mapped[bool]
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address_index: Mapped[str | None]  # blind, of the address that the event says
    merged_into: Mapped[UUID | None]  # the digest that told it


class Delivery(Base):
    """One way of one message: through which channel, how far it has come, when it is looked at again."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        UniqueConstraint("message_id", "position"),
        Index(
            "uq_delivery_reached",
            "message_id",
            unique=True,
            postgresql_where=text("state IN ('accepted', 'delivered')"),
        ),
        Index(
            "ix_delivery_due",
            "channel",
            "lane",
            "due_at",
            postgresql_where=text("state IN ('planned', 'failed') AND due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_ended",
            "due_at",
            postgresql_where=text("state IN ('suppressed', 'expired') AND due_at IS NOT NULL"),
        ),
        Index("ix_delivery_leased", "leased_until", postgresql_where=text("state = 'sending'")),
        Index(
            "ix_delivery_in_doubt",
            "due_at",
            postgresql_where=text("state = 'ambiguous' AND due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_reference", "reference", "provider", postgresql_where=text("reference IS NOT NULL")
        ),
        Index(
            "ix_delivery_unreceipted",
            "channel",
            "provider",
            "due_at",
            postgresql_where=text("state = 'accepted' AND due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_held",
            "held_since",
            postgresql_where=text("state IN ('planned', 'failed') AND held_since IS NOT NULL"),
        ),
        Index("ix_delivery_to_ask", "channel", "provider", postgresql_where=text("state = 'ambiguous'")),
        Index(
            "ix_delivery_state",
            "state",
            "id",
            postgresql_where=text("state NOT IN ('accepted', 'delivered', 'sending')"),
        ),
    )

    id: Mapped[Key]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("notify.message.id"))
    channel: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)  # in the plan of the topic
    lane: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(
        SmallInteger, default=0
    )  # how often it was taken; an outcome names its try
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)  # how many of them count against it
    # By the clock of the house: its next try; of an accepted one its receipt, of an ended one its successor.
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]  # by the clock of the database: a rehearsal does not hurry a send
    expires_at: Mapped[datetime]
    provider: Mapped[str | None]
    reference: Mapped[str | None]  # by which the provider knows it
    asks: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))  # while in doubt
    asked_at: Mapped[datetime | None]  # when the provider was asked last
    held_since: Mapped[datetime | None]  # since when its channel does not take it; null once it was taken


class Attempt(Base):
    """What came of one try."""

    __tablename__ = "attempt"
    __table_args__ = (
        one_of("outcome", Verdict),
        Index("ix_attempt_at", "at", postgresql_using="brin"),
        Index("ix_attempt_doubted", "at", postgresql_where=text("outcome = 'ambiguous'")),
    )

    # No foreign key: in a burst its checks cost as much as the attempts themselves.
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[Key]
    at: Mapped[datetime]
    provider: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str]
    reference: Mapped[str]
    # Of an SMS, which is priced by the part: as we count them, until its provider says how it does.
    parts: Mapped[int] = mapped_column(SmallInteger)


class Call(Base):
    """A call that is under way, or was when its sender died: what it is about may have gone out."""

    __tablename__ = "call"

    id: Mapped[Key]
    deliveries: Mapped[list[UUID]] = mapped_column(ARRAY(PostgresUUID(as_uuid=True)))
    tries: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))  # of each of these
    parts: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{}'"))


class EarlyReceipt(Base):
    """What a provider said of a call whose answer was not written down yet; matched soon, or forgotten."""

    __tablename__ = "early_receipt"

    provider: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    phone_index: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[UUID | None]
    phone: Mapped[str]  # sealed; of a bounce the mail address
    known: Mapped[str]
    code: Mapped[str]
    parts: Mapped[int | None] = mapped_column(SmallInteger)
    came_at: Mapped[datetime] = mapped_column(index=True)
    attempt: Mapped[int | None] = mapped_column(SmallInteger)  # the try it is about, where it says so
    opts_out: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
