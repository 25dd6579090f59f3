"""Who carries a channel: its providers in order, the next when one stops, rests or fails all the time."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.chassis.settings import WrongSettings
from services.notify.channels import AddressKind, Channel, KnowsPlaces, brought_channels, section
from services.notify.channels.asking import CanBeAsked
from services.notify.channels.pace import TakesTurns, Turns
from services.notify.channels.patience import HasPatience, patience_within
from services.notify.channels.receipts import TakesReceipts, is_awaited
from services.notify.channels.replies import TakesReplies
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.channels.smtp import SmtpChannel
from services.notify.domain import (
    EMAIL,
    NO_LIMITS,
    SMS,
    TOPICS,
    Hearing,
    Limits,
    Outcome,
    Prices,
    Topic,
    Verdict,
    concerns_the_account,
)
from services.notify.settings import NotifySettings, Rates, limits_as

OPENS_AFTER = 3
"""Calls in a row that came to nothing, after which the next provider takes over for the length of a pause."""

AT_ONCE = timedelta(seconds=1)
"""After which what one provider would not take goes to the next, instead of waiting for the first."""

Account = TypeVar("Account", bound=Turns)

_IN_VAIN = frozenset({Verdict.RETRY, Verdict.AMBIGUOUS})


class Provider:
    """One account through which a channel can be carried, and until when it rests."""

    def __init__(self, channel: Channel) -> None:
        """Take the way out."""
        self.channel = channel
        self.rests_until: datetime | None = None
        self._calls_in_vain = 0
        self._lacks: set[tuple[Topic, str]] = set()

    def begins_to_lack(self, topic: Topic, code: str) -> bool:
        """Note that it lacks the words for a topic; say whether that is news, which somebody should hear."""
        is_news = (topic, code) not in self._lacks
        self._lacks.add((topic, code))
        return is_news

    @property
    def pushes_receipts(self) -> bool:
        """Say whether a receipt for every message comes by itself."""
        return isinstance(self.channel, TakesReceipts) and is_awaited(self.channel)

    @property
    def hearing(self) -> Hearing | None:
        """Return how the house hears from it what became of a message, if it does."""
        if isinstance(self.channel, CanBeAsked):
            return Hearing.ANSWERS
        return Hearing.RECEIPTS if self.pushes_receipts else None

    def is_awake(self, now: datetime) -> bool:
        """Say whether it may be given something."""
        return self.rests_until is None or self.rests_until <= now

    def rest(self, until: datetime) -> None:
        """Give it nothing more before `until`."""
        self.rests_until = max(until, self.rests_until or until)

    def has_woken(self, since: datetime | None, outcomes: Collection[Outcome], now: datetime) -> bool:
        """Say, once, whether something was taken after a rest that was to last until `since`."""
        was_over = since is not None and since <= now and since == self.rests_until
        if was_over and any(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes):
            self.rests_until = None
            return True
        return False

    def has_failed_enough(self, outcomes: Collection[Outcome]) -> bool:
        """Note what came of a call; say whether that was one call in vain too many."""
        in_vain = bool(outcomes) and all(outcome.verdict in _IN_VAIN for outcome in outcomes)
        self._calls_in_vain = self._calls_in_vain + 1 if in_vain else 0
        return self._calls_in_vain >= OPENS_AFTER


class Line:
    """A channel with all its providers, the best first; the carriers of every lane share it."""

    def __init__(self, name: str, providers: Sequence[Channel], pause: timedelta) -> None:
        """Take the providers; raise `WrongSettings` when they need different addresses or share a name."""
        self.name, self._pause = name, pause
        self.providers = [Provider(channel) for channel in providers]
        self.address: AddressKind = providers[0].address
        self.concurrency = max(channel.concurrency for channel in providers)
        if any(channel.address is not self.address for channel in providers):
            raise WrongSettings(f"[services.notify.channels] {name}: its providers need different addresses.")
        if len({channel.provider for channel in providers}) < len(providers):
            raise WrongSettings(f"[services.notify.channels] {name}: two of its providers have one name.")

    def choose(self, now: datetime) -> Provider | None:
        """Return the best provider that is not resting, if there is one."""
        return next((provider for provider in self.providers if provider.is_awake(now)), None)

    def next_after(self, tried: Collection[Provider], now: datetime) -> Provider | None:
        """Return the best provider that is awake and was not tried, if there is one."""
        return next((one for one in self.providers if one not in tried and one.is_awake(now)), None)

    def turned_away(self, outcome: Outcome, tried: Collection[Provider], now: datetime) -> Outcome:
        """Return what it means that nobody tried has the words: patience, if somebody else only rests."""
        wakes = [one.rests_until for one in self.providers if one not in tried and one.rests_until]
        return replace(outcome, verdict=Verdict.WAIT, after=min(wakes) - now) if wakes else outcome

    def heed(
        self, provider: Provider, outcomes: Mapping[UUID, Outcome], now: datetime
    ) -> dict[UUID, Outcome]:
        """Let `provider` rest when its answers ask for it; return the outcomes, so that others take over.

        An account that is refused, or asked to slow down for a given time, rests. So does one that fails call
        by call, but only where another can take its place: the only one is asked again and again.
        """
        for outcome in outcomes.values():
            if concerns_the_account(outcome):
                provider.rest(now + (outcome.after or self._pause))
        if provider.has_failed_enough(outcomes.values()) and len(self.providers) > 1:
            provider.rest(now + self._pause)
        if self.choose(now) is None:
            return dict(outcomes)
        return {
            key: replace(outcome, after=AT_ONCE) if concerns_the_account(outcome) else outcome
            for key, outcome in outcomes.items()
        }

    def speed(self, parts: int) -> float:
        """Return how many messages the best provider takes in a second, that consist of so many `parts`.

        By its rate, which counts parts, else one call a second a hand.
        """
        best = self.providers[0].channel
        bucket = limits_of_channel(best).bucket()
        return bucket.refill / max(1, parts) if bucket else float(best.batch * best.concurrency)

    def has_another(self, provider: Provider, now: datetime) -> bool:
        """Say whether another provider can take the place of this one."""
        return any(other is not provider and other.is_awake(now) for other in self.providers)

    def close(self) -> None:
        """Let go of all connections."""
        for provider in self.providers:
            provider.channel.close()


def lines_of(settings: NotifySettings) -> dict[str, Line]:
    """Return the channels that the settings describe, by name; raise `WrongSettings` for a wrong one."""
    described: dict[str, Channel] = {}
    if settings.smtp:
        with section("smtp"):
            described["smtp"] = SmtpChannel(settings.smtp)
    if settings.sms:
        with section("sms"):
            described["http"] = SmsHttpChannel(settings.sms)
    _check_apart(described, settings.channels)
    brought = brought_channels(settings.channels)
    described |= dict(zip(settings.channels, brought, strict=True))
    _limit(described, settings.rates)
    _let_be_patient(described.values(), settings.lease)
    grouped: dict[str, list[Channel]] = {}
    for channel in _in_order(described, settings.providers):
        grouped.setdefault(channel.name, []).append(channel)
    pause = timedelta(seconds=settings.pause)
    return {name: Line(name, channels, pause) for name, channels in grouped.items()}


def carried_by(lines: Mapping[str, Line]) -> dict[str, str]:
    """Return which channel each provider carries."""
    return {provider.channel.provider: name for name, line in lines.items() for provider in line.providers}


def receivers_of(lines: Mapping[str, Line]) -> dict[str, TakesReceipts]:
    """Return the channels whose providers push receipts, by the name of the provider."""
    channels = [provider.channel for line in lines.values() for provider in line.providers]
    return {channel.provider: channel for channel in channels if isinstance(channel, TakesReceipts)}


def hearing_of(lines: Mapping[str, Line]) -> dict[str, Hearing]:
    """Return the providers from which the house hears what became of a message, and how."""
    providers = [provider for line in lines.values() for provider in line.providers]
    return {one.channel.provider: one.hearing for one in providers if one.hearing}


def carriers_of(lines: Mapping[str, Line]) -> dict[str, list[str]]:
    """Return the providers of each channel."""
    return {name: [one.channel.provider for one in line.providers] for name, line in lines.items()}


def places_of(lines: Mapping[str, Line]) -> dict[str, re.Pattern[str]]:
    """Return how the places look at which channels find people, as far as they know it."""
    best = {name: line.providers[0].channel for name, line in lines.items()}
    return {name: channel.usable for name, channel in best.items() if isinstance(channel, KnowsPlaces)}


def limits_of(lines: Mapping[str, Line]) -> dict[str, Limits]:
    """Return how fast accounts may be used, by provider: as their vendors set it, or the settings."""
    channels = [provider.channel for line in lines.values() for provider in line.providers]
    return {channel.provider: limits_of_channel(channel) for channel in channels}


def _limit(described: Mapping[str, Channel], rates: Mapping[str, Rates]) -> None:
    """Let what the settings say of an account take the place of what its channel knows."""
    by_provider = {channel.provider: channel for channel in described.values()}
    _check_names("rates", rates, by_provider)
    for name, said in rates.items():
        channel: Any = by_provider[name]
        channel.limits = limits_as(said, limits_of_channel(channel))


def _let_be_patient(channels: Iterable[Channel], lease: float) -> None:
    """Tell channels for how long they may begin calls of a batch that is lent for so many seconds."""
    for channel in channels:
        if isinstance(channel, HasPatience):
            channel.patience = patience_within(lease, channel.longest_call)


def limits_of_channel(channel: Channel) -> Limits:
    """Return how fast the account of a channel may be used; packages need not say anything of that."""
    return getattr(channel, "limits", NO_LIMITS)


def let_take_turns(lines: Mapping[str, Line], turns_of: Callable[[str], Account]) -> dict[str, Account]:
    """Let the channels take turns from the house, all its processes together; return them by provider."""
    turns: dict[str, Account] = {}
    for line in lines.values():
        for channel in (provider.channel for provider in line.providers):
            turns[channel.provider] = turns_of(channel.provider)
            if isinstance(channel, TakesTurns):
                channel.turns = turns[channel.provider]
    return turns


def prices_of(settings: NotifySettings, lines: Mapping[str, Line], zone: str) -> Prices:
    """Return what providers ask for; raise `WrongSettings` for a price of nobody's."""
    _check_names("prices", settings.prices, limits_of(lines))
    return settings.price_list(zone)


