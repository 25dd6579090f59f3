"""The audit chain read back: every look at personal data, export and change of rights, provably unchanged."""

from sqlalchemy import Connection, MetaData, select

from services.chassis.mailbox import mailbox_for
from services.chassis.sealing import Seals
from services.chassis.work import audit_link

AT_ONCE = 1000
"""Entries held in memory while the chain is read; it may be long."""


def first_broken_link(connection: Connection, metadata: MetaData, seals: Seals) -> int | None:
    """Return the id of the first audit entry that was changed or is missing, or None when the chain verifies.

    Entries cut off at the end leave a chain that verifies; they show when `head_of_chain`, which the house
    writes to its log, is compared with the log.
    """
    audit = mailbox_for(metadata).audit
    before, expected = "", 1
    question = select(audit).order_by(audit.c.id)
    with connection.execute(question, execution_options={"yield_per": AT_ONCE}) as chain:
        for row in chain:
            entry = {"id": row.id, "at": row.at, "actor": row.actor, "action": row.action}
            if row.id != expected or row.link != audit_link(seals, before, entry | {"subject": row.subject}):
                return expected
            before, expected = row.link, expected + 1
    return None


def head_of_chain(connection: Connection, metadata: MetaData) -> tuple[int, str] | None:
    """Return number and link of the newest audit entry, or None when nothing was recorded yet."""
    audit = mailbox_for(metadata).audit
    newest = select(audit.c.id, audit.c.link).order_by(audit.c.id.desc()).limit(1)
    found = connection.execute(newest).first()
    return (found.id, found.link) if found else None
