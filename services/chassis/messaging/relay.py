"""The relay publishes the outbox, with confirms, after the commit; what was not confirmed goes out again."""

import time
from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

import eventlet
import structlog
from kombu import Connection, Exchange
from nameko.extensions import DependencyProvider
from sqlalchemy import BigInteger, Executable, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from services.chassis import metrics
from services.chassis.crashing import crash_point
from services.chassis.database import at_once, engine_for
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging import wire
from services.chassis.messaging.connections import (
    LONGEST_REST,
    LOOK_EVERY,
    PATIENCE,
    SHORTEST_REST,
    Hung,
    connect,
    drop,
    look_alive,
    look_every,
)
from services.chassis.messaging.gathering import Gathering

log = structlog.get_logger(__name__)

BATCH = 200

COUNT_EVERY = 5.0
"""Seconds between two counts of what is not sent yet, for the metrics."""

HOLD = timedelta(seconds=5)
"""How long an event to which no queue is bound yet waits before it is published again."""

GATHER, GATHER_IN_A_BURST = 0.002, 0.01
"""Seconds for which the first commit waits for company: their events go out together."""

LOOK_UNASKED = 5.0
"""Seconds after which to look although nobody nudged: what is held, or left by a process that ended."""

OPENED = "OPENED"
"""In the configuration: an event of eventlet that is sent when every service of the house listens."""


class Unconfirmed(Hung):
    """The broker did not confirm in time; what it has is unknown, so all of it goes out again."""


class Relay:
    """Publishes the outbox of one service, for as long as it is told to run."""

    def __init__(self, service: str, config: dict[str, Any], outbox: Any) -> None:
        """Take the name of the service, the configuration of the house and the outbox table."""
        settings = config["SETTINGS"]
        self._service, self._config, self._outbox = service, config, outbox
        self._engine = engine_for(settings.database_url, settings.database_connections)
        self._take, self._hold = _taking(outbox), _holding(outbox)
        self._nudged = eventlet.event.Event()
        self._is_stopping = False
        self._counted_at = 0.0
        self._gathering = Gathering(GATHER, GATHER_IN_A_BURST)

    def nudge(self) -> None:
        """Look at once: something was committed."""
        if not self._nudged.ready():
            self._nudged.send(None)

    def stop(self) -> None:
        """Finish the batch under way and end."""
        self._is_stopping = True
        self.nudge()

    def run(self) -> None:
        """Publish until told to stop; a broken broker or database is waited for, never given up."""
        self._await_opening()
        rest = SHORTEST_REST
        while not self._is_stopping:
            connection = connect(self._config)
            try:
                channel = self._open(connection)
                rest = SHORTEST_REST
                self._publish_over(connection, channel)
            except Exception as fault:
                log.warning("relay_interrupted", service=self._service, fault=type(fault).__name__)
                eventlet.sleep(0 if self._is_stopping else rest)
                rest = min(rest * 2, LONGEST_REST)
            finally:
                drop(connection)

    def _await_opening(self) -> None:
        """Wait until all who listen in this house do: in memory, what nobody hears is gone."""
        opened = self._config.get(OPENED)
        while opened is not None and not opened.ready() and not self._is_stopping:
            with eventlet.Timeout(LOOK_EVERY, False):
                opened.wait()

    def _open(self, connection: Connection) -> "Confirming":
        with eventlet.Timeout(2 * PATIENCE, Hung()):
            return Confirming(connection, self._service)

    def _publish_over(self, connection: Connection, channel: "Confirming") -> None:
        while not self._is_stopping:
            self._nudged = eventlet.event.Event()
            if self._relay_batch(channel) < BATCH:
                self._await_nudge(connection)

    def _await_nudge(self, connection: Connection) -> None:
        """Wait until something was committed, at the latest until it is time to look unasked."""
        looks_every = look_every(self._config)
        for _ in range(round(LOOK_UNASKED / looks_every)):
            with eventlet.Timeout(looks_every, False):
                self._nudged.wait()
                eventlet.sleep(self._gathering.seconds)
                return
            with eventlet.Timeout(PATIENCE, Hung()):
                look_alive(connection)

    def _relay_batch(self, channel: "Confirming") -> int:
        """Publish up to a batch of unsent events; return how many there were."""
        with self._engine.begin() as connection:  # what is not published to the end stays unsent
            events = sorted(connection.execute(self._take), key=attrgetter("id"))
            if events:
                crash_point("before_publish")
                unheard = channel.publish([(event.id, event.name, event.body) for event in events])
                crash_point("after_publish")
                if unheard:
                    connection.execute(self._hold, {"ids": sorted(unheard)})
                self._gathering.done()
        self._count(len(events))
        return len(events)

    def _count(self, relayed: int) -> None:
        metrics.RELAYED.labels(self._service).inc(relayed)
        if time.monotonic() - self._counted_at > COUNT_EVERY:
            self._counted_at = time.monotonic()
            unsent = select(func.count()).where(self._outbox.c.sent_at.is_(None))
            with at_once(self._engine).connect() as connection:
                metrics.UNSENT.labels(self._service).set(connection.execute(unsent).scalar_one())


