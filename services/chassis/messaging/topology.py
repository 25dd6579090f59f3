"""The queues of a whole house, declared before anybody speaks: an event waits for a hearer yet to come.

A publisher learns from the broker that nobody hears an event, but not that one hearer of several is missing.
So the queues of all services are declared before any of them starts, not by each service for itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import amqp
import structlog
from kombu import Exchange, Queue

from services.chassis.contracts import Event
from services.chassis.messaging import wire
from services.chassis.messaging.connections import BROKER_FAULTS, connect

log = structlog.get_logger(__name__)


def queue_of(event: type[Event], service: str, handler: str) -> Queue:
    """Return the durable queue on which the method `handler` of `service` hears `event`."""
    return Queue(
        wire.event_queue(event, service, handler),
        exchange=Exchange(wire.event_exchange(event.source), type="topic", durable=True),
        routing_key=event.name,
        durable=True,
    )


def declare_queues(config: dict[str, Any], heard: Sequence[tuple[type[Event], str, str]]) -> bool:
    """Declare the queues of `(event, service, handler)`; say False when it could not be done.

    A service's own user may not declare another's: then an operator has done it (`wishtree db upgrade`).
    """
    try:
        with connect(config) as connection:
            connection.ensure_connection(max_retries=2)
            channel = connection.channel()
            for event, service, handler in heard:
                queue_of(event, service, handler)(channel).declare()
    except BROKER_FAULTS as fault:
        log.info("queues_not_declared", fault=type(fault).__name__)
        return False
    return True


def busy_queue(config: dict[str, Any], queues: Iterable[str]) -> str | None:
    """Return the first of `queues` at which somebody listens or letters wait; None when there is none.

    Declares nothing. Raises what a broker raises that is not well.
    """
    with connect(config) as connection:
        connection.ensure_connection(max_retries=2)
        channel = connection.channel()
        for queue in queues:
            try:
                found = channel.queue_declare(queue, passive=True)
            except amqp.NotFound:
                channel = connection.channel()  # the broker closed the other one
                continue
            if found.consumer_count or found.message_count:
                return queue
    return None
