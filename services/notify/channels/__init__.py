"""Channels: the ways out of the house, built in or brought by a package (entry point `wishtree.channels`).

A package names a factory there, `kind = "package:factory"`; the factory takes the table
`[services.notify.channels.NAME]` of the settings and returns a `Channel`. What comes with Wishtree is found
the same way. The inbox is no channel in this sense: nothing has to be sent. How to write one:
docs/integrate-channels.md.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import update_wrapper
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import msgspec

from services.chassis.settings import WrongSettings, complaint
from services.chassis.showing import hidden, shown
from services.notify.domain import Outcome, RecipientKind, TopicClass

ENTRY_POINT = "wishtree.channels"

OURS = {
    "smtp": "services.notify.channels.smtp:channel",
    "sms_http": "services.notify.channels.sms_http:channel",
    "aliyun": "services.notify.channels.aliyun:channel",
    "tencent": "services.notify.channels.tencent:channel",
    "dingtalk": "services.notify.channels.robots:dingtalk",
    "feishu": "services.notify.channels.robots:feishu",
    "wecom_robot": "services.notify.channels.robots:wecom_robot",
    "wecom": "services.notify.channels.wechat:wecom",
    "wechat": "services.notify.channels.wechat:wechat",
    "telegram": "services.notify.channels.chats:telegram",
    "matrix": "services.notify.channels.chats:matrix",
    "webhook": "services.notify.channels.webhook:channel",
}
"""What comes with Wishtree, as pyproject.toml declares it; here too, for a checkout that nobody installed."""

Shape = TypeVar("Shape", bound=msgspec.Struct)


class AddressKind(StrEnum):
    """Which address of a recipient a channel needs."""

    PHONE = "phone"  # E.164
    EMAIL = "email"
    OWN = "own"  # noted for this very channel: a member id, a chat, a room
    ROOM = "room"  # nobody's: the settings say where


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One delivery as a channel gets it: the only place where an address is in clear.

    `delivery_id` is the same at every try, for providers that recognise a repetition. `text` is for a letter,
    `short` for an SMS; `values` are the words alone, for providers that only take registered templates.
    """

    delivery_id: UUID
    address: str = field(repr=False)
    topic: str
    kind: RecipientKind
    topic_class: TopicClass
    language: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    short: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    unsubscribe: str = field(default="", repr=False)  # of a mail that nobody is owed: where to stop them
    letter: str = field(default="", repr=False)  # of a mail: names this try in its return address
    mark: str = ""  # kept with the delivery before it goes out: what a provider can be asked by after a crash


class Channel(Protocol):
    """A way out of the house, carried by one account of one provider.

    A channel that says with `blocks` (of `sms`, `title` and `text`) which words it wants is given no others.
    """

    name: str  # as plans call it: sms, email, …
    provider: str  # who carries it, as attempts call it
    address: AddressKind
    batch: int  # how many parcels one call may take; that many are in doubt after a crash
    concurrency: int  # how many calls may be under way

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels and say what came of each, by delivery.

        No database connection is held meanwhile, and the call may be cut off after the lease. What the answer
        leaves out, and everything when it raises, counts as ambiguous: it is not sent again blindly.
        """
        ...

    def parts(self, parcel: Parcel) -> int:
        """Return how many units the parcel costs."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class KnowsPlaces(Protocol):
    """A channel that knows how the places look at which it finds people: what is none is not noted at all."""

    usable: re.Pattern[str]


Factory = Callable[[dict[str, Any]], Channel]


class Described(Generic[Shape]):
    """A factory that knows the struct as which its section is read, and so what of it may be shown."""

    def __init__(self, shape: type[Shape], make: Callable[[Shape], Channel]) -> None:
        """Take the struct, and what makes a channel of it."""
        self.shape, self._make = shape, make
        update_wrapper(self, make)

    def __call__(self, described: dict[str, Any]) -> Channel:
        """Return the channel of a section; raise `WrongSettings` naming what does not fit."""
        return self._make(described_as(self.shape, described))


def described_by(shape: type[Shape]) -> Callable[[Callable[[Shape], Channel]], Described[Shape]]:
    """Make a factory of a function that takes the struct of a section: `@described_by(CourierSettings)`."""
    return lambda make: Described(shape, make)


def brought_channels(settings: Mapping[str, dict[str, Any]]) -> list[Channel]:
    """Return the channels that sections of the settings describe; raise `WrongSettings` naming a wrong one.

    A section is called like the kind of channel it describes, or says it with `kind`: so one kind may be
    there twice, with two accounts.
    """
    return [_channel(name, described) for name, described in settings.items()]


def described_as(shape: type[Shape], described: Mapping[str, Any]) -> Shape:
    """Return a section as the struct a channel expects; raise `WrongSettings` naming what does not fit."""
    try:
        return msgspec.convert(described, type=shape)
    except msgspec.ValidationError as problem:
        raise WrongSettings(complaint(problem)) from None


@contextmanager
def section(name: str) -> Iterator[None]:
    """Say of settings that turn out wrong here in which section they stand."""
    try:
        yield
    except WrongSettings as problem:
        raise WrongSettings(f"[services.notify.{name}] {problem}") from None


def shown_section(name: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section of the settings as it may be seen: of a kind that describes nothing, the names."""
    told = dict(described)
    kind = str(told.pop("kind", name))
    seen: dict[str, Any] = hidden(told)
    try:
        factory = _entry(kind).load()
        if isinstance(factory, Described):
            seen = shown(described_as(factory.shape, told))
    except (LookupError, ImportError, AttributeError, WrongSettings):
        pass  # what cannot be used is not shown either; `config check` says why
    return {"kind": kind, **seen}


def _channel(name: str, described: Mapping[str, Any]) -> Channel:
    told = dict(described)
    kind = str(told.pop("kind", name))
    with section(f"channels.{name}"):
        try:
            factory: Factory = _entry(kind).load()
        except LookupError:
            raise WrongSettings(
                f"no installed package brings the channel {kind}. Install one, or choose of {sorted(OURS)}."
            ) from None
        channel = factory(told)
    if kind != name:
        channel.provider = name
    return channel


def _entry(kind: str) -> EntryPoint:
    """Return where a kind of channel is made; nobody's package takes the place of one of ours."""
    if kind in OURS:
        return EntryPoint(kind, OURS[kind], ENTRY_POINT)
    (entry, *_) = entry_points(group=ENTRY_POINT, name=kind) or (None,)
    if entry is None:
        raise LookupError(kind)
    return entry
