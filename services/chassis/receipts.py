"""Receipts: what was answered to a command with a key, for the same caller who says the same again."""

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.contracts import Command, View
from services.chassis.mailbox import Mailbox
from services.chassis.messaging import wire
from services.chassis.refusals import KeyUsedOtherwise

if TYPE_CHECKING:
    from services.chassis.work import Work

LONGEST_KEY = 100
"""Characters of an idempotency key that are kept as they are; of a longer one its hash is kept."""


class Receipt:
    """The receipt of a command with a key, taken out before the work, filled in after it, or given back."""

    def __init__(self, work: "Work", mailbox: Mailbox, command: Command) -> None:
        """Take out the receipt; another transaction that has it out is waited for."""
        self._work, self._command, self._table = work, command, mailbox.receipt
        self._asked = work.seals.index(command.substance().decode())  # keyed: there may be names in it
        key = _key_of(work, command)
        self._here = self._table.c.key == key
        blank = upsert(self._table).values(key=key, asked=self._asked, answer=None)
        taken = work.session.execute(blank.on_conflict_do_nothing().returning(self._table.c.key)).first()
        self.is_mine = taken is not None

    def answer(self) -> Any:
        """Return what was answered when the command was done, to a caller who still may hear it.

        Raises `KeyUsedOtherwise` when something else was asked with this key, `NotPermitted`.
        """
        columns = self._table.c
        chosen = select(columns.answer, columns.asked, columns.permitted_at).where(self._here)
        kept = self._work.session.execute(chosen).one()
        if kept.asked not in (self._asked, None):  # None: of a version that did not note it
            raise KeyUsedOtherwise()
        self._work.permit_again(kept.permitted_at or ())
        if kept.answer is None:
            return None
        return self._command.answer.from_wire(wire.disclose(kept.answer, self._work.seals))

    def keep(self, answer: Any) -> None:
        """Fill in the answer, sealed when it is personal; a refusal that is returned leaves no receipt."""
        if answer is None or isinstance(answer, View):
            filled = update(self._table).values(
                answer=wire.enclose(answer, self._work.seals), permitted_at=sorted(self._work.permitted_at)
            )
            self._work.session.execute(filled.where(self._here))
        else:
            self._work.session.execute(delete(self._table).where(self._here))


def _key_of(work: "Work", command: Command) -> str:
    key = command.key or ""
    if len(key) > LONGEST_KEY:
        key = hashlib.sha256(key.encode()).hexdigest()
    return f"{command.method()}:{work.actor}:{key}"
