"""Who may push receipts and answers: whoever knows the address, stands where the provider does, and signs.

The token at the end of the address is what every provider can bring. Where one says from which networks it
pushes, or signs what it pushes, the settings may ask for that as well. Whoever is turned away is answered as
if there was no door.
"""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol, runtime_checkable

import structlog

from services.chassis.settings import WrongSettings
from services.notify.channels.blanks import Blank
from services.notify.channels.signatures import described_signature
from services.notify.settings import PushSignatureSettings

log = structlog.get_logger(__name__)


class Signed(Protocol):
    """As much of a push as a signature is about."""

    @property
    def body(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Push(Protocol):
    """A push as it came in: to which address of ours, and from which of theirs."""

    @property
    def provider(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def signed(self) -> Signed | None: ...


class Door:
    """The door at which one provider pushes; without a token it is shut to everybody."""

    def __init__(
        self,
        token: str | None,
        sources: Sequence[str] = (),
        signature: PushSignatureSettings | None = None,
    ) -> None:
        """Take what is asked for; raise `WrongSettings` for networks that are none, or nothing to guard."""
        if token is None and (sources or signature):
            raise WrongSettings(
                "receipt_sources and receipt_signature guard the address with the receipt_token: write one."
            )
        self._token = (token or "").encode()
        self._sources = [_network(source) for source in sources]
        self._signature = _Signature(signature) if signature else None

    def is_open_to(self, push: Push) -> bool:
        """Say whether this comes from the provider; a push with the right token that does not is told of."""
        if not self._token or not compare_digest(self._token, push.token.encode()):
            return False
        lacks = self._lacks(push)
        if lacks:
            log.warning(
                "push_turned_away", provider=push.provider, lacks=lacks, came_from=_place(push.address)
            )
        return lacks is None

    def _lacks(self, push: Push) -> str | None:
        if self._sources and not _is_in(push.address, self._sources):
            return "source"
        if self._signature and not (push.signed and self._signature.is_under(push.signed)):
            return "signature"
        return None


@runtime_checkable
class HasDoor(Protocol):
    """A channel that asks for more than a token of whoever pushes."""

    door: Door


class HasToken(Protocol):
    """A channel whose provider pushes to an address that nobody can guess."""

    receipt_token: str | None


def is_from_provider(receiver: HasToken | None, push: Push) -> bool:
    """Say whether a push comes from the provider of this channel."""
    if receiver is None:
        return False
    door = receiver.door if isinstance(receiver, HasDoor) else Door(receiver.receipt_token)
    return door.is_open_to(push)


class _Signature:
    """A signature that a provider puts into a header."""

    def __init__(self, settings: PushSignatureSettings) -> None:
        if settings.by.startswith("hmac-") is not (settings.key is not None):
            raise WrongSettings("receipt_signature: an hmac has a `key`, and nothing else has.")
        self._settings = settings
        known = {"body", *map(_word, settings.headers)}
        self._over = Blank("receipt_signature.over", settings.over, known)
        if "body" not in self._over.names:
            raise WrongSettings(
                "receipt_signature.over: a signature is made over {{ body }}: write it there."
            )

    def is_under(self, push: Signed) -> bool:
        """Say whether a push bears it."""
        settings = self._settings
        words = {_word(name): push.headers.get(name.lower(), "") for name in settings.headers}
        over = self._over.fill(words | {"body": push.body.decode("utf-8", "surrogateescape")})
        signed = over.encode("utf-8", "surrogateescape")
        made = described_signature(settings.by, settings.key, signed, settings.shown_as)
        shown = push.headers.get(settings.header.lower(), "")
        return compare_digest(f"{settings.prefix}{made}".encode(), shown.encode())


def _word(header: str) -> str:
    """Return the name of a header as a blank has it: X-Timestamp is {{ x_timestamp }}."""
    return header.lower().replace("-", "_")


def _network(source: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(source, strict=False)
    except ValueError:
        raise WrongSettings(
            f"receipt_sources: {source} is no network. Write addresses or networks, like 203.0.113.0/24."
        ) from None


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    found = _read(address)
    return found is not None and any(found in network for network in networks)


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _place(address: str) -> str:
    """Return the network somebody came from, for the operator who has to look; no address of anybody."""
    found = _read(address)
    if found is None:
        return "unknown"
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
