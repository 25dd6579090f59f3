"""The mailroom of a service: one consumer of raw letters for its calls and its events."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
import structlog
from kombu import Connection, Exchange, Queue
from nameko.extensions import ProviderCollector, SharedExtension
from nameko.messaging import QueueConsumer

from services.chassis.messaging import wire
from services.chassis.refusals import Malformed, Refusal

log = structlog.get_logger(__name__)

PREFETCH = 300
"""Letters on the desk at once: a rush is served in batches of about this many."""


BROKER_FAULTS: tuple[type[Exception], ...] = tuple(
    {*Connection("amqp://").connection_errors, *Connection("amqp://").channel_errors}
)
"""What a connection to the broker may raise when the broker is not well."""


class Mailroom(QueueConsumer):  # type: ignore[misc]  # nameko is untyped
    """nameko's queue consumer, except that it hands out letters unread and keeps a desk of `PREFETCH`.

    nameko would decode first: a body that is no JSON would be written to the log with all its personal data.
    """

    @property
    def prefetch_count(self) -> int:
        """Return how many letters the broker may put on the desk."""
        return PREFETCH

    def get_consumers(self, consumer_cls: Callable[..., Any], channel: Any) -> Any:
        """Consume for each provider with the raw message, not its decoded body."""
        for provider in self._providers:
            consumer = consumer_cls(
                queues=[provider.queue], on_message=partial(self.handle_message, provider, None)
            )
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def handle_message(self, provider: Any, body: Any, message: Any) -> None:
        """Let the provider take the letter in a thread of its own; a fault there must not end the container."""
        eventlet.spawn_n(self._hand_over, provider, message)

    def _hand_over(self, provider: Any, message: Any) -> None:
        try:
            provider.take(message)
        except Exception as fault:
            log.exception("letter_not_taken", fault=type(fault).__name__)
            self.requeue_message(message)


def body_of(message: Any) -> bytes:
    """Return the bytes of a letter, from a broker or from memory."""
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)


class Replier(SharedExtension):  # type: ignore[misc]
    """Sends the replies of a service: unconfirmed, packed by caller, from one connection."""

    def setup(self) -> None:
        """Prepare the desk of replies to be sent."""
        self.seals = self.container.config["SETTINGS"].sealing.seals()
        self._waiting: dict[tuple[str, bool], list[wire.Reply]] = {}
        self._wake = eventlet.event.Event()
        self._thread: Any = None

    def start(self) -> None:
        """Start sending."""
        if self._thread is None:
            self._thread = self.container.spawn_managed_thread(self._run, identifier="replier")

    def send(self, call: wire.OpenCall, result: Any, refusal: Refusal | None) -> None:
        """Put the reply to `call` on the desk."""
        if not call.reply_to:
            return
        reply = wire.reply_for(call, wire.enclose(result, self.seals), refusal)
        self._waiting.setdefault((call.reply_to, call.wants_packed), []).append(reply)
        if not self._wake.ready():
            self._wake.send(None)

    def _run(self) -> None:
        while True:
            try:
                with connect(self.container.config) as connection:
                    producer = connection.Producer()
                    while True:
                        self._wake.wait()
                        self._wake = eventlet.event.Event()
                        self._send_waiting(producer)
            except (OSError, *BROKER_FAULTS) as fault:
                log.warning("replies_interrupted", fault=type(fault).__name__)
                eventlet.sleep(0.5)

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


def connect(config: dict[str, Any]) -> Connection:
    """Return a connection to the broker of the house (not yet open)."""
    return Connection(config["AMQP_URI"], heartbeat=10, connect_timeout=5, transport_options={"confirm_publish": False})


def rpc_exchange() -> Exchange:
    """Return nameko's exchange for calls and replies."""
    return Exchange(wire.RPC_EXCHANGE, durable=True, type="topic")


class CallDesk(ProviderCollector, SharedExtension):  # type: ignore[misc]
    """Takes the calls of a service from its RPC queue and gives each to the entrypoint of its method."""

    mailroom = Mailroom()
    replier = Replier()
    queue: Queue | None = None

    def setup(self) -> None:
        """Declare the queue and register it with the mailroom."""
        if self.queue is None:
            service = self.container.service_name
            self.queue = Queue(
                wire.rpc_queue(service), exchange=rpc_exchange(), routing_key=f"{service}.*", durable=True
            )
            self.mailroom.register_provider(self)

    def stop(self) -> None:
        """Stop taking calls."""
        self.mailroom.unregister_provider(self)
        super().stop()

    def take(self, message: Any) -> None:
        """Open a letter and spread its calls; acknowledge it when the last one is answered."""
        calls = self._open(message)
        outstanding = _Countdown(len(calls), partial(self.mailroom.ack_message, message))
        for call in calls:
            self._give(call, outstanding.tick)

    def _open(self, message: Any) -> list[wire.OpenCall]:
        properties, headers = message.properties, message.headers or {}
        if float(headers.get(wire.DEADLINE, "inf")) < time.time():
            return []  # nobody waits any more; the caller was told so and may ask again
        try:
            return wire.open_calls(
                body_of(message),
                method=message.delivery_info["routing_key"].rpartition(".")[2],
                reply_to=properties.get("reply_to", ""),
                correlation_id=properties.get("correlation_id", ""),
                is_packed=wire.PACKED in headers,
            )
        except Malformed as refusal:
            log.warning("call_unreadable", problem=refusal.arguments["problem"])
            return []

    def _give(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        provider = next((found for found in self._providers if found.method_name == call.method), None)
        try:
            if provider is None:
                raise Malformed(contract="call", problem=f"there is no method {call.method}")
            provider.take_call(call, answered)
        except Refusal as refusal:
            self.replier.send(call, None, refusal)
            answered()


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
