"""The caller: how gateway and console ask services, with a deadline, waiting calls packed in one letter."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import eventlet
import structlog
from kombu import Queue
from kombu.mixins import ConsumerMixin

from services.chassis.contracts import Request
from services.chassis.messaging import wire
from services.chassis.messaging.connections import Line, Listening, rpc_exchange
from services.chassis.messaging.mailroom import body_of
from services.chassis.refusals import NoAnswer, Unavailable

log = structlog.get_logger(__name__)

LARGEST_LETTER = 200
GATHER = 0.002
"""Seconds for which a call waits for company when others are under way; a lone call does not wait."""

REPLY_QUEUE_EXPIRES = 300_000  # milliseconds


@dataclass
class _OwnCall:
    """A call of ours under way: its enclosed request, until when it waits, and where the reply goes."""

    request: Any
    ends_at: float  # of the monotonic clock
    id: str = field(default_factory=lambda: uuid4().hex)
    replied: Any = field(default_factory=eventlet.event.Event)
    is_sent: bool = False

    @property
    def seconds_left(self) -> float:
        return self.ends_at - time.monotonic()


class Caller:
    """Asks services over the broker. One per process; safe to use from any greenthread.

    While the broker is away, calls wait for it until their deadline; what was never sent ends in
    `Unavailable`, what was sent and not answered in `NoAnswer`.
    """

    def __init__(self, config: dict[str, Any], name: str) -> None:
        """Take the nameko configuration of the house and the `name` under which replies are addressed."""
        self._config = config
        self._deadline: float = config["SETTINGS"].deadline
        self._replies_to = str(uuid4())
        self._waiting: dict[str, _OwnCall] = {}
        self._seals = config["SETTINGS"].sealing.seals()
        self._outgoing: dict[str, list[_OwnCall]] = defaultdict(list)
        self._line = Line(f"calls of {name}", config, self._send_waiting)
        self._listener = _ReplyListener(config, name, self._replies_to, self._on_replies)
        self._threads: list[Any] = []

    def start(self) -> None:
        """Start listening for replies and sending calls; return when both can be done.

        Raises `Unavailable` when the broker cannot be reached within the deadline; it may be started again.
        """
        self._listener.should_stop = False
        self._threads = [eventlet.spawn(self._listener.run), eventlet.spawn(self._line.run)]
        try:
            with eventlet.Timeout(self._deadline, Unavailable()):
                self._listener.is_ready.wait()
                while not self._line.is_open:
                    eventlet.sleep(0.01)
        except Unavailable:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop; calls still waiting are told so."""
        self._listener.should_stop = True
        for thread in self._threads:
            thread.kill()
        for call in self._waiting.values():
            if not call.replied.ready():
                call.replied.send_exception(NoAnswer() if call.is_sent else Unavailable())

    @property
    def is_connected(self) -> bool:
        """Say whether calls can be sent and replies can arrive at present."""
        return self._listener.is_consuming and self._line.is_open

    def ask(self, request: Request, within: float | None = None) -> Any:
        """Send a command or query; return its answer.

        `within` is the deadline in seconds. Raises the refusal of the service, `NoAnswer` after the deadline,
        `Unavailable` when the broker could not be reached until then.
        """
        seconds = within or self._deadline
        call = _OwnCall(wire.enclose(request, self._seals), time.monotonic() + seconds)
        self._waiting[call.id] = call
        self._outgoing[f"{request.service()}.{request.method()}"].append(call)
        self._line.ring()
        try:
            reply = self._reply_to(call, seconds)
        finally:
            self._waiting.pop(call.id, None)
        refusal = wire.refusal_in(reply)
        if refusal:
            raise refusal
        if reply.result is None:
            return None
        return request.answer.from_wire(wire.disclose(reply.result, self._seals))

    def _reply_to(self, call: _OwnCall, seconds: float) -> wire.Reply:
        with eventlet.Timeout(seconds, False):
            reply: wire.Reply = call.replied.wait()
            return reply
        raise NoAnswer() if call.is_sent else Unavailable()

    def _on_replies(self, replies: list[wire.Reply]) -> None:
        for reply in replies:
            call = self._waiting.get(reply.id)
            if call is not None and not call.replied.ready():
                call.replied.send(reply)

    def _send_waiting(self, producer: Any) -> None:
        eventlet.sleep(GATHER if len(self._waiting) > 1 else 0)
        outgoing, self._outgoing = self._outgoing, defaultdict(list)
        for key, calls in outgoing.items():
            current = [call for call in calls if call.id in self._waiting and call.seconds_left > 0]
            for start in range(0, len(current), LARGEST_LETTER):
                self._publish(producer, key, current[start : start + LARGEST_LETTER])

    def _publish(self, producer: Any, key: str, calls: list[_OwnCall]) -> None:
        is_packed = len(calls) > 1
        patience = max(0.001, *(call.seconds_left for call in calls))
        for call in calls:
            call.is_sent = True  # as far as anybody will know if the line breaks now
        producer.publish(
            wire.pack_calls([(call.id, call.request) for call in calls])
            if is_packed
            else wire.single_call(calls[0].request),
            content_type=wire.JSON,
            content_encoding="utf-8",
            exchange=wire.RPC_EXCHANGE,
            routing_key=key,
            reply_to=self._replies_to,
            correlation_id=calls[0].id,
            delivery_mode=1,
            expiration=patience,
            headers={wire.PATIENCE: repr(patience)} | ({wire.PACKED: 1} if is_packed else {}),
        )


class _ReplyListener(Listening, ConsumerMixin):  # type: ignore[misc]  # kombu is untyped
    """Listens on the reply queue of one caller, which it declares anew at every reconnection."""

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        routing_key: str,
        on_replies: Callable[[list[wire.Reply]], None],
    ) -> None:
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
    def broker(self) -> dict[str, Any]:
        return self._config

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        return [
            consumer_cls(queues=[self._queue], on_message=self._take, on_decode_error=_leave, no_ack=True)
        ]

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self.is_consuming = True
        if not self.is_ready.ready():
            self.is_ready.send(None)

    def on_iteration(self) -> None:
        self.beat()

    def on_line_lost(self) -> None:
        self.is_consuming = False

    def _take(self, message: Any) -> None:
        is_packed = wire.PACKED in (message.headers or {})
        correlation_id = message.properties.get("correlation_id", "")
        try:
            self._on_replies(wire.read_replies(body_of(message), correlation_id, is_packed))
        except Exception as fault:  # a letter that nobody can read must not end the listening
            log.warning("reply_unreadable", fault=type(fault).__name__)


def _leave(message: Any, fault: Exception) -> None:
    log.warning("reply_unreadable", fault=type(fault).__name__)
