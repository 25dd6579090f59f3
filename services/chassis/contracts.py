"""The shapes in which services speak: commands and queries ask, events tell, views answer."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, NewType, Self, TypeVar
from uuid import UUID

import msgspec
from uuid6 import uuid7

from services.chassis import clock
from services.chassis.refusals import Malformed
from services.chassis.rights import ANYONE, Actor, Right

Sealed = NewType("Sealed", str)
"""Personal data as it travels and rests; only `chassis.sealing` opens it."""

_LETTER = msgspec.json.Encoder()


def new_id() -> UUID:
    """Return a fresh UUIDv7: unique, and in the order of time."""
    return UUID(int=uuid7().int)


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that crosses the broker: strict about types, tolerant of unknown fields when reading."""

    def to_wire(self) -> bytes:
        """Return the JSON of this contract."""
        return _LETTER.encode(self)

    @classmethod
    def from_wire(cls, body: Any) -> Self:
        """Rebuild from JSON bytes or from plain values; raise `Malformed` saying which field is wrong."""
        try:
            if _holds_nul(body):
                raise Malformed(contract=cls.__name__, problem="holds_nul")
            if isinstance(body, bytes | str):
                return msgspec.json.decode(body, type=cls)
            return msgspec.convert(body, type=cls, str_keys=True)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
            raise Malformed(contract=cls.__name__, problem=without_values(problem)) from None


def _holds_nul(body: Any) -> bool:
    """Say whether a text in `body` holds NUL, which JSON can carry and no PostgreSQL text can."""
    if isinstance(body, bytes):
        return b"\\u0000" in body
    if isinstance(body, str):
        return "\x00" in body or "\\u0000" in body
    if isinstance(body, dict):
        return any(_holds_nul(name) or _holds_nul(one) for name, one in body.items())
    return isinstance(body, list) and any(_holds_nul(one) for one in body)


_QUOTE = re.compile(r""" ['"]""")
_PLACE = re.compile(r" - at `[^`]*`(?: in `[^`]*`)?$")


def without_values(problem: Exception) -> str:
    """Return the complaint without quoted input, which may be personal or secret; the place is kept."""
    if isinstance(problem, RecursionError):
        return "nested too deeply"
    complaint, *quoted = _QUOTE.split(str(problem), maxsplit=1)
    place = _PLACE.search(quoted[0]) if quoted else None
    return complaint + (place.group() if place else "")


class View(Contract, frozen=True, kw_only=True):
    """What a query or a command answers. An answer with `is_personal` travels and rests sealed as a whole."""

    is_personal: ClassVar[bool] = False


class Done(View, frozen=True, kw_only=True):
    """The answer of a command that has nothing more to say than which thing it touched."""

    id: UUID | None = None


class Request(Contract, frozen=True, kw_only=True):
    """A command or a query: who asks, in which service it is answered, and which right it takes.

    A request with `is_personal` travels sealed as a whole.
    """

    right: ClassVar[Right]
    is_personal: ClassVar[bool] = False
    answer: ClassVar[type[View]] = Done

    by: Actor = ANYONE

    @classmethod
    def service(cls) -> str:
        """Return the name of the service that answers, the one whose contracts define the request."""
        return cls.__module__.split(".")[1]

    @classmethod
    def method(cls) -> str:
        """Return the name of the RPC method: the class in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


STAMPED = frozenset({"by", "key", "address", "signed"})
"""Fields that the door fills and no client can: who asks, the idempotency key, the network address."""

_SUBSTANCE = msgspec.json.Encoder(order="deterministic")


class Command(Request, frozen=True, kw_only=True):
    """An imperative. `key` makes it idempotent: the same key does the thing once and answers the same.

    `secrets` are the fields of which a receipt keeps no trace: a quick hash would help to guess a password.
    """

    secrets: ClassVar[frozenset[str]] = frozenset()

    key: str | None = None

    def substance(self) -> bytes:
        """Return what is asked, without who asks, how, and secrets: equal when the same is asked again."""
        said = msgspec.structs.asdict(self)
        left_out = STAMPED | self.secrets
        return _SUBSTANCE.encode({name: value for name, value in said.items() if name not in left_out})


class Query(Request, frozen=True, kw_only=True):
    """A question; it changes nothing."""


class Event(Contract, frozen=True, kw_only=True):
    """What happened, told to whoever listens; past tense and version in `name`."""

    source: ClassVar[str]
    name: ClassVar[str]

    event_id: UUID = msgspec.field(default_factory=new_id)
    occurred_at: datetime = msgspec.field(default_factory=clock.now)


ITEMS_OF_AN_EVENT = 500
"""At most; more than these travel in several events (ARCHITECTURE)."""

Item = TypeVar("Item")


def in_events(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Return items in order, as many at a time as one event may carry."""
    return (
        list(items[start : start + ITEMS_OF_AN_EVENT]) for start in range(0, len(items), ITEMS_OF_AN_EVENT)
    )


Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment that somebody names: with its zone, since nobody knows whose clock they read."""

PageLength = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""How many items somebody asks for; they get 200 at most."""


class Page(Query, frozen=True, kw_only=True):
    """A query for a list, by keyset: `after` is the `next` of the page before."""

    after: str | None = None
    limit: PageLength = 50
