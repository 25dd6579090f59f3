"""Packing: a loan becomes a parcel, opened and in words; what a release has in common is filled in once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from services.chassis.sealing import Seals
from services.notify.channels import AddressKind, Channel, Parcel
from services.notify.channels.harmless import harmless
from services.notify.domain import SECRET_TOPICS, TOPICS, Outcome, Verdict
from services.notify.sender.links import link_to_stop, return_token
from services.notify.templates import BLOCKS, Words
from services.notify.templates.wordings import Wordings
from services.notify.usecases import Loan

Kept = TypeVar("Kept")

KEPT = 256
"""Different messages whose words are kept at hand; a release is one of them for each language."""

NO_ADDRESS = Outcome(Verdict.PERMANENT, "no_address")
_CLASSES = {topic: rule.topic_class for topic, rule in TOPICS.items()}


class Recent(Generic[Kept]):
    """What was worked out lately, by what it was worked out from; the oldest is forgotten."""

    def __init__(self, most: int = KEPT) -> None:
        """Begin with nothing."""
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._most = most

    def get(self, key: Hashable, work_out: Callable[[], Kept]) -> Kept:
        """Return what belongs to `key`, worked out now unless it is at hand."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = work_out()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


class Packer:
    """Packs loans for channels; a channel says with `blocks` which parts of a template it wants filled in."""

    def __init__(self, words: Words, wordings: Wordings, seals: Seals) -> None:
        """Take the templates, the words of areas' own, and the keys."""
        self._words, self._wordings, self._seals = words, wordings, seals
        self._opened: Recent[Mapping[str, Any]] = Recent()
        self._filled: Recent[Mapping[str, str]] = Recent()

    def parcel_of(self, loan: Loan, channel: Channel) -> Parcel | Outcome:
        """Return a loan as its channel gets it, in words of an area's own where it was planned with them.

        A recipient who has lost that address is a permanent no. Raises `Unrenderable` and `BrokenSeal`, which
        are faults of ours.
        """
        sealed = _address_of(loan, channel.address)
        if sealed is None and channel.address is not AddressKind.ROOM:
            return NO_ADDRESS
        said = self._said(loan)
        filled = self._fill(loan, channel, said)
        stop = link_to_stop(loan, channel, self._words.site, self._seals)
        if "html" in filled:
            filled = self._words.with_foot(filled, stop, loan.language)
        return Parcel(
            delivery_id=loan.delivery_id,
            address=self._seals.open(sealed) if sealed else "",
            topic=loan.topic,
            kind=loan.kind,
            topic_class=_CLASSES[loan.topic],
            language=loan.language,
            title=filled.get("title", ""),
            text=filled.get("text", ""),
            html=filled.get("html", ""),
            short=filled.get("sms", ""),
            values=said,
            unsubscribe=stop,
            letter=return_token(loan, channel, self._seals),
            mark=loan.mark,
        )

    def _said(self, loan: Loan) -> Mapping[str, Any]:
        """Return the words of a message; those of a secret are not kept at hand."""
        if loan.topic in SECRET_TOPICS:
            return self._open(loan)
        return self._opened.get(loan.parameters, lambda: self._open(loan))

    def _open(self, loan: Loan) -> Mapping[str, Any]:
        opened: Mapping[str, Any] = msgspec.json.decode(self._seals.open(loan.parameters))
        return opened

    def _fill(self, loan: Loan, channel: Channel, said: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the blocks that the channel wants; they are kept at hand where they name nobody."""
        blocks = blocks_of(channel)
        if not blocks:
            return {}
        is_for_a_room = channel.address is AddressKind.ROOM
        name = "" if is_for_a_room else self._seals.open_or_empty(loan.name)
        if name or loan.topic in SECRET_TOPICS:
            return self._write(loan, channel, {**said, "name": name})
        key = (loan.parameters, loan.topic, loan.kind, loan.language, loan.wording, blocks, channel.address)
        return self._filled.get(key, lambda: self._write(loan, channel, {**said, "name": ""}))

    def _write(self, loan: Loan, channel: Channel, named: Mapping[str, Any]) -> Mapping[str, str]:
        words, told = self._words, (loan.topic, loan.kind, loan.language)
        own = self._wordings.own(loan.wording, loan.language)
        filled = {
            block: words.fill(block, *told, harmless(named) if block == "sms" else named, own)
            for block in blocks_of(channel)
        }
        if channel.address is AddressKind.EMAIL:
            filled["html"] = words.letter(filled["title"], filled["text"], loan.language)
        return filled


def blocks_of(channel: Channel) -> tuple[str, ...]:
    """Return which blocks a channel wants filled in: all, unless it says otherwise."""
    found: tuple[str, ...] = getattr(channel, "blocks", BLOCKS)
    return found


def _address_of(loan: Loan, kind: AddressKind) -> str | None:
    """Return the address of a kind, still sealed; a room has none."""
    if kind is AddressKind.PHONE:
        return loan.phone
    return {AddressKind.EMAIL: loan.email, AddressKind.OWN: loan.handle}.get(kind)
