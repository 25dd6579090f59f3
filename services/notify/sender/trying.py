"""A test message: made up here, sent now through one provider, and told of without its address."""

import re
from collections.abc import Callable, Mapping
from time import monotonic

import structlog

from services.chassis.words import say
from services.notify.channels import AddressKind, Channel, Parcel
from services.notify.channels.providers import Line
from services.notify.channels.registry import HasRegistry, Standing
from services.notify.channels.samples import a_parcel
from services.notify.contracts import (
    ChannelNotThere,
    ChannelTried,
    NoTemplateToTry,
    TryChannel,
    UnusableReceiver,
)
from services.notify.domain import Outcome, Topic, Verdict, is_phone
from services.notify.queries import masked
from services.notify.templates.samples import SAMPLES, samples_of

log = structlog.get_logger(__name__)

_HAS_SHAPE: Mapping[AddressKind, Callable[[str], object]] = {
    AddressKind.PHONE: is_phone,
    AddressKind.EMAIL: re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}").fullmatch,
    AddressKind.OWN: re.compile(r"\S{1,250}").fullmatch,
    AddressKind.ROOM: re.compile(r".{0,250}").fullmatch,
}
TOLD = "release_digest.member"
"""What a test message is where any words may be sent."""


def try_channel(lines: Mapping[str, Line], command: TryChannel) -> ChannelTried:
    """Send one test message, holding no connection of the database; return what came of it.

    Raises `ChannelNotThere`, `UnusableReceiver` and `NoTemplateToTry` before anything is sent.
    """
    channel_name, channel = _chosen(lines, command.channel)
    receiver = "" if channel.address is AddressKind.ROOM else command.receiver.strip()
    if not _HAS_SHAPE[channel.address](receiver):
        raise UnusableReceiver(kind=channel.address.value)
    parcel = _parcel(channel, receiver, command)
    begun_at = monotonic()
    outcome = _outcome(channel, parcel)
    return ChannelTried(
        channel=channel_name,
        provider=channel.provider,
        address=masked(channel.address, receiver),
        outcome=outcome.verdict,
        code=outcome.code,
        parts=channel.parts(parcel),
        seconds=round(monotonic() - begun_at, 3),
    )


def _chosen(lines: Mapping[str, Line], asked: str) -> tuple[str, Channel]:
    """Return the provider of that name, or the best one of the channel of that name."""
    for name, line in lines.items():
        for provider in line.providers:
            if provider.channel.provider == asked:
                return name, provider.channel
    if asked in lines:
        return asked, lines[asked].providers[0].channel
    known = {provider.channel.provider for line in lines.values() for provider in line.providers}
    raise ChannelNotThere(channels=", ".join(sorted({*lines, *known})) or "—")


def _parcel(channel: Channel, receiver: str, command: TryChannel) -> Parcel:
    language = command.by.language
    words = (say("notify.test_title", language), say("notify.test_text", language))
    if not isinstance(channel, HasRegistry):
        return a_parcel(receiver, TOLD, SAMPLES[Topic.RELEASE_DIGEST], language, words)
    for template in channel.registry.templates:
        if template.state is not Standing.APPROVED or command.told not in (None, template.told):
            continue
        for _, said in samples_of(Topic(template.told.partition(".")[0])):
            parcel = a_parcel(receiver, template.told, said, template.language)
            if not isinstance(channel.registry.fit(parcel), Outcome):
                return parcel
    raise NoTemplateToTry()


def _outcome(channel: Channel, parcel: Parcel) -> Outcome:
    """Send; what a channel leaves unsaid is a doubt, as it is for every message."""
    try:
        said = channel.send([parcel])
    except Exception:
        log.exception("channel_broke", provider=channel.provider)
        said = {}
    return said.get(parcel.delivery_id, Outcome(Verdict.AMBIGUOUS, "no_outcome"))
