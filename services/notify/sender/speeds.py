"""How fast a burst goes through a channel: accounts are used by the part, people are told by the message."""

from collections.abc import Mapping

from services.notify.channels import Channel
from services.notify.channels.providers import Line
from services.notify.channels.samples import a_parcel
from services.notify.domain import RecipientKind, Topic
from services.notify.sender.packing import blocks_of
from services.notify.sender.trying import TOLD
from services.notify.templates import Words
from services.notify.templates.samples import samples_of

SPOKEN = "zh"


def speeds_of(lines: Mapping[str, Line], words: Words) -> dict[str, float]:
    """Return how many invitations the best provider of each channel takes in a second."""
    return {name: line.speed(_parts(line.providers[0].channel, words)) for name, line in lines.items()}


def _parts(channel: Channel, words: Words) -> int:
    """Return of how many parts an invitation consists at most, in sample words."""
    topic, kind = Topic.RELEASE_DIGEST, RecipientKind.MEMBER
    parts = 1
    for _, said in samples_of(topic):
        named = {**said, "name": ""}
        filled = [words.fill(block, topic, kind, SPOKEN, named) for block in blocks_of(channel)]
        short = dict(zip(blocks_of(channel), filled, strict=True)).get("sms", "")
        parts = max(parts, channel.parts(a_parcel("", TOLD, said, SPOKEN, ("", short))))
    return parts