def _check_apart(described: Collection[str], brought: Collection[str]) -> None:
    """Raise `WrongSettings` for an account that would take the place of another without a word."""
    if twice := sorted(set(described) & set(brought)):
        raise WrongSettings(
            f"[services.notify.channels.{twice[0]}] has the name of the account that "
            f"[services.notify.{'sms' if twice[0] == 'http' else twice[0]}] describes. Give it another name, "
            "and say with `kind` what it is."
        )


def _check_names(section: str, named: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(named) - set(known)):
        raise WrongSettings(
            f"[services.notify.{section}] {unknown[0]} is no provider; there are {sorted(known)}."
        )


def repliers_of(lines: Mapping[str, Line]) -> dict[str, TakesReplies]:
    """Return the channels whose providers push what people answer, by the name of the provider."""
    channels = [provider.channel for line in lines.values() for provider in line.providers]
    return {channel.provider: channel for channel in channels if isinstance(channel, TakesReplies)}


def _in_order(described: Mapping[str, Channel], orders: Mapping[str, Sequence[str]]) -> list[Channel]:
    """Return the channels as the settings order them; whom they do not order comes after, as described."""
    first: list[str] = []
    for name, order in orders.items():
        for provider in order:
            if provider not in described or described[provider].name != name:
                raise WrongSettings(f"[services.notify.providers] {name}: {provider} does not carry it.")
            first.append(provider)
    return [described[name] for name in dict.fromkeys([*first, *described])]


def check_plans(plans: Mapping[str, Sequence[str]], lines: Mapping[str, Line]) -> None:
    """Raise `WrongSettings` for a plan of something that is told to nobody, or by a channel there is not.

    SMS and mail may stand in the plans of a house that has neither yet, as they do in ours.
    """
    known = {f"{topic}.{kind}" for topic, rule in TOPICS.items() for kind in rule.plans}
    if unknown := sorted(set(plans) - known):
        raise WrongSettings(f"[services.notify.plans] there is no {unknown[0]}; there are {sorted(known)}.")
    channels = {*lines, SMS, EMAIL}
    for told, plan in plans.items():
        if nameless := [channel for channel in plan if channel not in channels]:
            raise WrongSettings(
                f"[services.notify.plans] {told}: no channel {nameless[0]} is set up; there are "
                f"{sorted(channels)}. Take it out, or describe the account that carries it."
            )
