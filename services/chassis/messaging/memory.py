"""The in-process broker of an embedded house: kombu's memory transport that wakes instead of polling."""

from collections.abc import Iterable
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
    """Rings for every consumer that waits for a message."""

    def __init__(self) -> None:
        self._event = Event()
        self.stirs = 0

    def ring(self) -> None:
        rung, self._event = self._event, Event()
        rung.send(None)

    def wait(self, seconds: float) -> None:
        with eventlet.Timeout(seconds, False):
            self._event.wait()


_bell = _Bell()


def stir() -> None:
    """Let every consumer end its waiting at once, as if its time were over: somebody wants to stop."""
    _bell.stirs += 1
    _bell.ring()


class WakingChannel(memory.Channel):  # type: ignore[misc]  # kombu is untyped
    """Puts as kombu does, and rings."""

    in_use: ClassVar[WeakSet["WakingChannel"]] = WeakSet()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what kombu gives."""
        super().__init__(*args, **kwargs)
        self.in_use.add(self)

    def close(self) -> None:
        """Put back what nobody acknowledged, and be used no more."""
        self.in_use.discard(self)
        super().close()

    @property
    def in_hand(self) -> int:
        """Return how many letters were taken from a queue and are not acknowledged yet."""
        return len(self.qos._delivered) - len(self.qos._dirty)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        _bell.ring()

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        """Acknowledge; a consumer at its prefetch limit may go on."""
        super().basic_ack(delivery_tag, multiple)
        _bell.ring()

    def basic_publish(self, message: Any, exchange: str, routing_key: str, **kwargs: Any) -> Any:
        """Publish and ring, whatever the type of the exchange."""
        published = super().basic_publish(message, exchange, routing_key, **kwargs)
        _bell.ring()
        return published


class WakingTransport(memory.Transport):  # type: ignore[misc]
    """Waits for the bell where kombu's own sleeps a polling interval."""

    Channel = WakingChannel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message, waiting for it at most `timeout` seconds."""
        ends_at = monotonic() + timeout if timeout is not None else None
        stirs = _bell.stirs
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = SLOWEST_LOOK if ends_at is None else min(SLOWEST_LOOK, ends_at - monotonic())
                if left <= 0 or stirs != _bell.stirs:
                    raise TimeoutError from None
                _bell.wait(left)


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
