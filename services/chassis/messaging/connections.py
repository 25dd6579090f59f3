"""Connections to the broker: soon open again after a fault, watched while idle, dropped when it hangs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
import structlog
from kombu import Connection, Exchange
from kombu.exceptions import OperationalError

from services.chassis.messaging import wire

log = structlog.get_logger(__name__)

HEARTBEAT = 10
"""Seconds; a broker that vanished without a word is noticed after two of them (RELIABILITY: within 30)."""

PATIENCE = 5.0
"""Seconds for the broker to take what is sent; after that the connection goes (a blocked broker hangs)."""

FAREWELL = 0.5
"""Seconds for the broker to answer a goodbye."""

LOOK_EVERY, LOOK_IN_MEMORY = 1.0, 5.0
"""Seconds between two looks at an idle connection; in memory there is nobody who might vanish."""

LISTEN_EVERY, LISTEN_IN_MEMORY = 0.25, 5.0
"""Seconds for which a consumer listens before it looks whether it is to stop; in memory it is stirred."""

SHORTEST_REST, LONGEST_REST = 0.5, 5.0
"""Seconds between two tries to reach the broker, growing from the one to the other."""

_AMQP = Connection("amqp://")
BROKER_FAULTS: tuple[type[Exception], ...] = (
    OSError,
    OperationalError,  # kombu's own, for a broker to whom no connection could be made
    *_AMQP.connection_errors,
    *_AMQP.channel_errors,
)
"""What a connection to the broker may raise when the broker is not well."""


class Hung(Exception):
    """The broker took nothing for `PATIENCE` seconds."""


def connect(config: dict[str, Any]) -> Connection:
    """Return a connection to the broker of the house (not yet open)."""
    return Connection(
        config["AMQP_URI"],
        heartbeat=HEARTBEAT,
        connect_timeout=5,
        transport_options={"confirm_publish": False},
    )


def look_every(config: dict[str, Any]) -> float:
    """Return the seconds between two looks at an idle connection to the broker of the house."""
    return LOOK_IN_MEMORY if config["SETTINGS"].is_embedded else LOOK_EVERY


def rpc_exchange() -> Exchange:
    """Return nameko's exchange for calls and replies."""
    return Exchange(wire.RPC_EXCHANGE, durable=True, type="topic")


def drop(connection: Connection) -> None:
    """Close a connection; do not wait for a broker that hangs to say goodbye, it never would."""
    try:
        with eventlet.Timeout(FAREWELL, False):
            connection.release()
        connection.collect()
    except Exception as fault:  # whatever it was, the connection is gone
        log.debug("connection_dropped", fault=type(fault).__name__)


def look_alive(connection: Connection) -> None:
    """Send a heartbeat when it is time, and read what the broker sent; raise when the connection is dead."""
    connection.heartbeat_check()
    try:
        while True:
            connection.drain_events(timeout=0.001)
    except TimeoutError:
        return


class Line:
    """A connection for sending alone: rung when something waits, opened again whenever it breaks."""

    def __init__(self, name: str, config: dict[str, Any], send: Callable[[Any], None]) -> None:
        """Take the configuration of the house and `send`, which sends all that waits with a producer."""
        self._name, self._config, self._send = name, config, send
        self._rung = eventlet.event.Event()
        self.is_open = False

    def ring(self) -> None:
        """Say that something waits to be sent."""
        if not self._rung.ready():
            self._rung.send(None)

    def run(self) -> None:
        """Send for ever."""
        rest = SHORTEST_REST
        while True:
            connection = connect(self._config)
            try:
                producer = self._open(connection)
                rest = SHORTEST_REST
                self._send_over(connection, producer)
            except Exception as fault:
                log.warning("line_interrupted", line=self._name, fault=type(fault).__name__)
            finally:
                self.is_open = False
                drop(connection)
            eventlet.sleep(rest)
            rest = min(rest * 2, LONGEST_REST)

    def _open(self, connection: Connection) -> Any:
        with eventlet.Timeout(2 * PATIENCE, Hung()):
            channel = connection.channel()
            rpc_exchange()(channel).declare()
        self.is_open = True
        return connection.Producer(channel)

    def _send_over(self, connection: Connection, producer: Any) -> None:
        looked_at, looks_every = time.monotonic(), look_every(self._config)
        while True:
            with eventlet.Timeout(looks_every, False):
                self._rung.wait()
            self._rung = eventlet.event.Event() if self._rung.ready() else self._rung
            with eventlet.Timeout(PATIENCE, Hung()):
                if time.monotonic() - looked_at > looks_every:
                    look_alive(connection)
                    looked_at = time.monotonic()
                self._send(producer)


class Listening:
    """What a consumer of ours does beyond kombu's `ConsumerMixin`, which it is mixed into.

    It reconnects soon, keeps its heart beating while letters pour in, and outlives every fault of the line.
    """

    should_stop: bool
    _line: Connection | None = None
    _beaten_at = 0.0

    @property
    def broker(self) -> dict[str, Any]:
        """Return the configuration of the house."""
        raise NotImplementedError

    @property
    def connection(self) -> Connection:
        """Return a connection for kombu to clone."""
        return connect(self.broker)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """Yield an open connection, trying for as long as it takes."""
        connection = connect(self.broker)
        try:
            connection.ensure_connection(
                self.on_connection_error, interval_start=0.2, interval_step=0.4, interval_max=2
            )
            log.info("broker_reached", who=type(self).__name__)
            self._line = connection
            yield connection
        finally:
            self._line = None
            self.on_line_lost()
            drop(connection)

    def run(self) -> None:
        """Listen until told to stop."""
        while not self.should_stop:
            try:
                in_memory = self.broker["SETTINGS"].is_embedded
                super().run(safety_interval=LISTEN_IN_MEMORY if in_memory else LISTEN_EVERY)  # type: ignore[misc]
            except Exception as fault:
                log.exception("listening_interrupted", who=type(self).__name__, fault=type(fault).__name__)
                eventlet.sleep(LOOK_EVERY)

    def on_line_lost(self) -> None:
        """Be told that nothing can be heard until the next connection."""

    def beat(self) -> None:
        """Send a heartbeat when it is time; kombu does so only while nothing arrives."""
        if self._line is not None and time.monotonic() - self._beaten_at > LOOK_EVERY:
            self._beaten_at = time.monotonic()
            self._line.heartbeat_check()

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """Say that the broker cannot be reached."""
        who, fault = type(self).__name__, type(exc).__name__
        log.warning("broker_unreachable", who=who, fault=fault, again_in=round(interval, 1))