def _taking(outbox: Table) -> Executable:
    """Return the statement that marks a batch as sent; other relays of the service leave it alone."""
    column = outbox.c
    is_due = or_(column.held_until.is_(None), column.held_until < func.now())
    unsent = select(column.id).where(column.sent_at.is_(None), is_due).order_by(column.id).limit(BATCH)
    batch = unsent.with_for_update(skip_locked=True).cte("batch")
    sent = update(outbox).where(column.id == batch.c.id).values(sent_at=func.now())
    return sent.returning(column.id, column.name, column.body)


def _holding(outbox: Table) -> Executable:
    """Return the statement that keeps the letters `ids` back for a while: nobody is there to hear them."""
    is_unheard = outbox.c.id == func.any(bindparam("ids", type_=ARRAY(BigInteger)))
    return update(outbox).where(is_unheard).values(sent_at=None, held_until=func.now() + HOLD)


class Confirming:
    """A channel on which a batch of events is published and confirmed as one.

    A batch costs one wait, where a confirm for each event would cost a round trip each.
    """

    def __init__(self, connection: Connection, source: str) -> None:
        """Open a channel, with confirms where the broker knows them (RabbitMQ does, memory need not)."""
        self._connection, self._exchange = connection, wire.event_exchange(source)
        self._channel = connection.channel()
        Exchange(self._exchange, type="topic", durable=True)(self._channel).declare()
        self._producer = connection.Producer(self._channel)
        self._unconfirmed: set[int] = set()
        self._returned: set[int] = set()
        self._last_tag = 0
        self._is_refused = False
        self._confirms = hasattr(self._channel, "confirm_select")
        if self._confirms:
            self._channel.confirm_select()
            self._channel.events["basic_ack"].add(self._on_ack)
            self._channel.events["basic_nack"].add(self._on_nack)
            self._channel.events["basic_return"].add(self._on_return)

    def publish(self, events: Sequence[tuple[int, str, str]]) -> set[int]:
        """Publish `(outbox id, name, body)`; return the ids to which no queue is bound.

        Raises `Unconfirmed` when the broker has not confirmed all of them in time.
        """
        self._returned.clear()
        with eventlet.Timeout(PATIENCE, Unconfirmed()):
            for outbox_id, name, body in events:
                self._last_tag += 1
                if self._confirms:
                    self._unconfirmed.add(self._last_tag)
                self._publish_one(outbox_id, name, body)
            self._await_confirms()
        return set(self._returned)

    def _publish_one(self, outbox_id: int, name: str, body: str) -> None:
        self._producer.publish(
            body.encode(),
            content_type=wire.JSON,
            content_encoding="utf-8",
            exchange=self._exchange,
            routing_key=name,
            delivery_mode=2,
            mandatory=self._confirms,
            headers={"outbox-id": outbox_id},
        )

    def _await_confirms(self) -> None:
        ends_at = time.monotonic() + PATIENCE
        while self._unconfirmed and not self._is_refused:
            try:
                self._connection.drain_events(timeout=max(0.01, ends_at - time.monotonic()))
            except TimeoutError:
                raise Unconfirmed from None
        if self._is_refused:
            raise Unconfirmed

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        confirmed = {tag for tag in self._unconfirmed if tag <= delivery_tag} if multiple else {delivery_tag}
        self._unconfirmed -= confirmed

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._is_refused = True  # a full queue, or a quorum that is not there

    def _on_return(self, *returned: Any) -> None:
        self._returned.add(int(returned[-1].headers["outbox-id"]))


class RelayProvider(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs the relay of the service beside its workers, in a thread of its own."""

    def setup(self) -> None:
        """Prepare the relay."""
        outbox = mailbox_for(self.container.service_cls.tables).outbox
        self.relay = Relay(self.container.service_name, self.container.config, outbox)
        self._thread: Any = None

    def start(self) -> None:
        """Start publishing."""
        self._thread = self.container.spawn_managed_thread(self.relay.run, identifier="relay")

    def stop(self) -> None:
        """Publish what is under way and end, within the patience of a batch."""
        self.relay.stop()
        if self._thread is not None:
            with eventlet.Timeout(PATIENCE + 1, False):
                self._thread.wait()
