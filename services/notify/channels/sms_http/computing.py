"""Words that are computed for a call to a gateway: what time it is, and signatures over texts with blanks."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.chassis.clock import WallClock
from services.chassis.settings import WrongSettings
from services.notify.channels.blanks import Blank
from services.notify.settings import ComputedSettings

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class _Step:
    """One word to compute, from which others, and how."""

    name: str
    needs: frozenset[str]
    value: Callable[[Mapping[str, str]], str]


class Computed:
    """The computed words of a gateway, in their order: a later one may be made of those before it."""

    def __init__(
        self, described: Mapping[str, ComputedSettings], standing: Collection[str], charset: str
    ) -> None:
        """Take their descriptions and the words there are anyway; raise `WrongSettings` for a wrong one."""
        self._steps: list[_Step] = []
        known = set(standing)
        for name, one in described.items():
            if name in known or not _NAME.fullmatch(name):
                raise WrongSettings(
                    f"computed.{name}: choose another name, of small letters; {sorted(standing)} are taken."
                )
            self._steps.append(_step(name, one, known, charset))
            known.add(name)

    def known(self, standing: Collection[str]) -> frozenset[str]:
        """Return the words there are once everything is computed that can be from these."""
        known = set(standing)
        for step in self._steps:
            if step.needs <= known:
                known.add(step.name)
        return frozenset(known)

    def fill(self, words: Mapping[str, str]) -> dict[str, str]:
        """Return the words, and what can be computed from them and is not among them yet."""
        filled = dict(words)
        for step in self._steps:
            if step.name not in filled and step.needs <= filled.keys():
                filled[step.name] = step.value(filled)
        return filled


def _step(name: str, described: ComputedSettings, known: Collection[str], charset: str) -> _Step:
    place = f"computed.{name}"
    if (described.time is None) == (described.by is None):
        raise WrongSettings(f'{place} is a `time`, like "%Y%m%d%H%M%S", or made `by` an algorithm: say one.')
    if described.time is not None:
        return _Step(name, frozenset(), _clock(place, described.time, described.zone))
    if described.over is None:
        raise WrongSettings(f"{place} needs `over`: the text that {described.by} is made of.")
    if str(described.by).startswith("hmac-") is not (described.key is not None):
        raise WrongSettings(f"{place}: an hmac has a `key`, and nothing else has.")
    over = Blank(f"{place}.over", described.over, known)
    return _Step(
        name, over.names, lambda words: _made(described, over.fill(words).encode(charset, "replace"))
    )


def _clock(place: str, form: str, zone: str) -> Callable[[Mapping[str, str]], str]:
    """Return what reads the clock of the host: a gateway knows nothing of a rehearsal."""
    if form in {"seconds", "milliseconds"}:
        times = 1 if form == "seconds" else 1000
        return lambda _: str(int(WallClock().now().timestamp() * times))
    try:
        there = ZoneInfo(zone)
        WallClock().now().astimezone(there).strftime(form)
    except (KeyError, ValueError, OSError):
        raise WrongSettings(
            f"{place}: there is no such time or zone; like %Y%m%d%H%M%S, Asia/Shanghai."
        ) from None
    return lambda _: WallClock().now().astimezone(there).strftime(form)


def _made(described: ComputedSettings, over: bytes) -> str:
    if described.by == "base64":
        return base64.b64encode(over).decode()
    algorithm = str(described.by).removeprefix("hmac-")
    if described.key is None:
        made = hashlib.new(algorithm, over, usedforsecurity=False).digest()  # the gateway's choice, not ours
    else:
        made = hmac.digest(described.key.encode(), over, algorithm)
    if described.shown_as == "base64":
        return base64.b64encode(made).decode()
    return made.hex().upper() if described.shown_as == "HEX" else made.hex()
