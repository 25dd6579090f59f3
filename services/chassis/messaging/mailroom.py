"""The mailroom of a service: one consumer of raw letters for its calls and its events."""

from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
import structlog
from eventlet.semaphore import Semaphore
from kombu import Consumer, Queue
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import ProviderCollector, SharedExtension
from nameko.messaging import QueueConsumer, QueueConsumerStopped

from services.chassis.messaging import memory, wire
from services.chassis.messaging.connections import Line, Listening, rpc_exchange
from services.chassis.refusals import Faulted, Malformed, Refusal

log = structlog.get_logger(__name__)

PREFETCH = 300
"""Letters with calls on the desk at once: a rush is served in batches of about this many."""

EVENTS_PREFETCH = 60
"""Letters with events of one kind at hand: those that wait take effect together."""

EVENTS_SHARE = 2
"""One worker in so many is for events at most: in a flood the others are left to who waits for an answer."""

PATIENCE = 10.0
"""Seconds for which a service that stops finishes the letters in hand; another is given the rest."""

RECONSIDER = 1.0
"""Seconds before a letter that could not be taken is given back or tried again."""


class Mailroom(Listening, QueueConsumer):  # type: ignore[misc]  # nameko is untyped
    """nameko's queue consumer, but it hands out letters unread, calls and events from separate desks.

    nameko would decode first: a body that is no JSON would be written to the log with all its personal data.
    Calls have a desk of `PREFETCH` letters. Events have a small one and at most half of the workers.
    """

    def __init__(self) -> None:
        """Begin with nothing in hand."""
        super().__init__()
        self._in_hand: dict[int, tuple[Any, Any]] = {}

    def setup(self) -> None:
        """Set places apart for events."""
        self.event_places = max(1, self.container.max_workers // EVENTS_SHARE)
        self.places = Semaphore(self.event_places)

    @property
    def broker(self) -> dict[str, Any]:
        """Return the configuration of the house."""
        config: dict[str, Any] = self.container.config
        return config

    @property
    def prefetch_count(self) -> int:
        """Return how many letters with calls the broker may put on the desk."""
        return PREFETCH

    def get_consumers(self, consumer_cls: Callable[..., Any], channel: Any) -> Any:
        """Consume for each provider with the raw message, calls on one channel and events on another."""
        events = channel.connection.client.channel()
        self._consumers.clear()
        for provider in self._providers:
            is_for_calls = isinstance(provider, CallDesk)
            consumer = Consumer(
                channel if is_for_calls else events,
                queues=[provider.queue],
                on_message=partial(self.handle_message, provider, None),
                on_decode_error=partial(self._take_as_it_is, provider),
            )
            consumer.qos(prefetch_count=PREFETCH if is_for_calls else EVENTS_PREFETCH)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def handle_message(self, provider: Any, body: Any, message: Any) -> None:
        """Let the provider take the letter aside; a fault there must not end the container."""
        self._in_hand[id(message)] = (provider, message)
        eventlet.spawn_n(self._hand_over, provider, message)

    def ack_message(self, message: Any) -> None:
        """Let the broker forget a letter."""
        self._settle(message, message.ack)

    def requeue_message(self, message: Any) -> None:
        """Give a letter back to the broker."""
        self._settle(message, message.requeue)

    def is_held(self, message: Any) -> bool:
        """Say whether a letter is still ours to settle; with its channel it went back to the broker."""
        return bool(message.channel.connection)

    def unregister_provider(self, provider: Any) -> None:
        """Take no more letters for `provider`; return when those in hand are settled, or patience ran out."""
        if provider not in self._providers:
            return
        with eventlet.Timeout(PATIENCE, False):
            if self._line is not None and self._consumers_ready.ready():
                eventlet.spawn_n(memory.stir)
                super().unregister_provider(provider)
            while self._holds_letters_of(provider):
                eventlet.sleep(0.02)
        ProviderCollector.unregister_provider(self, provider)

    def on_iteration(self) -> None:
        """Beat, cancel what is to be cancelled, and end when nothing is left to hear or to settle."""
        self.beat()
        self._cancel_consumers_if_requested()
        if not self._consumers and not self._in_hand:
            self.should_stop = True

    def stop(self) -> None:
        """End when all doors are closed; a broker that is away is not waited for."""
        with eventlet.Timeout(PATIENCE, False):
            self.wait_for_providers()
        self._end()

    def kill(self) -> None:
        """End at once."""
        self._providers: set[Any] = set()
        self._in_hand.clear()
        self._end()

    def _end(self) -> None:
        self.should_stop = True
        memory.stir()
        if not self._consumers_ready.ready():
            self._consumers_ready.send_exception(QueueConsumerStopped())
        if self._gt is None:
            return
        with eventlet.Timeout(1.0, False):
            while self._line is not None and not self._gt.dead:
                eventlet.sleep(0.02)
        self._gt.kill()

    def _holds_letters_of(self, provider: Any) -> bool:
        return any(owner is provider for owner, _ in self._in_hand.values())

    def _take_as_it_is(self, provider: Any, message: Any, fault: Exception) -> None:
        """Hand a letter on that kombu could not unpack; kombu would log it with all that it holds."""
        log.warning("letter_not_unpacked", fault=type(fault).__name__)
        self.handle_message(provider, None, message)

    def _hand_over(self, provider: Any, message: Any) -> None:
        try:
            provider.take(message)
        except ContainerBeingKilled:
            return  # the connection goes with the container, and the broker gives the letter to another
        except Exception as fault:
            log.exception("letter_not_taken", fault=type(fault).__name__)
            eventlet.sleep(RECONSIDER)
            self.requeue_message(message)

    def _settle(self, message: Any, settle: Callable[[], None]) -> None:
        """Settle a letter; when its channel died meanwhile, leave it: the broker brings it again."""
        self._in_hand.pop(id(message), None)
        try:
            if self.is_held(message):
                settle()
        except Exception as fault:
            log.info("letter_not_settled", fault=type(fault).__name__)


def body_of(message: Any) -> bytes:
    """Return the bytes of a letter, from a broker or from memory."""
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)


