"""A service at hand: its own doors on a test's database, without a broker."""

from collections import defaultdict
from typing import Any, ClassVar, TypeVar

from sqlalchemy import text

from services.chassis.contracts import Event, Request
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.refusals import Refusal
from services.chassis.work import Workshop
from services.chassis.work_provider import Bench

AnyEvent = TypeVar("AnyEvent", bound=Event)


class AtHand:
    """One service on one database: ask it, tell it, and read what it told."""

    serves: ClassVar[type[Any]]
    """The class of its doors."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the workshop of the service."""
        self.workshop = workshop
        self.seals = workshop.seals
        self._handlers: dict[type[Event], list[str]] = defaultdict(list)
        for handler, event in contracts_of(self.serves)[1].items():
            self._handlers[event].append(handler)

    def ask(self, request: Request) -> Any:
        """Return the answer to one request, or raise its refusal, as the door would."""
        answer = getattr(self.service(request.method()), request.method())(request)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def hear(self, *events: Event) -> None:
        """Let the service hear events of one kind, in one transaction of each of its doors for them."""
        for handler in self._handlers[type(events[0])]:
            getattr(self.service(handler), handler)(list(events))

    def told(self, event: type[AnyEvent]) -> list[AnyEvent]:
        """Return what the service has announced, in order."""
        outbox = f"SELECT body FROM {self.serves.name}.outbox WHERE name = :name ORDER BY id"
        return [event.from_wire(row.body) for row in self.rows(outbox, name=event.name)]

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Return the rows of a query."""
        with self.workshop.engine.connect() as connection:
            return list(connection.execute(text(statement), parameters))

    def row(self, statement: str, **parameters: Any) -> Any:
        """Return the only row of a query."""
        (row,) = self.rows(statement, **parameters)
        return row

    def break_in(self, *statements: str) -> None:
        """Change the tables behind the service's back."""
        with self.workshop.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def service(self, door: str) -> Any:
        """Return the service as nameko would give it to a worker at this door."""
        service = self.serves()
        service.work = Bench(self.workshop, door)
        return service

    def forget_everything(self) -> None:
        """Empty every table, for the next test."""
        with self.workshop.engine.begin() as connection:
            for table in reversed(self.serves.tables.sorted_tables):
                connection.execute(table.delete())
