"""The housekeeper: removes what nobody will ask for again, a little at a time, and nothing that is needed.

An event goes when it was sent, had its effects and is old enough. The record of the effect stays twice as
long, and in any case as long as the event, which could come again. A receipt stays for as long as somebody
may repeat a command. Where a broker carries the events, one that was confirmed counts as having its effects,
since it lies in durable queues.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import eventlet
import structlog
from sqlalchemy import Connection, Engine, MetaData, text

from services.chassis.audit import head_of_chain
from services.chassis.database import engine_for
from services.chassis.outstanding import SAFE, missing_at, subscriptions
from services.chassis.settings import Settings

log = structlog.get_logger(__name__)

FIRST_AFTER = 300.0
EVERY = 3600.0
"""Seconds after the start of the house, and between two rounds."""

AT_ONCE = 1000
"""Rows removed in one transaction."""

PAUSE = 0.05
"""Seconds between two transactions, for everybody else."""


class Housekeeper:
    """Tidies the mailboxes of the services of one process."""

    def __init__(self, settings: Settings, services: Sequence[type]) -> None:
        """Take the settings of the house, which say how long things are kept, and the service classes."""
        self._engine = engine_for(settings.database_url, settings.database_connections)
        self._tables: list[MetaData] = [found for one in services if (found := getattr(one, "tables", None))]
        self._subscriptions = subscriptions(services) if settings.is_embedded else []
        self._events_kept = timedelta(days=settings.events_kept_days)
        self._receipts_kept = timedelta(days=settings.receipts_kept_days)

    def run(self) -> None:
        """Tidy every hour, for ever."""
        eventlet.sleep(FIRST_AFTER)
        while True:
            try:
                log.info("house_tidied", removed=self.tidy())
            except Exception as fault:  # the next round comes
                log.warning("house_not_tidied", fault=type(fault).__name__)
            eventlet.sleep(EVERY)

    def tidy(self) -> dict[str, int]:
        """Remove what may go; return how many rows of which table that were."""
        removed: dict[str, int] = {}
        for tables in self._tables:
            service = str(tables.schema)
            self._note_head(tables)
            for table, condition, kept in self._what_may_go(service):
                gone = _remove(self._engine, f"{service}.{table}", condition, {"kept": kept})
                removed[f"{service}.{table}"] = removed.get(f"{service}.{table}", 0) + gone
        return removed

    def _what_may_go(self, service: str) -> Iterator[tuple[str, str, timedelta]]:
        """Yield table, condition and age of what may go, in the order in which it must."""
        told = [one for one in self._subscriptions if one.source == service]
        sent = "letter.sent_at < now() - :kept"
        for one in told:
            missing = " OR ".join(f"({missing_at(consumer, SAFE)})" for consumer in one.consumers)
            yield "outbox", f"{sent} AND letter.name = '{one.name}' AND NOT ({missing})", self._events_kept
        names = ", ".join(f"'{one.name}'" for one in told) or "''"
        yield "outbox", f"{sent} AND letter.name NOT IN ({names})", self._events_kept
        yield "inbox", self._forgettable(service), 2 * self._events_kept
        yield "receipt", "letter.given_at < now() - :kept", self._receipts_kept

    def _forgettable(self, service: str) -> str:
        """Return the condition for inbox rows that go: old, and the event itself is gone."""
        heard_of = {
            one.source for one in self._subscriptions if service in {hearing for hearing, _ in one.consumers}
        }
        still_there = "SELECT 1 FROM {}.outbox AS told WHERE told.event_id = letter.event_id"
        conditions = ["letter.received_at < now() - :kept"]
        conditions += [f"NOT EXISTS ({still_there.format(source)})" for source in sorted(heard_of)]
        return " AND ".join(conditions)

    def _note_head(self, tables: MetaData) -> None:
        """Write the head of the audit chain to the log: entries cut off its end are missed by comparing."""
        with self._engine.connect() as connection:
            head = head_of_chain(connection, tables)
        if head:
            log.info("audit_head", service=tables.schema, number=head[0], link=head[1])


def _remove(engine: Engine, table: str, condition: str, values: dict[str, Any]) -> int:
    """Remove the rows of `table`, called `letter`, that meet `condition`; names are of our own code."""
    chosen = f"SELECT ctid FROM {table} AS letter WHERE {condition} LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED"  # noqa: S608
    statement = text(f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({chosen}))")  # noqa: S608
    removed = 0
    while True:
        with engine.begin() as connection:
            gone = _execute(connection, statement, values)
        removed += gone
        if gone < AT_ONCE:
            return removed
        eventlet.sleep(PAUSE)


def _execute(connection: Connection, statement: Any, values: dict[str, Any]) -> int:
    return connection.execute(statement, values).rowcount
