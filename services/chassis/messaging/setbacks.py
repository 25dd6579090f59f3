"""Events whose handler failed: tried again with growing delays, then parked for an operator.

They wait in the consumer's own database, in the transaction-safe `setback` table, not in delay queues of the broker:
it works the same embedded and in a city, survives the loss of the broker, and can be listed and replayed.
"""

from datetime import timedelta
from typing import Any

import eventlet
import structlog
from nameko.extensions import ProviderCollector, SharedExtension
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import metrics
from services.chassis.contracts import Event, new_id
from services.chassis.database import engine_for
from services.chassis.mailbox import mailbox_for

log = structlog.get_logger(__name__)

DELAYS = [timedelta(seconds=seconds) for seconds in (1, 10, 60, 600)]
"""Delays before the second, third, … try (ARCHITECTURE); after five tries the event is parked."""

LEASE = timedelta(minutes=5)
"""For how long a setback taken up again is nobody else's."""


class Setbacks(ProviderCollector, SharedExtension):  # type: ignore[misc]  # nameko is untyped
    """Keeps the setbacks of one service and takes them up again when their time has come."""

    def setup(self) -> None:
        """Find the tables of the service."""
        settings = self.container.config["SETTINGS"]
        self._engine = engine_for(settings.database_url, settings.database_connections)
        self._table = mailbox_for(self.container.service_cls.tables).setback
        self._thread: Any = None
        self._is_stopping = False

    def start(self) -> None:
        """Start looking for setbacks that are due."""
        if self._thread is None:
            self._thread = self.container.spawn_managed_thread(self._run, identifier="setbacks")

    def stop(self) -> None:
        """Stop looking."""
        self._is_stopping = True
        super().stop()

    def note(self, door: Any, event: Event, body: bytes, reason: str, tries: int) -> None:
        """Write down that `event` failed for the `tries`-th time, and when it is tried again, if ever."""
        delay = DELAYS[tries - 1] if tries <= len(DELAYS) else None
        self._write(door, body, reason, event.event_id, tries, delay)

    def park(self, door: Any, body: bytes, reason: str) -> None:
        """Write down a letter that cannot be read at all."""
        self._write(door, body, reason, None, 1, None)

    def overcome(self, door: Any, event: Event) -> None:
        """Forget the setbacks of an event that took effect."""
        if door.method_name in self._touched:
            mine = (self._table.c.event_id == event.event_id) & (self._table.c.handler == door.method_name)
            self._execute(delete(self._table).where(mine))

    _touched: frozenset[str] = frozenset()

    def _write(
        self, door: Any, body: bytes, reason: str, event_id: Any, tries: int, delay: timedelta | None
    ) -> None:
        self._touched |= {door.method_name}
        row = {"handler": door.method_name, "event_id": event_id, "name": door.event.name, "body": body}
        row |= {"tries": tries, "reason": reason, "next_try_at": func.now() + delay if delay else None}
        statement = insert(self._table).values(id=new_id(), **row)
        changes = {name: row[name] for name in ("tries", "reason", "next_try_at")}
        self._execute(statement.on_conflict_do_update(index_elements=["event_id", "handler"], set_=changes))
        metrics.count_setback(self.container.service_name, door.method_name, is_parked=delay is None)
        log.error("event_failed", handler=door.method_name, name=row["name"], tries=tries, reason=reason)

    def _execute(self, statement: Any) -> Any:
        """Run one statement, for as long as it takes the database to come back."""
        while True:
            try:
                with self._engine.begin() as connection:
                    return connection.execute(statement)
            except SQLAlchemyError as fault:
                log.warning("setback_waits_for_database", fault=type(fault).__name__)
                eventlet.sleep(1)

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._take_up_due()
            except SQLAlchemyError as fault:
                log.warning("setbacks_unreachable", fault=type(fault).__name__)
            eventlet.sleep(1)

    def _take_up_due(self) -> None:
        doors = {door.method_name: door for door in self._providers}
        for row in self._due():
            if row.handler in doors:
                self._touched |= {row.handler}
                doors[row.handler].attempt(bytes(row.body), lambda: None, row.tries)

    def _due(self) -> list[Any]:
        table, now = self._table, func.now()
        due = select(table.c.id).where(table.c.next_try_at <= now).limit(50).with_for_update(skip_locked=True)
        leased = update(table).where(table.c.id.in_(due)).values(next_try_at=now + LEASE).returning(table)
        with self._engine.begin() as connection:
            return list(connection.execute(leased))
