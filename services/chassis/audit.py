"""The audit chain read back: every look at personal data, export and change of rights, provably unchanged."""

from sqlalchemy import Connection, MetaData, select

from services.chassis.mailbox import mailbox_for
from services.chassis.sealing import Seals
from services.chassis.work import audit_link


def first_broken_link(connection: Connection, metadata: MetaData, seals: Seals) -> int | None:
    """Return the id of the first audit entry that was changed or is missing, or None when the chain verifies."""
    audit = mailbox_for(metadata).audit
    before, expected = "", 1
    for row in connection.execute(select(audit).order_by(audit.c.id)):
        entry = {"id": row.id, "at": row.at, "actor": row.actor, "action": row.action, "subject": row.subject}
        if row.id != expected or row.link != audit_link(seals, before, entry):
            return expected
        before, expected = row.link, expected + 1
    return None
