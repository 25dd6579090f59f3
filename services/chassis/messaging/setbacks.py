"""Events whose handler failed: tried again with growing delays, then parked for an operator.

They wait in the consumer's own database, in the `setback` table, not in delay queues of the broker: that
works the same embedded and in a city, survives the loss of the broker, and can be listed and replayed.
"""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import eventlet
import structlog
from nameko.extensions import ProviderCollector, SharedExtension
from sqlalchemy import Select, Table, bindparam, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import metrics
from services.chassis.contracts import Event, new_id
from services.chassis.database import at_once, engine_for, is_outage
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging import wire

log = structlog.get_logger(__name__)

DELAYS = [timedelta(seconds=seconds) for seconds in (1, 10, 60, 600)]
"""Delays before the second, third, … try (decision 0001); after five tries the event is parked."""

LEASE = timedelta(minutes=5)
"""For how long a setback taken up again is nobody else's."""

AT_ONCE = 50
"""Setbacks taken up at one look."""

MOST_AT_A_DOOR = 60
"""Setbacks at one door at a time, as many as the broker brings letters; the others wait in their table."""

LOOK_EVERY = 15.0
"""Seconds after which to look although nothing is known to be due: a process may have left something."""

TRY_EVERY = 1.0
"""Seconds between two tries to reach the database."""


