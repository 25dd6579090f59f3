"""The tables that carry letters safely: outbox, inbox, parked events, receipts of commands, audit."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID


@dataclass(frozen=True)
class Mailbox:
    """The five tables of one service, in its own schema, so that they commit with its work."""

    outbox: Table
    inbox: Table
    setback: Table
    receipt: Table
    audit: Table


def mailbox_for(metadata: MetaData) -> Mailbox:
    """Return the mailbox in `metadata`, declaring its tables on first use."""
    if f"{metadata.schema}.outbox" not in metadata.tables:
        for declare in (_outbox, _inbox, _setback, _receipt, _audit):
            declare(metadata)
    found = {table.name: table for table in metadata.tables.values()}
    return Mailbox(found["outbox"], found["inbox"], found["setback"], found["receipt"], found["audit"])


def _outbox(metadata: MetaData) -> Table:
    """Declare the events announced with the work and not yet handed to the broker (`sent_at IS NULL`)."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", UUID(as_uuid=True), nullable=False, unique=True),
        Column("name", String, nullable=False),
        Column("body", Text, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("held_until", DateTime(timezone=True)),  # nobody listened: tried again from then on
        Column("sent_at", DateTime(timezone=True)),
        Index("ix_outbox_unsent", "id", postgresql_where=text("sent_at IS NULL")),
        Index("ix_outbox_name_id", "name", "id"),  # what has not had its effect yet is asked by name
    )


def _inbox(metadata: MetaData) -> Table:
    """Declare the effects: which handler has done its work for which event."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", UUID(as_uuid=True), nullable=False),
        Column("handler", String, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        PrimaryKeyConstraint("event_id", "handler"),
    )


def _setback(metadata: MetaData) -> Table:
    """Declare the events whose handler failed: waiting for the next try, or parked for an operator."""
    return Table(
        "setback",
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        Column("handler", String, nullable=False),
        Column("event_id", UUID(as_uuid=True)),
        Column("name", String, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("reason", String, nullable=False),
        Column("first_failed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("next_try_at", DateTime(timezone=True)),  # NULL: parked
        Index("ix_setback_next_try_at", "next_try_at"),
        Index("uq_setback_event_id_handler", "event_id", "handler", unique=True),
    )


def _receipt(metadata: MetaData) -> Table:
    """Declare the answers given to commands with a key, so that the same key is done once."""
    return Table(
        "receipt",
        metadata,
        Column("key", String, primary_key=True),
        Column("answer", JSONB, nullable=False),
        Column("asked", String(40)),  # blind index of what was asked: the key is good for nothing else
        Column(
            "permitted_at", ARRAY(String)
        ),  # where the caller had to have the right, and must have it still
        Column("given_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )


def _audit(metadata: MetaData) -> Table:
    """Declare the chain of looks at personal data, exports and rights changes; each entry binds the last."""
    return Table(
        "audit",
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor", String, nullable=False),
        Column("action", String, nullable=False),
        Column("subject", String, nullable=False),
        Column("link", String(64), nullable=False),
    )
