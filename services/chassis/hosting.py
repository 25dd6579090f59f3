"""Hosting: services in this process, on a broker or in memory, started in order and stopped without loss."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import eventlet
import structlog
from nameko.runners import ServiceRunner

from services.chassis.housekeeping import Housekeeper
from services.chassis.messaging import memory, wire
from services.chassis.messaging.caller import Caller
from services.chassis.messaging.connections import HEARTBEAT
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.messaging.relay import OPENED
from services.chassis.outstanding import Outstanding, name_of
from services.chassis.settings import Settings

__all__ = ["House", "Outstanding", "nameko_config", "queues_of"]

log = structlog.get_logger(__name__)

RECONCILE_EVERY = 60.0
"""Seconds between two looks for events that the in-process broker lost when another process ended."""

LOST_AFTER = timedelta(seconds=60)
"""After that long an event that was sent, waits in no queue and is with no consumer counts as lost."""

STOPS_WITHIN = 10.0
"""Seconds for which an embedded house that stops waits for its events to be taken in."""

KILLED_AFTER = 25.0
"""Seconds after which a service that does not stop is killed; whoever supervises the process waits for 30."""


def nameko_config(settings: Settings) -> dict[str, Any]:
    """Return nameko's configuration for the house that `settings` describes."""
    if settings.is_embedded:
        memory.install()
    return {
        "AMQP_URI": settings.broker_url,
        "HEARTBEAT": HEARTBEAT,
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
        self.config = nameko_config(settings) | {OPENED: eventlet.event.Event()}
        self._runner = ServiceRunner(self.config)
        for service in services:
            self._runner.add_service(service)
        self._queues = queues_of(services)
        self._helpers: list[Any] = []
        self.outstanding = Outstanding(settings, services)
        self._housekeeper = Housekeeper(settings, services)

    def start(self) -> None:
        """Start every service; in memory, take up the events that an earlier process did not finish.

        Nothing is published before all listen. When one service cannot start, none is left running. What
        another house of this process left in the queues is not ours to hear: it may be of another database.
        """
        try:
            if self.settings.is_embedded:
                memory.forget(self._queues)
            self._runner.start()
            if self.settings.is_embedded:
                self.outstanding.send_again()
        except BaseException:
            self._runner.kill()
            raise
        self.config[OPENED].send(None)
        self._helpers = [eventlet.spawn(helper) for helper in self._helping()]
        log.info("house_started", services=[name_of(service) for service in self.services])

    def wait(self) -> None:
        """Wait until the services end."""
        self._runner.wait()

    def stop(self) -> None:
        """Stop: no new work, what is under way is finished, in memory the letters are read to the last."""
        for helper in self._helpers:
            helper.kill()
        if self.settings.is_embedded:
            self._make_safe()
        self._end_services()
        if self.settings.is_embedded:
            memory.forget(self._queues)
        log.info("house_stopped")

    def caller(self, name: str) -> Caller:
        """Return a caller on the broker of this house (not started)."""
        return Caller(self.config, name)

    def settle(self, within: float = 60) -> bool:
        """Wait until every event has had its effect; say whether that was so within so many seconds."""
        return self.outstanding.settle(within, self._is_busy)

    def reconcile(self) -> None:
        """Publish again what was sent but not consumed; consumers drop what they had."""
        if not self._has_letters():
            self.outstanding.send_again(LOST_AFTER)

    def _helping(self) -> list[Callable[[], None]]:
        own = [self._reconcile_for_ever] if self.settings.is_embedded else []
        return [self._housekeeper.run, *own]

    def _end_services(self) -> None:
        """Stop every service; kill those that do not end in time."""
        with eventlet.Timeout(KILLED_AFTER, False):
            self._runner.stop()
            return
        log.error("services_killed", after=KILLED_AFTER)
        with eventlet.Timeout(KILLED_AFTER, False):
            self._runner.kill()

    def _make_safe(self) -> None:
        try:
            self.outstanding.make_safe(STOPS_WITHIN)
        except Exception as fault:  # the next start takes up what is left
            log.warning("events_left_over", fault=type(fault).__name__)

    def _reconcile_for_ever(self) -> None:
        while True:
            eventlet.sleep(RECONCILE_EVERY)
            try:
                self.reconcile()
            except Exception as fault:  # the next look comes
                log.warning("reconciliation_failed", fault=type(fault).__name__)

    def _is_busy(self) -> bool:
        return self._has_letters() or (self.settings.is_embedded and memory.in_hand() > 0)

    def _has_letters(self) -> bool:
        """Say whether letters lie in memory that nobody has taken up yet."""
        return self.settings.is_embedded and bool(memory.letters_in(self._queues))


def queues_of(services: Sequence[type]) -> list[str]:
    """Return the names of the queues on which these services take calls and hear events."""
    queues = []
    for service in services:
        name, (_, heard) = name_of(service), contracts_of(service)
        queues.append(wire.rpc_queue(name))
        queues += [wire.event_queue(event, name, handler) for handler, event in heard.items()]
    return queues