class Setbacks(ProviderCollector, SharedExtension):  # type: ignore[misc]  # nameko is untyped
    """Keeps the setbacks of one service and takes them up again when their time has come."""

    def setup(self) -> None:
        """Find the tables of the service."""
        settings = self.container.config["SETTINGS"]
        self._engine = engine_for(settings.database_url, settings.database_connections)
        self._table = mailbox_for(self.container.service_cls.tables).setback
        self._next = _seconds_to_next_of(self._table)
        self._thread: Any = None
        self._is_stopping = False
        self._rung = eventlet.event.Event()
        self._troubled: set[str] = set()
        self._at_door: Counter[str] = Counter()
        self._waits_for_room = False

    def start(self) -> None:
        """Start looking for setbacks that are due."""
        if self._thread is None:
            self._thread = self.container.spawn_managed_thread(self._run, identifier="setbacks")

    def close(self) -> None:
        """Look for no more, and wait for no database."""
        self._is_stopping = True

    def stop(self) -> None:
        """Stop looking."""
        self.close()
        super().stop()
        if self._thread is not None:
            self._thread.kill()

    def note(self, door: Any, event: Event, body: bytes, reason: str) -> None:
        """Write down that `event` failed once more, and when it is tried again, if ever."""
        self._write(door, event.event_id, body, reason, has_hope=True)

    def park(self, door: Any, body: bytes, reason: str) -> None:
        """Write down a letter that cannot be read at all; the same letter again is the same setback."""
        known = wire.event_id_in(body) or uuid5(NAMESPACE_OID, body.hex())
        self._write(door, known, body, reason, has_hope=False)

    def overcome(self, door: Any, event: Event) -> None:
        """Forget the setbacks of an event that took effect."""
        if door.method_name in self._troubled:
            mine = (self._table.c.event_id == event.event_id) & (self._table.c.handler == door.method_name)
            self._execute(delete(self._table).where(mine).returning(self._table.c.id))

    def _write(self, door: Any, event_id: UUID, body: bytes, reason: str, *, has_hope: bool) -> None:
        self._troubled.add(door.method_name)
        table, name = self._table, door.event.name
        first = {
            "id": new_id(),
            "handler": door.method_name,
            "event_id": event_id,
            "name": name,
            "body": body,
        }
        again = table.c.tries + 1
        statement = insert(table).values(
            **first, tries=1, reason=reason, next_try_at=_after(literal(1)) if has_hope else None
        )
        statement = statement.on_conflict_do_update(
            index_elements=["event_id", "handler"],
            set_={"tries": again, "reason": reason, "next_try_at": _after(again) if has_hope else None},
        )
        (written,) = self._execute(statement.returning(table.c.id, table.c.tries, table.c.next_try_at))
        is_parked = written.next_try_at is None
        metrics.count_setback(self.container.service_name, door.method_name, is_parked=is_parked)
        if not self._rung.ready():
            self._rung.send(None)  # what is due next may be this
        told = {"handler": door.method_name, "name": name, "tries": written.tries, "reason": reason}
        tell = log.error if is_parked else log.warning
        tell("event_parked" if is_parked else "event_failed", setback=str(written.id), **told)

    def _execute(self, statement: Any) -> list[Any]:
        """Return the rows of one statement, waiting as long as it takes the database to come back.

        A service that stops does not wait; the fault is raised, and the letter given back.
        """
        while True:
            try:
                with self._engine.begin() as connection:
                    return list(connection.execute(statement))
            except SQLAlchemyError as fault:
                if self._is_stopping or not is_outage(fault):
                    raise
                log.warning("setback_waits_for_database", fault=type(fault).__name__)
                eventlet.sleep(TRY_EVERY)

    def _run(self) -> None:
        while not self._is_stopping:
            self._rung = eventlet.event.Event()
            try:
                seconds = self._take_up_due()
            except Exception as fault:  # raised here, it would end the container
                log.warning("setbacks_unreachable", fault=type(fault).__name__)
                seconds = TRY_EVERY
            with eventlet.Timeout(seconds, False):
                self._rung.wait()

    def _take_up_due(self) -> float:
        """Take up what is due; return after how many seconds to look again, unless it rings before."""
        while True:
            doors = {door.method_name: door for door in self._providers}
            roomy = [name for name in doors if self._at_door[name] + AT_ONCE <= MOST_AT_A_DOOR]
            self._waits_for_room = len(roomy) < len(doors)
            if (seconds := self._seconds_to_next(roomy)) > 0:
                return min(seconds, LOOK_EVERY)
            due = self._due(roomy)
            if not due:
                return TRY_EVERY  # another process of this service has them in hand
            for row in due:
                self._take_up(doors[row.handler], bytes(row.body))

    def _take_up(self, door: Any, body: bytes) -> None:
        name = door.method_name
        self._troubled.add(name)
        self._at_door[name] += 1
        try:
            door.take_again(body, partial(self._leave, name))
        except BaseException:
            self._leave(name)
            raise

    def _leave(self, name: str) -> None:
        """Note that a setback left its door, whatever came of it; the last one makes room for more."""
        self._at_door[name] -= 1
        if self._waits_for_room and not self._at_door[name] and not self._rung.ready():
            self._rung.send(None)

    def _seconds_to_next(self, handlers: list[str]) -> float:
        """Return in how many seconds the next setback is due; a look that finds none writes nothing."""
        with at_once(self._engine).connect() as connection:
            found = connection.execute(self._next, {"handlers": handlers}).scalar_one()
        return LOOK_EVERY if found is None else float(found)

    def _due(self, handlers: list[str]) -> list[Any]:
        """Lease the setbacks that are due; one that is not settled in time is due again after the lease."""
        table, now = self._table, func.now()
        waiting = (table.c.next_try_at <= now) & table.c.handler.in_(handlers)
        due = select(table.c.id).where(waiting).order_by(table.c.next_try_at).limit(AT_ONCE)
        leased = update(table).where(table.c.id.in_(due.with_for_update(skip_locked=True)))
        with self._engine.begin() as connection:
            return list(connection.execute(leased.values(next_try_at=now + LEASE).returning(table)))


def _seconds_to_next_of(table: Table) -> Select[Any]:
    """Return the statement that says in how many seconds the next setback of `handlers` is due."""
    left = func.extract("epoch", func.min(table.c.next_try_at) - func.now())
    return select(left).where(table.c.handler.in_(bindparam("handlers", expanding=True)))


def _after(tries: Any) -> Any:
    """Return the SQL for when to try again after so many tries: NULL, which is parked, after the last."""
    return func.now() + case(dict(enumerate(DELAYS, start=1)), value=tries)
