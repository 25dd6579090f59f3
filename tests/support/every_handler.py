"""Every service at hand, with letters made of the examples of the events that it hears."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from services.chassis.contracts import Event, new_id
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.migrations import metadata_of
from services.chassis.sealing import Seals
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.chassis.work_provider import SettingsProvider
from services.notify.sender import Sender, SenderProvider
from services.wishes.service import WishesService
from tests.structure.census import service_class
from tests.support.at_hand import AtHand
from tests.support.wishes import a_desk

EXAMPLES = Path(__file__).parents[1] / "contract" / "examples"

ORDER = ("directory", "wishes", "claims", "points", "scheduler")
"""Who tells first what the others need to know."""

OPENED = {"phone": "13800001234", "email": "somebody@example.org"}
"""What is under the seals of examples, by the field; under all others: a word."""


class Heard(AtHand):
    """A service with the tables that its letters leave, on a database of its own."""

    def __init__(self, room: str, settings: Settings) -> None:
        """Take the name of the service and the settings of the house."""
        self.serves = service_class(room)  # type: ignore[misc]  # one class for all services
        super().__init__(Workshop(settings, metadata_of(room)))
        self._own: dict[type[Event], dict[str, list[str]]] = {}
        self._given = {
            name: _given(provider, self.workshop, settings, room)
            for name, provider in vars(self.serves).items()
            if isinstance(provider, SettingsProvider)
        }

    def service(self, door: str) -> Any:
        """Return the service as nameko would give it to a worker at this door."""
        service = super().service(door)
        for name, given in self._given.items():
            setattr(service, name, given)
        return service

    def deliver(self, handler: str, *events: Event) -> None:
        """Let one handler hear events of its kind, in one transaction."""
        getattr(self.service(handler), handler)(list(events))

    def learn_everything(self) -> dict[str, bool]:
        """Hear the example of every event once, in an order in which it might have been told.

        Return which handlers had an effect in the tables.

        The wishes that others speak of are told by the service of wishes: there they are released first, some
        for each event, since the examples do not tell one story.
        """
        _, heard = contracts_of(self.serves)
        if self.serves is WishesService:
            desk = a_desk(self.workshop)
            for event in heard.values():
                self._own[event] = {"wish_id": [str(desk.screened().wish_id) for _ in range(2)]}
            desk.release("2026-11")
        has_effect = {}
        for handler, event in sorted(heard.items(), key=lambda one: _turn(one[1])):
            before = self.prints()
            self.deliver(handler, self.letter(event))
            has_effect[handler] = self.prints() != before
        return has_effect

    def letter(self, event: type[Event], newer: int = 0) -> Any:
        """Return a letter like the example of `event`, about the people, places and wishes of all others.

        `newer` is added to every version in it.
        """
        scribe = _Scribe(self.seals, newer, self._own.get(event, {}))
        said = scribe.write(json.loads(_example(event)))
        return event.from_wire(json.dumps(said | {"event_id": str(new_id())}))

    def prints(self, of: Callable[[Any], bool] = lambda table: True) -> dict[str, list[Any]]:
        """Return the rows of the tables, without the inbox; two that are alike tell that nothing changed."""
        tables = [table for table in self.serves.tables.sorted_tables if table.name != "inbox" and of(table)]
        return {table.name: self.rows(f"SELECT row::text FROM {table} AS row ORDER BY 1") for table in tables}


def _given(provider: Any, workshop: Workshop, settings: Settings, room: str) -> Any:
    """Return what a worker would get from `provider`."""
    shaped = settings.of(room, provider._shape)
    return Sender(workshop, shaped, settings.public_url) if isinstance(provider, SenderProvider) else shaped


def _turn(event: type[Event]) -> tuple[int, bool, str]:
    return ORDER.index(event.source), not event.name.endswith("_changed.v1"), event.name


def has_versions(event: type[Event]) -> bool:
    """Say whether the news in `event` may be older than what is known."""
    return '"version"' in _example(event)


def _example(event: type[Event]) -> str:
    return (EXAMPLES / f"{event.source}.{event.name}.json").read_text(encoding="utf-8")


DISTRICT = {"id": "0197a0a0-0000-7000-8000-000000000002", "path": "/zhoukou/chuanhui/"}
"""The place, among those of the example of areas, at which everything happens."""

PLACES = ("area_id", "community_id", "street_id")
IDS_OF = {
    "accounts": "account_id",
    "members": "member_id",
    "residents": "resident_id",
    "teams": "team_id",
    "units": "unit_id",
}
"""What the `id` of one among these is called elsewhere."""


class _Scribe:
    """Writes one letter: the first wish in it is the first wish of every other letter too, and so on."""

    def __init__(self, seals: Seals, newer: int, own: Mapping[str, list[str]]) -> None:
        """Take what seals, what is added to versions, and ids that the service gave itself."""
        self._seals, self._newer, self._own = seals, newer, own
        self._seen: dict[str, list[str]] = defaultdict(list)

    def write(self, said: Any, field: str = "", among: str = "") -> Any:
        """Return what is said under the name `field`, `among` others, as it stands in the letter."""
        if isinstance(said, dict):
            return {name: self.write(one, name, field) for name, one in said.items()}
        if isinstance(said, list):
            return [self.write(one, field, among) for one in said]
        if field == "version":
            return said + self._newer
        if isinstance(said, str):
            return self._text(said, IDS_OF.get(among, field) if field == "id" else field, among)
        return said

    def _text(self, said: str, field: str, among: str) -> str:
        if said.startswith(("k1.", "sealed.v1.")):
            return self._seals.seal(OPENED.get(field, "张三"))
        if among == "areas":
            return said
        if field in PLACES or field.endswith(("path", "scope")):
            return DISTRICT["id" if field in PLACES else "path"]
        return self._same_as_elsewhere(field, said) if field.endswith("_id") else said

    def _same_as_elsewhere(self, field: str, said: str) -> str:
        if said not in self._seen[field]:
            self._seen[field].append(said)
        number = self._seen[field].index(said)
        return (
            self._own[field][number] if field in self._own else str(uuid5(NAMESPACE_OID, f"{field} {number}"))
        )
