"""The caller: how gateway and console ask services, with a deadline, calls that wait together packed in one letter."""

import time
from collections import defaultdict
from typing import Any, TypeVar
from uuid import uuid4

import eventlet
import structlog
from kombu import Connection, Queue
from kombu.mixins import ConsumerMixin

from services.chassis.contracts import Request, View
from services.chassis.messaging import wire
from services.chassis.messaging.mailroom import body_of, connect, rpc_exchange
from services.chassis.messaging.relay import BROKER_FAULTS
from services.chassis.refusals import NoAnswer, Unavailable

log = structlog.get_logger(__name__)

AnyView = TypeVar("AnyView", bound=View)

LARGEST_LETTER = 200
GATHER = 0.002
"""Seconds for which a call waits for company when others are under way; a lone call does not wait."""

REPLY_QUEUE_EXPIRES = 300_000  # milliseconds


class Caller:
    """Asks services over the broker. One per process; safe to use from any greenthread."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        """Take the nameko configuration of the house and the `name` under which replies are addressed."""
        self._config = config
        self._deadline: float = config["SETTINGS"].deadline
        self._replies_to = str(uuid4())
        self._waiting: dict[str, eventlet.event.Event] = {}
        self._seals = config["SETTINGS"].sealing.seals()
        self._outgoing: dict[str, list[tuple[str, Any, float]]] = defaultdict(list)
        self._wake = eventlet.event.Event()
        self._listener = _ReplyListener(config, name, self._replies_to, self._on_replies)
        self._threads: list[Any] = []

    def start(self) -> None:
        """Start listening for replies and sending calls; return when replies can arrive."""
        self._threads = [eventlet.spawn(self._listener.run), eventlet.spawn(self._send_for_ever)]
        with eventlet.Timeout(self._deadline, Unavailable()):
            self._listener.is_ready.wait()

    def stop(self) -> None:
        """Stop; calls still waiting are told so."""
        self._listener.should_stop = True
        for thread in self._threads:
            thread.kill()
        for waiting in list(self._waiting.values()):
            waiting.send_exception(Unavailable())

    @property
    def is_connected(self) -> bool:
        """Say whether replies can arrive at present."""
        return self._listener.is_consuming

    def ask(self, request: Request, within: float | None = None) -> Any:
        """Send a command or query; return its answer.

        `within` is the deadline in seconds. Raises the refusal of the service, `NoAnswer` after the deadline,
        `Unavailable` when the broker cannot be reached.
        """
        seconds = within or self._deadline
        correlation_id = uuid4().hex
        replied = self._waiting[correlation_id] = eventlet.event.Event()
        try:
            self._post(correlation_id, request, time.time() + seconds)
            with eventlet.Timeout(seconds, NoAnswer()):
                reply: wire.Reply = replied.wait()
        finally:
            self._waiting.pop(correlation_id, None)
        refusal = wire.refusal_in(reply)
        if refusal:
            raise refusal
        if reply.result is None:
            return None
        return request.answer.from_wire(wire.disclose(reply.result, self._seals))

    def _post(self, correlation_id: str, request: Request, ends_at: float) -> None:
        enclosed = wire.enclose(request, self._seals)
        self._outgoing[f"{request.service()}.{request.method()}"].append((correlation_id, enclosed, ends_at))
        if not self._wake.ready():
            self._wake.send(None)

    def _on_replies(self, replies: list[wire.Reply]) -> None:
        for reply in replies:
            waiting = self._waiting.get(reply.id)
            if waiting is not None and not waiting.ready():
                waiting.send(reply)

    def _send_for_ever(self) -> None:
        while True:
            try:
                with connect(self._config) as connection:
                    channel = connection.channel()
                    rpc_exchange()(channel).declare()
                    self._send_with(connection.Producer(channel))
            except (OSError, *BROKER_FAULTS) as fault:
                log.warning("calls_interrupted", fault=type(fault).__name__)
                eventlet.sleep(0.5)

    def _send_with(self, producer: Any) -> None:
        while True:
            self._wake.wait()
            eventlet.sleep(GATHER if len(self._waiting) > 1 else 0)
            self._wake = eventlet.event.Event()
            outgoing, self._outgoing = self._outgoing, defaultdict(list)
            for key, calls in outgoing.items():
                for start in range(0, len(calls), LARGEST_LETTER):
                    self._publish(producer, key, calls[start : start + LARGEST_LETTER])

    def _publish(self, producer: Any, key: str, calls: list[tuple[str, Any, float]]) -> None:
        correlation_id, request, _ = calls[0]
        is_packed = len(calls) > 1
        ends_at = max(deadline for _, _, deadline in calls)
        producer.publish(
            wire.pack_calls([call[:2] for call in calls]) if is_packed else wire.single_call(request),
            content_type=wire.JSON,
            content_encoding="utf-8",
            exchange=wire.RPC_EXCHANGE,
            routing_key=key,
            reply_to=self._replies_to,
            correlation_id=correlation_id,
            delivery_mode=1,
            expiration=max(0.001, ends_at - time.time()),
            headers={wire.DEADLINE: repr(ends_at)} | ({wire.PACKED: 1} if is_packed else {}),
        )


class _ReplyListener(ConsumerMixin):  # type: ignore[misc]  # kombu is untyped
    """Listens on the reply queue of one caller, through every reconnection."""

    def __init__(self, config: dict[str, Any], name: str, routing_key: str, on_replies: Any) -> None:
        self._config, self._on_replies = config, on_replies
        self._queue = Queue(
            f"rpc.reply-{name}-{routing_key}",
            exchange=rpc_exchange(),
            routing_key=routing_key,
            queue_arguments={"x-expires": REPLY_QUEUE_EXPIRES},
        )
        self.is_ready = eventlet.event.Event()
        self.is_consuming = False

    @property
    def connection(self) -> Connection:
        return connect(self._config)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        return [consumer_cls(queues=[self._queue], on_message=self._take, no_ack=True)]

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self.is_consuming = True
        if not self.is_ready.ready():
            self.is_ready.send(None)

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        self.is_consuming = False
        log.warning("replies_unreachable", fault=type(exc).__name__, again_in=interval)

    def on_connection_revived(self) -> None:
        self.is_consuming = False

    def _take(self, message: Any) -> None:
        is_packed = wire.PACKED in (message.headers or {})
        correlation_id = message.properties.get("correlation_id", "")
        self._on_replies(wire.read_replies(body_of(message), correlation_id, is_packed))
