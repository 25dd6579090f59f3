"""Which events have not had all their effects yet, asked of the outboxes and inboxes themselves.

It can be asked only where the services share one database, as they do in an embedded house.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import eventlet
from sqlalchemy import Connection, text

from services.chassis.contracts import Event
from services.chassis.database import at_once, engine_for
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.settings import Settings

Consumer = tuple[str, str]
"""A handler: its service and its method."""

Effect = tuple[str, str, UUID]
"""A handler and an event."""

MARGIN = 50
"""Letters looked at again although all had their effect: numbers are not in the order of commits."""

LOOK_EVERY = 0.01
"""Seconds between two looks, and as long as a look takes, for everybody else."""


LONGEST_TRUST = 1.0
"""Seconds after which the databases are asked although somebody is said to be busy."""


@dataclass(frozen=True)
class Subscription:
    """Who hears one event."""

    source: str
    name: str
    consumers: tuple[Consumer, ...]


def subscriptions(services: Sequence[type]) -> list[Subscription]:
    """Return who hears the events that `services` tell each other."""
    hosted = {name_of(service) for service in services}
    heard: dict[type[Event], list[Consumer]] = {}
    for service in services:
        for handler, event in contracts_of(service)[1].items():
            heard.setdefault(event, []).append((name_of(service), handler))
    return [
        Subscription(event.source, event.name, tuple(consumers))
        for event, consumers in heard.items()
        if event.source in hosted
    ]


def name_of(service: type) -> str:
    """Return the name of a service class."""
    name: str = service.name  # type: ignore[attr-defined]  # nameko's convention
    return name


def missing_at(consumer: Consumer, excused: str) -> str:
    """Return the SQL condition that `consumer` has not taken in a `letter`; names are of our own code.

    `excused` is the condition on a `failed` row of its setbacks that counts as well.
    """
    service, handler = consumer
    return (
        f"NOT EXISTS (SELECT 1 FROM {service}.inbox AS taken"  # noqa: S608
        f" WHERE taken.event_id = letter.event_id AND taken.handler = '{handler}')"
        f" AND NOT EXISTS (SELECT 1 FROM {service}.setback AS failed"
        f" WHERE failed.event_id = letter.event_id AND failed.handler = '{handler}' AND {excused})"
    )


PARKED = "failed.next_try_at IS NULL"
SAFE = "true"
"""A setback keeps the whole event, so that it needs the outbox and the broker no more."""


def _letters(told: Subscription, condition: str) -> str:
    return (
        f"SELECT letter.id FROM {told.source}.outbox AS letter"  # noqa: S608
        f" WHERE letter.name = '{told.name}' AND {condition}"
    )


def _count(told: Subscription) -> str:
    """Return the SQL for how many letters are unsent, or not yet with every consumer."""
    conditions = ["letter.sent_at IS NULL", *(missing_at(consumer, PARKED) for consumer in told.consumers)]
    letters = " UNION ".join(_letters(told, condition) for condition in conditions)
    return f"SELECT '{told.source}.{told.name}', count(*) FROM ({letters}) AS open"  # noqa: S608


def _outbox(source: str) -> str:
    """Return the SQL for the newest number in an outbox, and whether anything in it is still to be sent."""
    unsent = f"EXISTS (SELECT 1 FROM {source}.outbox WHERE sent_at IS NULL)"  # noqa: S608
    return f"SELECT '{source}' AS source, coalesce(max(id), 0) AS newest, {unsent} FROM {source}.outbox"  # noqa: S608


class Outstanding:
    """The events that have not had all their effects yet; parked ones count as done."""

    def __init__(self, settings: Settings, services: Sequence[type]) -> None:
        """Look at the events that `services` tell each other."""
        self._engine = at_once(engine_for(settings.database_url, settings.database_connections))
        self._subscriptions = subscriptions(services)
        self._floors = {told.source: 0 for told in self._subscriptions}
        self._consumers = {(told.source, told.name): told.consumers for told in self._subscriptions}
        self._settled = dict.fromkeys(self._floors, -1)
        """The newest number of each outbox when nothing at all was outstanding."""

    def counts(self) -> dict[str, int]:
        """Return how many events are outstanding, by `source.name`, looking at all there are."""
        if not self._subscriptions:
            return {}
        with self._engine.connect() as connection:
            found = connection.execute(text(" UNION ALL ".join(map(_count, self._subscriptions))))
            return dict(found.all())

    def are_any(self, excused: str = PARKED) -> bool:
        """Say whether any event is outstanding.

        It looks no further back than to the last time when none was; a rehearsal asks many times a minute.
        """
        if not self._floors:
            return False
        with self._engine.connect() as connection:
            outboxes = self._outboxes(connection)
            if any(is_unsent for _, _, is_unsent in outboxes):
                return True
            newest = {source: number for source, number, _ in outboxes}
            due = self._due_since(
                connection, [name for name in newest if newest[name] != self._settled[name]]
            )
            is_any = bool(due) and not due <= _done(connection, due, excused)
            # An effect taken in since the first question may have told something new along with it.
            is_any = is_any or (bool(due) and self._outboxes(connection) != outboxes)
        if not is_any and excused == PARKED:
            self._settled = newest
            self._floors = {source: max(0, number - MARGIN) for source, number in newest.items()}
        return is_any

    def _outboxes(self, connection: Connection) -> list[tuple[str, int, bool]]:
        """Return each outbox's newest number, and whether anything in it is still to be sent, as of now."""
        found = connection.execute(text(" UNION ALL ".join(map(_outbox, self._floors))))
        return [(str(row[0]), int(row[1]), bool(row[2])) for row in found]

    def _due_since(self, connection: Connection, sources: Sequence[str]) -> set[Effect]:
        """Return the effects that the letters of these sources must have, as far back as need be."""
        if not sources:
            return set()
        parts = [
            f"SELECT '{source}', name, event_id FROM {source}.outbox WHERE id > :{source}"  # noqa: S608
            for source in sources
        ]
        letters = connection.execute(text(" UNION ALL ".join(parts)), self._floors).all()
        return {
            (service, handler, event_id)
            for source, name, event_id in letters
            for service, handler in self._consumers.get((source, name), ())
        }

    def settle(self, within: float = 60, is_busy: Callable[[], bool] = lambda: False) -> bool:
        """Wait until none is outstanding; say whether that was so within so many seconds.

        While `is_busy`, which costs nothing to ask, the databases are not asked.
        """
        return self._wait(within, PARKED, is_busy)

    def make_safe(self, within: float) -> bool:
        """Wait until every event outlives this process: it was taken in, or written down as a setback."""
        return self._wait(within, SAFE)

    def send_again(self, older_than: timedelta = timedelta(0)) -> int:
        """Have what was sent so long ago, and is nowhere to be found, sent again; return how much that is."""
        with self._engine.begin() as connection:
            return sum(_send_again(connection, told, older_than) for told in self._subscriptions)

    def _wait(self, within: float, excused: str, is_busy: Callable[[], bool] = lambda: False) -> bool:
        with eventlet.Timeout(within, False):
            while True:
                self._rest_while(is_busy)
                looked_at = time.monotonic()
                if not self.are_any(excused):
                    return True
                eventlet.sleep(max(LOOK_EVERY, time.monotonic() - looked_at))
        return False

    def _rest_while(self, is_busy: Callable[[], bool]) -> None:
        """Wait while somebody is busy, but no longer than is good for whoever should be looked after."""
        with eventlet.Timeout(LONGEST_TRUST, False):
            while is_busy():
                eventlet.sleep(LOOK_EVERY / 10)


def _done(connection: Connection, due: set[Effect], excused: str) -> set[Effect]:
    """Return which effects these events have had: taken in, or written down as `excused` says."""
    parts = []
    for service in sorted({service for service, _, _ in due}):
        columns = f"SELECT '{service}', handler, event_id FROM {service}"  # noqa: S608
        parts.append(f"{columns}.inbox WHERE event_id = ANY(:ids)")
        parts.append(f"{columns}.setback AS failed WHERE event_id = ANY(:ids) AND {excused}")
    ids = list({event_id for _, _, event_id in due})
    found = connection.execute(text(" UNION ALL ".join(parts)), {"ids": ids})
    return {(service, handler, event_id) for service, handler, event_id in found}


def _send_again(connection: Connection, told: Subscription, older_than: timedelta) -> int:
    sent = "letter.sent_at <= now() - :older_than AND "
    lost = " UNION ".join(_letters(told, sent + missing_at(one, SAFE)) for one in told.consumers)
    change = text(f"UPDATE {told.source}.outbox SET sent_at = NULL WHERE id IN ({lost})")  # noqa: S608
    return connection.execute(change, {"older_than": older_than}).rowcount
