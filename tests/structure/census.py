"""What there is in the house: services, their doors, contracts and refusals, found in the code itself."""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import services
from services.chassis.contracts import Contract, Event, Request
from services.chassis.messaging import wire
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.refusals import Refusal, RemoteRefusal

ROOMS = tuple(sorted(package.name for package in pkgutil.iter_modules(services.__path__)))
HOSTED = tuple(
    room
    for room in ROOMS
    if room == "gateway"
    or any((Path(services.__path__[0]) / room / name).exists() for name in ("service.py", "service"))
)
"""The rooms of the house that run as services."""

NOT_CODE = ("migrations", "alembic", "__main__")

Kind = TypeVar("Kind")


def module_of(room: str, name: str) -> ModuleType | None:
    """Return a module of a room, or None when the room has none of that name."""
    path = Path(services.__path__[0]) / room / name
    if path.with_suffix(".py").exists() or (path / "__init__.py").exists():
        return import_module(f"services.{room}.{name}")
    return None


def service_class(room: str) -> type:
    """Return the nameko class of a service."""
    found: type = getattr(import_module(f"services.{room}.service"), f"{room.capitalize()}Service")
    return found


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return every module of the programme."""
    names = [found.name for found in pkgutil.walk_packages(services.__path__, "services.")]
    return tuple(import_module(name) for name in names if not set(name.split(".")) & set(NOT_CODE))


def subclasses_of(base: type[Kind]) -> list[type[Kind]]:
    """Return every class below `base` that the programme defines, in a steady order."""
    modules()
    found, unseen = set(), [base]
    while unseen:
        below = unseen.pop().__subclasses__()
        unseen += below
        found |= {one for one in below if one.__module__.startswith("services.")}
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def room_of(thing: type) -> str:
    """Return the room in which a class is defined."""
    return thing.__module__.split(".")[1]


def refusals() -> list[type[Refusal]]:
    """Return every refusal that somebody may read."""
    return [refusal for refusal in subclasses_of(Refusal) if refusal is not RemoteRefusal]


def requests_of(room: str) -> list[type[Request]]:
    """Return the commands and queries of a service's contracts, without those that only others extend."""
    own = [request for request in _contracts_of(room, Request) if hasattr(request, "right")]
    return [request for request in own if not request.__name__.startswith("_")]


def events() -> list[type[Event]]:
    """Return every event that a service may tell."""
    return [event for room in ROOMS for event in _contracts_of(room, Event) if hasattr(event, "name")]


def _contracts_of(room: str, base: type[Kind]) -> list[type[Kind]]:
    prefix = f"services.{room}.contracts"
    return [one for one in subclasses_of(base) if f"{one.__module__}.".startswith(f"{prefix}.")]


def queue_names() -> list[str]:
    """Return the names of the durable queues of all services: renaming one orphans what lies in it."""
    names = set()
    for room in HOSTED:
        answered, heard = contracts_of(service_class(room))
        if answered:
            names.add(wire.rpc_queue(room))
        names |= {wire.event_queue(event, room, handler) for handler, event in heard.items()}
    return sorted(names)


__all__ = [
    "HOSTED",
    "ROOMS",
    "Contract",
    "events",
    "module_of",
    "modules",
    "queue_names",
    "refusals",
    "requests_of",
    "room_of",
    "service_class",
    "subclasses_of",
]
