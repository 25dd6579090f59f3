"""Notify's tables: copies of people and areas, messages (also the inbox), deliveries, attempts, words."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import Key, Tables, one_of, tables_of
from services.notify.domain import (
    BurstState,
    DeliveryState,
    Hours,
    MessageState,
    NoWay,
    RecipientKind,
    Source,
    Topic,
    Verdict,
)
from services.notify.domain.quiet import hours_of


class Base(Tables, DeclarativeBase):
    """The tables of notify."""

    metadata = tables_of("notify")


class Area(Base):
    """A copy of an area: to find whose release it shares, and when its people sleep."""

    __tablename__ = "area"

    id: Mapped[Key]
    path: Mapped[str]
    release_scope_id: Mapped[UUID]
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)  # minutes from midnight; None: of the house
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int]

    @property
    def quiet(self) -> Hours | None:
        """Return its quiet hours, where it does not go by the house."""
        return hours_of(self.quiet_from, self.quiet_to)


class Recipient(Base):
    """A copy of a member, resident, account or unit: where and in which language to reach them."""

    __tablename__ = "recipient"
    __table_args__ = (
        one_of("kind", RecipientKind),
        Index(
            "ix_recipient_members_of_area",
            "area_path",
            postgresql_ops={"area_path": "text_pattern_ops"},
            postgresql_where=text("kind = 'member' AND is_active"),
        ),
        Index("ix_recipient_postings", "postings", postgresql_using="gin"),
        Index(
            "ix_recipient_not_indexed",
            "id",
            postgresql_where=text(
                "phone IS NOT NULL AND phone_index IS NULL OR email IS NOT NULL AND email_index IS NULL"
            ),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]  # sealed
    phone: Mapped[str | None]  # sealed
    email: Mapped[str | None]  # sealed
    language: Mapped[str]
    area_id: Mapped[UUID | None]  # the home community
    area_path: Mapped[str]
    postings: Mapped[list[str]]  # of an account: `role:scope`, so that workers are found by their area
    is_active: Mapped[bool]
    version: Mapped[int]
    phone_index: Mapped[str | None]  # blind: by which the suppression list knows the phone
    email_index: Mapped[str | None]


class Preference(Base):
    """What a recipient decided about being told; whoever has no row decided nothing."""

    __tablename__ = "preference"

    recipient_id: Mapped[Key]
    wants_invitations: Mapped[bool | None]  # None: as the house assumes
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)  # minutes from midnight; None: of the house
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    wants_digest: Mapped[bool]
    language: Mapped[str | None]
    changed_at: Mapped[datetime]

    @property
    def quiet(self) -> Hours | None:
        """Return the quiet hours of the recipient's own, if there are any."""
        return hours_of(self.quiet_from, self.quiet_to)


class SwitchedOff(Base):
    """A channel through which a recipient does not want to be told of a topic."""

    __tablename__ = "switched_off"

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)


class Suppression(Base):
    """An address that wants to be left alone, known by its blind index only."""

    __tablename__ = "suppression"
    __table_args__ = (one_of("source", Source),)

    kind: Mapped[str] = mapped_column(primary_key=True)  # phone or email
    address_index: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]  # the code of a provider, or what an officer says: never a person's words
    since: Mapped[datetime]


class Handle(Base):
    """Where one channel of its own kind finds a recipient: a member id, a chat, a room."""

    __tablename__ = "handle"

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]  # sealed
    noted_at: Mapped[datetime]


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


class Override(Base):
    """Words of an area's own instead of the standing ones; rows stay, since messages name them."""

    __tablename__ = "override"
    __table_args__ = (
        one_of("kind", RecipientKind),
        Index(
            "uq_override_in_force",
            "topic",
            "kind",
            "area_path",
            "language",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    area_id: Mapped[UUID]
    area_path: Mapped[str]
    topic: Mapped[str]  # proved when the words are; no CHECK, which every new topic would have to change
    kind: Mapped[str]
    language: Mapped[str]
    sms: Mapped[str | None]  # None: the standing block
    title: Mapped[str | None]
    text: Mapped[str | None]
    put_in_force_at: Mapped[datetime]
    put_in_force_by: Mapped[UUID | None]  # an account; None: the operator at the console
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]


class TemplateUse(Base):
    """When a registered template went out last: providers let those lapse that nobody uses."""

    __tablename__ = "template_use"

    provider: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


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
