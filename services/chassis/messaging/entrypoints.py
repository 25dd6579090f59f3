"""The doors of a service: `answers` for requests, `answers_in_batches` for a rush, `on` an event."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeVar

import eventlet
import msgspec
import structlog
from nameko.extensions import Entrypoint

from services.chassis import metrics
from services.chassis.contracts import Event, Request
from services.chassis.crashing import crash_point
from services.chassis.messaging import wire
from services.chassis.messaging.gathering import Gathering
from services.chassis.messaging.mailroom import RECONSIDER, CallDesk, Mailroom, body_of, refusal_for
from services.chassis.messaging.setbacks import Setbacks
from services.chassis.messaging.topology import queue_of
from services.chassis.refusals import Faulted, Malformed, NoAnswer, Refusal, Unavailable
from services.chassis.sealing import Seals

log = structlog.get_logger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])

ANSWERED = "__answers__"
HEARD = "__hears__"

OUTAGES = (Unavailable, NoAnswer)
"""Refusals that say nothing about the request: the same may go well a moment later."""


def _read(request: type[Request], call: wire.OpenCall, seals: Seals) -> Request:
    if len(call.arguments) != 1:
        raise Malformed(contract=request.__name__, problem="expected one argument, the request")
    return request.from_wire(wire.disclose(call.arguments[0], seals))


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
        """Leave the call desk, when the calls in hand are answered."""
        self.desk.unregister_provider(self)

    def take_call(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        """Work on one call in a worker of its own; wait for one to be free."""
        request = _read(self.request, call, self.desk.replier.seals)
        finish = partial(self._finish, call, answered)
        self.container.spawn_worker(self, (request,), {}, handle_result=finish)

    def _finish(
        self, call: wire.OpenCall, answered: Callable[[], None], context: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        self._answer(call, result, refusal_for(exc_info[1]) if exc_info else None)
        answered()
        return result, exc_info

    def _answer(self, call: wire.OpenCall, result: Any, refusal: Refusal | None) -> None:
        metrics.count_call(self.container.service_name, self.method_name, refusal)
        self.desk.replier.send(call, None if refusal else result, refusal)


GATHER = 0.003
"""Seconds for which the first call of a batch waits for company."""

LARGEST_BATCH = 300

GATHER_EVENTS = 0.003
"""Seconds for which the first event of a batch waits for company; nobody waits for an answer."""

GATHER_IN_A_BURST = 0.03
"""Seconds for which it waits when events were heard just now: then company is likely."""

LARGEST_HEARING = 20
"""Events of one kind that take effect in one transaction."""


@dataclass(frozen=True)
class _Waiting:
    """A call that waits for its batch."""

    call: wire.OpenCall
    request: Request
    answered: Callable[[], None]


class AnswersInBatches(Answers):
    """Answers many calls of one contract at once, in the order in which they arrived.

    The method takes a list of requests and returns as many results, each a view or a `Refusal`. One batch is
    under way at a time, so that first come is first served; meanwhile the next one gathers. A batch that
    fails is served again one by one, so that a request that cannot be served does not spoil its neighbours.
    """

    def __init__(self, request: type[Request]) -> None:
        """Take the contract."""
        super().__init__(request)
        self._waiting: list[_Waiting] = []
        self._apart: list[_Waiting] = []
        self._is_gathering = False

    def take_call(self, call: wire.OpenCall, answered: Callable[[], None]) -> None:
        """Put one call into the batch that gathers."""
        request = _read(self.request, call, self.desk.replier.seals)
        self._waiting.append(_Waiting(call, request, answered))
        if not self._is_gathering:
            self._is_gathering = True
            eventlet.spawn_n(self._serve, GATHER)

    def _serve(self, after: float) -> None:
        eventlet.sleep(after)
        batch = self._next_batch()
        if not batch:
            self._is_gathering = False
            return
        requests = [waiting.request for waiting in batch]
        self.container.spawn_worker(self, (requests,), {}, handle_result=partial(self._finish_batch, batch))

    def _next_batch(self) -> list[_Waiting]:
        """Return the calls to serve together; those for whom nobody waits any more are left out."""
        if self._apart:
            return [self._apart.pop(0)]
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            for stale in (waiting for waiting in batch if waiting.call.is_stale):
                stale.answered()
            current = [waiting for waiting in batch if not waiting.call.is_stale]
            if current:
                return current
        return []

    def _finish_batch(
        self, batch: list[_Waiting], context: Any, results: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        raised = exc_info[1] if exc_info else None
        if raised is not None and len(batch) > 1 and not isinstance(raised, OUTAGES):
            log.warning("batch_taken_apart", method=self.method_name, fault=type(raised).__name__)
            self._apart.extend(batch)
        else:
            self._answer_all(batch, results, refusal_for(raised) if raised else None)
        eventlet.spawn_n(self._serve, 0 if self._apart or self._waiting else GATHER)
        return results, exc_info

    def _answer_all(self, batch: list[_Waiting], results: Any, refusal: Refusal | None) -> None:
        if refusal is None and not (isinstance(results, Sequence) and len(results) == len(batch)):
            log.error("batch_miscounted", method=self.method_name, asked=len(batch))
            refusal = Faulted()
        for waiting, result in zip(batch, [refusal] * len(batch) if refusal else results, strict=True):
            self._answer(waiting.call, result, result if isinstance(result, Refusal) else None)
            waiting.answered()


@dataclass(frozen=True)
class Letter:
    """An event on its way to a handler: its body, and what to do when it is settled or must be given back.

    `is_ours` says whether the broker still waits for us to settle it, or has given it to another meanwhile.
    """

    body: bytes
    settled: Callable[[], None]
    given_back: Callable[[], None]
    is_ours: Callable[[], bool]


@dataclass(frozen=True)
class _Heard:
    """An event that waits for its batch, with the letter it came in."""

    letter: Letter
    event: Event


class Hears(Entrypoint):  # type: ignore[misc]
    """Hears one event with the decorated method; what fails is tried again later, never lost, never spun.

    One batch is under way at a time: what arrives meanwhile takes effect together, in one transaction. A
    batch that fails is heard again one by one, so that an event that cannot be heard spoils no other.
    """

    mailroom = Mailroom()
    setbacks = Setbacks()

    def __init__(self, event: type[Event]) -> None:
        """Take the event; the name of the method names the durable queue."""
        super().__init__(expected_exceptions=Refusal)
        self.event = event
        self._is_stopping = False
        self._waiting: list[_Heard] = []
        self._apart: list[_Heard] = []
        self._is_hearing = False
        self._gathering = Gathering(GATHER_EVENTS, GATHER_IN_A_BURST)

    def setup(self) -> None:
        """Declare the durable queue and register with the mailroom."""
        self.queue = queue_of(self.event, self.container.service_name, self.method_name)
        self.mailroom.register_provider(self)
        self.setbacks.register_provider(self)

    def stop(self) -> None:
        """Leave the mailroom, when the letters in hand are settled."""
        self._is_stopping = True
        self.setbacks.close()
        self.mailroom.unregister_provider(self)
        self.setbacks.unregister_provider(self)

    def take(self, message: Any) -> None:
        """Work on one event from the broker; acknowledge it when it took effect or its setback is written."""
        self.attempt(
            Letter(
                body_of(message),
                settled=partial(self.mailroom.ack_message, message),
                given_back=partial(self.mailroom.requeue_message, message),
                is_ours=partial(self.mailroom.is_held, message),
            )
        )

    def take_again(self, body: bytes, done: Callable[[], None]) -> None:
        """Work on one event that failed before, then call `done`; its setback stays until it took effect."""
        self.attempt(Letter(body, settled=done, given_back=done, is_ours=lambda: True))

    def attempt(self, letter: Letter) -> None:
        """Try to let the event in `letter` take effect, together with those that wait already."""
        try:
            event = self._read(letter.body)
        except Malformed as refusal:
            self.setbacks.park(self, letter.body, reason=f"{refusal.code}: {refusal.arguments['problem']}")
            letter.settled()
            return
        self._waiting.append(_Heard(letter, event))
        if not self._is_hearing:
            self._is_hearing = True
            eventlet.spawn_after(self._gathering.seconds, self._hear_next)

    def _read(self, body: bytes) -> Event:
        """Return the event in `body`; without an id of its own it could not be told from its repetition."""
        event = self.event.from_wire(body)
        if wire.event_id_in(body) != event.event_id:
            raise Malformed(contract=self.event.__name__, problem="the event has no id")
        return event

    def _hear_next(self) -> None:
        """Hear the next batch, if any, in a worker of its own; wait for one to be free."""
        batch = self._next_batch()
        if not batch:
            self._is_hearing = False
            return
        self.mailroom.places.acquire()
        try:
            events = [heard.event for heard in batch]
            self.container.spawn_worker(self, (events,), {}, handle_result=partial(self._finish, batch))
        except BaseException as fault:  # the container is being killed: others get the letters
            self.mailroom.places.release()
            self._is_hearing = False
            log.info("events_given_back", handler=self.method_name, fault=type(fault).__name__)
            for heard in batch:
                heard.letter.given_back()

    def _next_batch(self) -> list[_Heard]:
        if self._apart:
            return [self._apart.pop(0)]
        batch, self._waiting = self._waiting[:LARGEST_HEARING], self._waiting[LARGEST_HEARING:]
        return batch

    def _finish(self, batch: list[_Heard], context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        self.mailroom.places.release()
        self._gathering.done()
        raised = exc_info[1] if exc_info else None
        if raised is not None and len(batch) > 1 and not isinstance(raised, OUTAGES):
            log.warning("events_taken_apart", handler=self.method_name, fault=type(raised).__name__)
            self._apart.extend(batch)
        else:
            self._conclude_all(batch, raised)
        eventlet.spawn_n(self._hear_next)
        return result, exc_info

    def _conclude_all(self, batch: list[_Heard], raised: Exception | None) -> None:
        for heard in batch:
            metrics.count_event(self.container.service_name, self.method_name, raised is None)
            try:
                self._conclude(heard.letter, heard.event, raised)
            except Exception as fault:  # raised here, it would end the container
                log.exception("event_not_concluded", handler=self.method_name, fault=type(fault).__name__)
                eventlet.spawn_after(RECONSIDER, heard.letter.given_back)

    def _conclude(self, letter: Letter, event: Event, raised: Exception | None) -> None:
        if raised is None:
            self.setbacks.overcome(self, event)
            crash_point("before_ack")
            letter.settled()
        elif not isinstance(raised, OUTAGES):
            self.setbacks.note(self, event, letter.body, reason_of(raised))
            letter.settled()
        elif self._is_stopping:
            letter.given_back()
        else:
            eventlet.spawn_after(RECONSIDER, self._attempt_again, letter)  # it stays ours meanwhile

    def _attempt_again(self, letter: Letter) -> None:
        if not letter.is_ours():
            letter.given_back()
            return
        try:
            self.attempt(letter)
        except Exception as fault:
            log.info("event_given_back", handler=self.method_name, fault=type(fault).__name__)
            letter.given_back()


def reason_of(raised: Exception) -> str:
    """Return why a handler failed, as an operator may read it: a kind or a code, never a value."""
    return raised.code if isinstance(raised, Refusal) else type(raised).__name__


def answers(request: type[Request]) -> Callable[[Method], Method]:
    """Make the method answer the RPC calls of `request`."""
    return _mark(Answers.decorator(request), ANSWERED, request)


def answers_in_batches(request: type[Request]) -> Callable[[Method], Method]:
    """Make the method answer the RPC calls of `request` many at a time, for a rush."""
    return _mark(AnswersInBatches.decorator(request), ANSWERED, request)


def on(event: type[Event]) -> Callable[[Method], Method]:
    """Make the method hear `event`; it lets it take effect with `self.work.once`, and does nothing besides.

    Events that wait at the same moment are heard by the method one after the other, in one transaction.
    """

    def decorate(method: Method) -> Any:
        @wraps(method)
        def hear(self: Any, events: Sequence[Event]) -> None:
            self.work.hear(events, partial(method, self))

        return Hears.decorator(event)(hear)

    return _mark(decorate, HEARD, event)


def _mark(decorate: Any, mark: str, contract: type[msgspec.Struct]) -> Callable[[Method], Method]:
    def marked(method: Method) -> Method:
        decorated: Method = decorate(method)
        setattr(decorated, mark, contract)
        return decorated

    return marked


def contracts_of(service: type) -> tuple[dict[str, type[Request]], dict[str, type[Event]]]:
    """Return what a service class answers and hears, by the name of the method, inherited ones among them."""
    methods = dict(inspect.getmembers(service, inspect.isfunction))
    answered = {
        name: getattr(method, ANSWERED) for name, method in methods.items() if hasattr(method, ANSWERED)
    }
    heard = {name: getattr(method, HEARD) for name, method in methods.items() if hasattr(method, HEARD)}
    return answered, heard
