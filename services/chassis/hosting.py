"""Hosting: services in this process, on a broker or in memory, started in order and stopped without loss."""

from collections.abc import Iterable, Sequence
from typing import Any

import eventlet
import structlog
from nameko.runners import ServiceRunner
from sqlalchemy import text

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
        with eventlet.Timeout(within, False):
            while self.is_busy():
                eventlet.sleep(0.02)
            return True
        return False

    def is_busy(self) -> bool:
        """Say whether any event is unsent, unconsumed or waiting for another try."""
        return any(outstanding(self.settings, self.services).values())

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

_OUTSTANDING = """
    SELECT count(*) FROM {source}.outbox AS letter
    WHERE name = :name AND (sent_at IS NULL OR NOT ({done}))
"""


def _is_done(consumers: Iterable[tuple[str, str]]) -> str:
    """Return the SQL that says whether every handler has taken `letter` in, or parked it."""
    return " AND ".join(
        f"(EXISTS (SELECT 1 FROM {service}.inbox AS taken"
        f" WHERE taken.event_id = letter.event_id AND taken.handler = '{handler}')"
        f" OR EXISTS (SELECT 1 FROM {service}.setback AS parked WHERE parked.event_id = letter.event_id"
        f" AND parked.handler = '{handler}' AND parked.next_try_at IS NULL))"
        for service, handler in consumers
    )


def _subscriptions(services: Sequence[type]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return `(source, event, [(service, handler), …])` for the events that these services hear of each other."""
    hosted = {service.name for service in services}  # type: ignore[attr-defined]
    heard: dict[type[Event], list[tuple[str, str]]] = {}
    for service in services:
        for handler, event in contracts_of(service)[1].items():
            heard.setdefault(event, []).append((service.name, handler))  # type: ignore[attr-defined]
    return [(event.source, event.name, consumers) for event, consumers in heard.items() if event.source in hosted]


def outstanding(settings: Settings, services: Sequence[type]) -> dict[str, int]:
    """Return, by event name, how many events have not had all their effects yet; parked ones count as done."""
    engine = engine_for(settings.database_url, settings.database_connections)
    counts = {}
    with engine.connect() as connection:
        for source, name, consumers in _subscriptions(services):
            question = text(_OUTSTANDING.format(source=source, done=_is_done(consumers)))
            counts[f"{source}.{name}"] = connection.execute(question, {"name": name}).scalar_one()
    return counts

