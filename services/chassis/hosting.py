"""Hosting: services in this process, on a broker or in memory, started in order and stopped without loss."""

from collections.abc import Sequence
from typing import Any

import eventlet
import structlog
from nameko.runners import ServiceRunner
from sqlalchemy import Connection, text

from services.chassis.contracts import Event
from services.chassis.database import engine_for
from services.chassis.messaging import memory
from services.chassis.messaging.caller import Caller
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.settings import Settings

log = structlog.get_logger(__name__)

RECONCILE_EVERY = 60.0
"""Seconds between two looks for events that the in-process broker lost when another process ended."""


def nameko_config(settings: Settings) -> dict[str, Any]:
    """Return nameko's configuration for the house that `settings` describes."""
    if settings.is_embedded:
        memory.install()
    return {
        "AMQP_URI": settings.broker_url,
        "WEB_SERVER_ADDRESS": settings.address,
        "max_workers": settings.workers,
        "SETTINGS": settings,
    }


class House:
    """Some services, hosted together in this process."""

    def __init__(self, settings: Settings, services: Sequence[type]) -> None:
        """Take the settings and the service classes."""
        self.settings = settings
        self.services = list(services)
        self.config = nameko_config(settings)
        self._runner = ServiceRunner(self.config)
        for service in services:
            self._runner.add_service(service)
        self._reconciler: Any = None
        self.outstanding = Outstanding(settings, services)

    def start(self) -> None:
        """Start every service; in memory, first take up the events that an earlier process did not finish."""
        self._runner.start()
        if self.settings.is_embedded:
            self.reconcile()
            self._reconciler = eventlet.spawn(self._reconcile_for_ever)
        log.info("house_started", services=[service.name for service in self.services])

    def wait(self) -> None:
        """Wait until the services end."""
        self._runner.wait()

    def stop(self) -> None:
        """Stop: no new work, what is under way is finished, in memory the letters are read to the last."""
        if self._reconciler:
            self._reconciler.kill()
        if self.settings.is_embedded:
            self.settle(within=10)
        self._runner.stop()
        log.info("house_stopped")

    def caller(self, name: str) -> Caller:
        """Return a caller on the broker of this house (not started)."""
        return Caller(self.config, name)

    def settle(self, within: float = 60) -> bool:
        """Wait until every event has had its effect; say whether that was so within so many seconds."""
        return self.outstanding.settle(within)

    def reconcile(self) -> None:
        """Publish again what was sent but not consumed; consumers drop what they had."""
        engine = engine_for(self.settings.database_url, self.settings.database_connections)
        with engine.begin() as connection:
            for source, name, consumers in _subscriptions(self.services):
                connection.execute(
                    text(_LOST.format(source=source, done=_is_done(consumers))), {"name": name}
                )

    def _reconcile_for_ever(self) -> None:
        while True:
            eventlet.sleep(RECONCILE_EVERY)
            self.reconcile()


_LOST = """
    UPDATE {source}.outbox AS letter SET sent_at = NULL
    WHERE name = :name AND sent_at < now() - interval '5 seconds' AND NOT ({done})
"""

Consumers = list[tuple[str, str]]
"""The handlers of an event, each as service and method."""


def _is_done(consumers: Consumers) -> str:
    """Return the SQL that says whether every handler has taken `letter` in, or parked it."""
    return " AND ".join(
        f"(EXISTS (SELECT 1 FROM {service}.inbox AS taken"
        f" WHERE taken.event_id = letter.event_id AND taken.handler = '{handler}')"
        f" OR EXISTS (SELECT 1 FROM {service}.setback AS parked WHERE parked.event_id = letter.event_id"
        f" AND parked.handler = '{handler}' AND parked.next_try_at IS NULL))"
        for service, handler in consumers
    )


def _subscriptions(services: Sequence[type]) -> list[tuple[str, str, Consumers]]:
    """Return `(source, event, [(service, handler), …])` for the events that these services hear of each other."""
    hosted = {service.name for service in services}  # type: ignore[attr-defined]
    heard: dict[type[Event], list[tuple[str, str]]] = {}
    for service in services:
        for handler, event in contracts_of(service)[1].items():
            heard.setdefault(event, []).append((service.name, handler))  # type: ignore[attr-defined]
    return [
        (event.source, event.name, consumers) for event, consumers in heard.items() if event.source in hosted
    ]


_OUTSTANDING = """
    SELECT count(*) FROM {source}.outbox AS letter
    WHERE name = :name AND id > :floor AND (sent_at IS NULL OR NOT ({done}))
"""

MARGIN = 1000
"""Letters looked at again although all before them had their effect: numbers are not in the order of commits."""


class Outstanding:
    """The events that have not had all their effects yet; parked ones count as done."""

    def __init__(self, settings: Settings, services: Sequence[type]) -> None:
        """Look at the events that `services` tell each other."""
        self._engine = engine_for(settings.database_url, settings.database_connections)
        self._subscriptions = _subscriptions(services)
        self._floors = {source: 0 for source, _, _ in self._subscriptions}

    def counts(self) -> dict[str, int]:
        """Return how many events are outstanding, by `source.name`, looking at all there ever were."""
        with self._engine.connect() as connection:
            return {
                f"{source}.{name}": self._count(connection, source, name, consumers, 0)
                for source, name, consumers in self._subscriptions
            }

    def are_any(self) -> bool:
        """Say whether any recent event is outstanding."""
        with self._engine.connect() as connection:
            newest = {source: self._newest(connection, source) for source in self._floors}
            for source, name, consumers in self._subscriptions:
                if self._count(connection, source, name, consumers, self._floors[source]):
                    return True
        self._floors = {source: max(0, number - MARGIN) for source, number in newest.items()}
        return False

    def settle(self, within: float = 60) -> bool:
        """Wait until none is outstanding; say whether that was so within so many seconds."""
        with eventlet.Timeout(within, False):
            while self.are_any():
                eventlet.sleep(0.02)
            return True
        return False

    def _count(self, connection: Connection, source: str, name: str, consumers: Consumers, floor: int) -> int:
        question = text(_OUTSTANDING.format(source=source, done=_is_done(consumers)))
        return int(connection.execute(question, {"name": name, "floor": floor}).scalar_one())

    def _newest(self, connection: Connection, source: str) -> int:
        return int(connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {source}.outbox")).scalar_one())  # noqa: S608
