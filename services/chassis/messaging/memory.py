"""The in-process broker of an embedded house: kombu's memory transport that wakes instead of polling."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from queue import Empty
from time import monotonic
from typing import Any, ClassVar
from weakref import WeakSet

import eventlet
from eventlet.event import Event
from kombu.transport import TRANSPORT_ALIASES, memory

ALIAS = "memory"
SLOWEST_LOOK = 5.0
"""Seconds after which a consumer looks again even if nobody woke it."""


class _Bell:
    """Rings for a connection that waits for a letter."""

    def __init__(self) -> None:
        self._event = Event()

    def ring(self) -> None:
        rung, self._event = self._event, Event()
        rung.send(None)

    def wait(self, seconds: float) -> None:
        with eventlet.Timeout(seconds, False):
            self._event.wait()


class WakingChannel(memory.Channel):  # type: ignore[misc]  # kombu is untyped
    """Puts as kombu does, and wakes whoever consumes."""

    in_use: ClassVar[WeakSet["WakingChannel"]] = WeakSet()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what kombu gives."""
        super().__init__(*args, **kwargs)
        self._turn = 0
        self.in_use.add(self)

    def close(self) -> None:
        """Put back what nobody acknowledged, and be used no more."""
        self.in_use.discard(self)
        super().close()

    @property
    def in_hand(self) -> int:
        """Return how many letters were taken from a queue and are not acknowledged yet."""
        return len(self.qos._delivered) - len(self.qos._dirty)

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> None:
        """Consume, and be woken by what comes into the queue."""
        WakingTransport.consuming[queue].add(self.connection)
        super().basic_consume(queue, *args, **kwargs)

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        """Acknowledge; a consumer at its prefetch limit may go on."""
        super().basic_ack(delivery_tag, multiple)
        if self.connection is not None:
            self.connection.bell.ring()

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        for transport in WakingTransport.consuming[queue]:
            transport.bell.ring()

    def _put_fanout(self, exchange: str, message: Any, routing_key: str | None = None, **kwargs: Any) -> None:
        for queue in self._lookup(exchange, routing_key):
            self._put(queue, message)

    def _poll(self, cycle: Any, callback: Callable[..., None], timeout: float | None = None) -> None:
        """Deliver from the next queue in turn that holds a letter; an empty one costs only a look."""
        queues = self._active_queues
        for step in range(self._turn, self._turn + len(queues)):
            name = queues[step % len(queues)]
            letters = self.queues.get(name)
            if letters is not None and letters.qsize():
                self._turn = (step + 1) % len(queues)
                self._get_and_deliver(name, callback)
                return
        raise Empty


class WakingTransport(memory.Transport):  # type: ignore[misc]
    """Waits for its bell where kombu's own sleeps a polling interval."""

    Channel = WakingChannel
    consuming: ClassVar[dict[str, WeakSet["WakingTransport"]]] = defaultdict(WeakSet)
    open: ClassVar[WeakSet["WakingTransport"]] = WeakSet()
    stirs: ClassVar[int] = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what kombu gives."""
        super().__init__(*args, **kwargs)
        self.bell = _Bell()
        self.open.add(self)

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message, waiting for it at most `timeout` seconds."""
        ends_at = monotonic() + timeout if timeout is not None else None
        stirs = WakingTransport.stirs
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = SLOWEST_LOOK if ends_at is None else min(SLOWEST_LOOK, ends_at - monotonic())
                if left <= 0 or stirs != WakingTransport.stirs:
                    raise TimeoutError from None
                self.bell.wait(left)


def stir() -> None:
    """Let every consumer end its waiting at once, as if its time were over: somebody wants to stop."""
    WakingTransport.stirs += 1
    for transport in list(WakingTransport.open):
        transport.bell.ring()


def install() -> None:
    """Make `memory://` mean this transport in the present process."""
    TRANSPORT_ALIASES[ALIAS] = f"{__name__}:WakingTransport"


def letters_in(queues: Iterable[str]) -> int:
    """Return how many letters wait in `queues`."""
    return sum(WakingChannel.queues[name].qsize() for name in queues if name in WakingChannel.queues)


def in_hand() -> int:
    """Return how many letters consumers of this process are at work on."""
    return sum(channel.in_hand for channel in WakingChannel.in_use)


def forget(queues: Iterable[str]) -> None:
    """Drop the letters in `queues`, as the end of the process would."""
    for name in queues:
        WakingChannel.queues.pop(name, None)