class Replier(SharedExtension):  # type: ignore[misc]
    """Sends the replies of a service: unconfirmed, packed by caller, from one connection.

    Replies may be lost with the connection; the caller then asks again with the same key.
    """

    def setup(self) -> None:
        """Prepare the desk of replies to be sent."""
        self.seals = self.container.config["SETTINGS"].sealing.seals()
        self._waiting: dict[tuple[str, bool], list[wire.Reply]] = {}
        self._line = Line(
            f"replies of {self.container.service_name}", self.container.config, self._send_waiting
        )
        self._thread: Any = None

    def start(self) -> None:
        """Start sending."""
        if self._thread is None:
            self._thread = self.container.spawn_managed_thread(self._line.run, identifier="replier")

    def stop(self) -> None:
        """Send what is still to be sent, and end."""
        with eventlet.Timeout(2.0, False):
            while self._waiting:
                eventlet.sleep(0.01)
        if self._thread is not None:
            self._thread.kill()

    def send(self, call: wire.OpenCall, result: Any, refusal: Refusal | None) -> None:
        """Put the reply to `call` on the desk; what cannot be said becomes a fault of ours, told as one."""
        if not call.reply_to:
            return
        try:
            reply = wire.reply_for(call, wire.enclose(result, self.seals), refusal)
        except Exception as fault:
            log.exception("answer_not_sayable", method=call.method, fault=type(fault).__name__)
            reply = wire.reply_for(call, None, Faulted())
        self._waiting.setdefault((call.reply_to, call.wants_packed), []).append(reply)
        self._line.ring()

    def _send_waiting(self, producer: Any) -> None:
        waiting, self._waiting = self._waiting, {}
        for (reply_to, is_packed), replies in waiting.items():
            for letter in [replies] if is_packed else [[reply] for reply in replies]:
                producer.publish(
                    wire.write_replies(letter, is_packed),
                    content_type=wire.JSON,
                    content_encoding="utf-8",
                    exchange=wire.RPC_EXCHANGE,
                    routing_key=reply_to,
                    correlation_id=letter[0].id,
                    delivery_mode=1,
                    headers={wire.PACKED: 1} if is_packed else {},
                )


class CallDesk(ProviderCollector, SharedExtension):  # type: ignore[misc]
    """Takes the calls of a service from its RPC queue and gives each to the entrypoint of its method."""

    mailroom = Mailroom()
    replier = Replier()
    queue: Queue | None = None
    _closed: Any = None

    def setup(self) -> None:
        """Declare the queue and register it with the mailroom."""
        if self.queue is None:
            service = self.container.service_name
            self.queue = Queue(
                wire.rpc_queue(service), exchange=rpc_exchange(), routing_key=f"{service}.*", durable=True
            )
            self.mailroom.register_provider(self)

    def unregister_provider(self, provider: Any) -> None:
        """Close for calls and finish those in hand, before any door goes and would be missed by them."""
        if self._closed is None:
            self._closed = eventlet.event.Event()
            try:
                self.mailroom.unregister_provider(self)
            finally:
                self._closed.send(None)
        self._closed.wait()
        super().unregister_provider(provider)

    def take(self, message: Any) -> None:
        """Open a letter and spread its calls; acknowledge it when the last one is answered."""
        calls = self._open(message)
        outstanding = _Countdown(len(calls), partial(self.mailroom.ack_message, message))
        for call in calls:
            self._give(call, outstanding.tick)

    def _open(self, message: Any) -> list[wire.OpenCall]:
        properties, headers = message.properties, message.headers or {}
        try:
            return wire.open_calls(
                body_of(message),
                method=message.delivery_info["routing_key"].rpartition(".")[2],
                reply_to=properties.get("reply_to", ""),
                correlation_id=properties.get("correlation_id", ""),
                is_packed=wire.PACKED in headers,
                patience=wire.patience_in(headers),
            )
        except Malformed as refusal:
            log.warning("call_unreadable", problem=refusal.arguments["problem"])
            return []

    def _give(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        if call.is_stale:
            answered()
            return
        provider = next((found for found in self._providers if found.method_name == call.method), None)
        try:
            if provider is None:
                raise Malformed(contract="call", problem=f"there is no method {call.method}")
            provider.take_call(call, answered)
        except ContainerBeingKilled:
            raise
        except Exception as raised:
            self.replier.send(call, None, refusal_for(raised))
            answered()


def refusal_for(raised: Exception) -> Refusal:
    """Return the refusal to send for what was raised; a fault of ours is logged and tells nothing."""
    if isinstance(raised, Refusal):
        return raised
    log.error("call_faulted", exc_info=raised)
    return Faulted()


class _Countdown:
    """Calls `done` at the last of so many ticks, or at once when there are none."""

    def __init__(self, ticks: int, done: Callable[[], None]) -> None:
        self._left, self._done = ticks, done
        if not ticks:
            done()

    def tick(self) -> None:
        self._left -= 1
        if not self._left:
            self._done()
