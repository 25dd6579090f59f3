"""The doors of a service: `answers` for commands and queries, `answers_in_batches` for a rush, `on` for events."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import eventlet
import msgspec
import structlog
from kombu import Exchange, Queue
from nameko.extensions import Entrypoint

from services.chassis import metrics
from services.chassis.contracts import Event, Request
from services.chassis.messaging import wire
from services.chassis.messaging.mailroom import CallDesk, Mailroom, body_of
from services.chassis.messaging.setbacks import Setbacks
from services.chassis.refusals import Faulted, Malformed, Refusal, Unavailable
from services.chassis.sealing import Seals

log = structlog.get_logger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])

ANSWERED = "__answers__"
HEARD = "__hears__"


def _read(request: type[Request], call: wire.OpenCall, seals: Seals) -> Request:
    if len(call.arguments) != 1:
        raise Malformed(contract=request.__name__, problem="expected one argument, the request")
    return request.from_wire(wire.disclose(call.arguments[0], seals))


def _outcome(exc_info: Any) -> Refusal | None:
    """Return the refusal to send for what a method raised; a fault of ours tells the caller nothing."""
    if exc_info is None:
        return None
    raised = exc_info[1]
    return raised if isinstance(raised, Refusal) else Faulted()


class Answers(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """Answers calls of one contract with the decorated method, which takes the decoded request."""

    desk = CallDesk()

    def __init__(self, request: type[Request]) -> None:
        """Take the contract; the method must have its name."""
        super().__init__(expected_exceptions=Refusal)
        self.request = request

    def setup(self) -> None:
        """Register with the call desk."""
        self.desk.register_provider(self)

    def stop(self) -> None:
        """Leave the call desk."""
        self.desk.unregister_provider(self)

    def take_call(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        """Work on one call in a worker of its own."""
        request = _read(self.request, call, self.desk.replier.seals)
        finish = partial(self._finish, call, answered)
        self.container.spawn_worker(self, (request,), {}, handle_result=finish)

    def _finish(
        self, call: wire.OpenCall, answered: Callable[[], None], context: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        refusal = _outcome(exc_info)
        metrics.count_call(self.container.service_name, self.method_name, refusal)
        self.desk.replier.send(call, result, refusal)
        answered()
        return result, exc_info


GATHER = 0.003
"""Seconds for which the first call of a batch waits for company."""

LARGEST_BATCH = 300


class AnswersInBatches(Answers):
    """Answers many calls of one contract at once, in the order in which they arrived.

    The method takes a list of requests and returns as many results, each a view or a `Refusal`. One batch is
    under way at a time, so that first come is first served; meanwhile the next one gathers.
    """

    def __init__(self, request: type[Request]) -> None:
        """Take the contract."""
        super().__init__(request)
        self._waiting: list[tuple[wire.OpenCall, Request, Callable[[], None]]] = []
        self._is_gathering = False

    def take_call(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        """Put one call into the batch that gathers."""
        self._waiting.append((call, _read(self.request, call, self.desk.replier.seals), answered))
        if not self._is_gathering:
            self._is_gathering = True
            eventlet.spawn_n(self._serve)

    def _serve(self) -> None:
        eventlet.sleep(GATHER)
        batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
        requests = [request for _, request, _ in batch]
        self.container.spawn_worker(self, (requests,), {}, handle_result=partial(self._finish_batch, batch))

    def _finish_batch(self, batch: list[Any], context: Any, results: Any, exc_info: Any) -> tuple[Any, Any]:
        fault = _outcome(exc_info)
        for (call, _, answered), result in zip(batch, results or [fault] * len(batch), strict=True):
            refusal = result if isinstance(result, Refusal) else None
            metrics.count_call(self.container.service_name, self.method_name, refusal)
            self.desk.replier.send(call, None if refusal else result, refusal)
            answered()
        if self._waiting:
            eventlet.spawn_n(self._serve)
        else:
            self._is_gathering = False
        return results, exc_info


class Hears(Entrypoint):  # type: ignore[misc]
    """Hears one event with the decorated method; what fails is tried again later, never lost, never spun."""

    mailroom = Mailroom()
    setbacks = Setbacks()

    def __init__(self, event: type[Event]) -> None:
        """Take the event; the name of the method names the durable queue."""
        super().__init__(expected_exceptions=Refusal)
        self.event = event

    def setup(self) -> None:
        """Declare the durable queue and register with the mailroom."""
        service = self.container.service_name
        self.queue = Queue(
            wire.event_queue(self.event, service, self.method_name),
            exchange=Exchange(wire.event_exchange(self.event.source), type="topic", durable=True),
            routing_key=self.event.name,
            durable=True,
        )
        self.mailroom.register_provider(self)
        self.setbacks.register_provider(self)

    def stop(self) -> None:
        """Leave the mailroom."""
        self.mailroom.unregister_provider(self)
        self.setbacks.unregister_provider(self)

    def take(self, message: Any) -> None:
        """Work on one event from the broker; acknowledge it when it took effect or its setback is written."""
        self.attempt(body_of(message), partial(self.mailroom.ack_message, message))

    def attempt(self, body: bytes, settled: Callable[[], None], tries: int = 0) -> None:
        """Try to let the event in `body` take effect; call `settled` when it is safe to forget the letter."""
        try:
            event = self.event.from_wire(body)
        except Malformed as refusal:
            self.setbacks.park(self, body, reason=f"{refusal.code}: {refusal.arguments['problem']}")
            settled()
            return
        finish = partial(self._finish, body, event, tries, settled)
        self.container.spawn_worker(self, (event,), {}, handle_result=finish)

    def _finish(
        self, body: bytes, event: Event, tries: int, settled: Callable[[], None], context: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        metrics.count_event(self.container.service_name, self.method_name, exc_info is None)
        if exc_info is None:
            self.setbacks.overcome(self, event)
            settled()
        elif isinstance(exc_info[1], Unavailable):
            eventlet.spawn_after(1, self.attempt, body, settled, tries)  # the letter stays ours meanwhile
        else:
            self.setbacks.note(self, event, body, type(exc_info[1]).__name__, tries + 1)
            settled()
        return result, exc_info


def answers(request: type[Request]) -> Callable[[Method], Method]:
    """Make the method answer the RPC calls of `request`."""
    return _mark(Answers.decorator(request), ANSWERED, request)


def answers_in_batches(request: type[Request]) -> Callable[[Method], Method]:
    """Make the method answer the RPC calls of `request` many at a time, for a rush."""
    return _mark(AnswersInBatches.decorator(request), ANSWERED, request)


def on(event: type[Event]) -> Callable[[Method], Method]:
    """Make the method hear `event`."""
    return _mark(Hears.decorator(event), HEARD, event)


def _mark(decorate: Any, mark: str, contract: type[msgspec.Struct]) -> Callable[[Method], Method]:
    def marked(method: Method) -> Method:
        setattr(method, mark, contract)
        decorated: Method = decorate(method)
        return decorated

    return marked


def contracts_of(service: type) -> tuple[dict[str, type[Request]], dict[str, type[Event]]]:
    """Return what a service class answers and hears, by the name of the method."""
    methods = {name: member for name, member in vars(service).items() if callable(member)}
    answered = {name: getattr(method, ANSWERED) for name, method in methods.items() if hasattr(method, ANSWERED)}
    heard = {name: getattr(method, HEARD) for name, method in methods.items() if hasattr(method, HEARD)}
    return answered, heard
