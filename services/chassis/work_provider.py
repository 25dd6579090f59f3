"""What a service class declares to get its work: `work = WorkProvider()`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from nameko.extensions import DependencyProvider

from services.chassis import clock
from services.chassis.contracts import Command, Event, Request
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging.relay import RelayProvider
from services.chassis.work import Work, Workshop


class WorkProvider(RelayProvider):
    """Gives each worker the workshop of its service, and runs the relay of its outbox."""

    def setup(self) -> None:
        """Open the workshop on the tables of the service."""
        super().setup()
        settings, tables = self.container.config["SETTINGS"], self.container.service_cls.tables
        mailbox_for(tables)
        self._workshop = Workshop(settings, tables, self.relay.nudge)

    def get_dependency(self, worker_ctx: Any) -> "Bench":
        """Return the bench of one worker."""
        return Bench(self._workshop, worker_ctx.entrypoint.method_name)


class Bench:
    """Where one call or event is worked on: the workshop, and the name of the door it came through."""

    def __init__(self, workshop: Workshop, door: str) -> None:
        """Take the workshop and the name of the method."""
        self.workshop, self._door = workshop, door
        self._hearing: Work | None = None
        self._afterwards: dict[Callable[[], None], None] = {}

    def run(self, command: Command, usecase: Callable[..., Any]) -> Any:
        """Run a use case for a command: one transaction, once per key."""
        return self.workshop.run(command, usecase)

    def run_batch(self, commands: Sequence[Command], usecase: Callable[..., list[Any]]) -> list[Any]:
        """Run a use case for the commands of a rush: one transaction."""
        return self.workshop.run_batch(commands, usecase)

    def read(self, query: Request, answer: Callable[..., Any]) -> Any:
        """Answer a query."""
        return self.workshop.read(query, answer)

    def hear(self, events: Sequence[Event], listen: Callable[[Any], None]) -> None:
        """Let `listen` hear each event that is new to this door, all in one transaction."""

        def effect(work: Work, event: Event) -> None:
            self._hearing = work
            listen(event)

        self._afterwards.clear()
        self.workshop.hear(events, self._door, effect)
        for afterwards in self._afterwards:
            afterwards()

    def once(
        self,
        event: Event,
        usecase: Callable[[Work, Any, datetime], None],
        afterwards: Callable[[], None] | None = None,
    ) -> None:
        """Let the event being heard take effect; its inbox row commits with the work.

        `afterwards` is called when that is committed, once for any number of events.
        """
        if self._hearing is None:
            raise RuntimeError("an event takes effect while it is being heard")
        usecase(self._hearing, event, clock.now())
        if afterwards is not None:
            self._afterwards[afterwards] = None


class SettingsProvider(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Gives each worker the settings of its service: `settings = SettingsProvider(NotifySettings)`."""

    def __init__(self, shape: type[Any]) -> None:
        """Take the struct that describes them."""
        super().__init__()
        self._shape = shape

    def setup(self) -> None:
        """Read them once."""
        self._settings = self.container.config["SETTINGS"].of(self.container.service_name, self._shape)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """Return the settings."""
        return self._settings


__all__ = ["Bench", "SettingsProvider", "WorkProvider"]
