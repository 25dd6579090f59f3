"""Channels: the ways out of the house, built in or brought by a package (entry point `wishtree.channels`).

A package names a factory there, `name = "package:factory"`; the factory takes the table
`[services.notify.channels.name]` of the settings and returns a `Channel`. The inbox is no channel in this
sense: nothing has to be sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Any, Protocol
from uuid import UUID

from services.chassis.settings import WrongSettings
from services.notify.domain import Outcome, TopicClass

ENTRY_POINT = "wishtree.channels"


class AddressKind(StrEnum):
    """Which address of a recipient a channel needs."""

    PHONE = "phone"  # E.164
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One delivery as a channel gets it: the only place where an address is in clear.

    `delivery_id` is the same at every try, for providers that recognise a repetition. `text` is for a letter,
    `short` for an SMS; `values` are the words alone, for providers that only take registered templates.
    """

    delivery_id: UUID
    address: str = field(repr=False)
    topic: str
    topic_class: TopicClass
    language: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    short: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)


class Channel(Protocol):
    """A way out of the house."""

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


Factory = Callable[[dict[str, Any]], Channel]


def brought_channels(settings: Mapping[str, dict[str, Any]]) -> list[Channel]:
    """Return the channels of packages that the settings name; raise `WrongSettings` for a missing one."""
    found = {entry.name: entry for entry in entry_points(group=ENTRY_POINT)}
    channels = []
    for name, described in settings.items():
        if name not in found:
            raise WrongSettings(
                f"[services.notify.channels.{name}] no installed package brings this channel."
            )
        factory: Factory = found[name].load()
        channels.append(factory(described))
    return channels
