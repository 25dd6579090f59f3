"""The ways that there are: which channels are set up, in which order they are tried, and how people are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from services.notify.channels import AddressKind
from services.notify.domain import TOPICS, Hearing, Manners, Prices, RecipientKind, Topic


@dataclass(frozen=True)
class Ways:
    """What planning must know of the house: which channels are set up, which plans an operator changed."""

    addresses: Mapping[str, AddressKind]  # by channel
    changed_plans: Mapping[str, Sequence[str]]  # by "topic.kind"
    versions: Mapping[Topic, str]  # of the templates
    manners: Manners = field(default_factory=Manners)  # none, unless the settings say so
    prices: Prices = field(default_factory=Prices)  # of the providers that cost something
    hearing: Mapping[str, Hearing] = field(default_factory=dict)  # by provider, of which there is any
    carriers: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the providers of each channel
    statements: dict[tuple[str, Topic, RecipientKind], Select[Any]] = field(default_factory=dict, repr=False)
    """What tells each topic to each kind; written once, since that takes longer than carrying it out."""
    places: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # of the channels that know theirs
    burst_from: int = 5000  # messages of one occasion through one channel that make a burst
    bursts_wait: bool = False  # for an operator to start them
    at_once: int = 10_000  # members whom one piece of a broadcast tells
    asks_since: datetime | None = None  # since when this process has been there to ask providers

    def plan(self, topic: Topic, kind: RecipientKind) -> Sequence[str]:
        """Return the channels through which a topic goes to a kind of recipient, in order."""
        return self.changed_plans.get(f"{topic}.{kind}", TOPICS[topic].plans.get(kind, ()))

    def usable(self, topic: Topic, kind: RecipientKind) -> list[tuple[int, str]]:
        """Return position and name of the channels of the plan that are set up."""
        plan = enumerate(self.plan(topic, kind))
        return [(position, channel) for position, channel in plan if channel in self.addresses]
