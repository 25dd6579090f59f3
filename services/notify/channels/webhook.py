"""A signed webhook (Standard Webhooks 1.0): every delivery is posted to an address of the city's own."""

import base64
from typing import Any, Literal

import msgspec

from services.chassis.clock import WallClock
from services.chassis.settings import WrongSettings
from services.chassis.showing import Address
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.outcomes import SECRET_FOR_A_ROOM
from services.notify.channels.signatures import webhook_sign
from services.notify.channels.web import Answer, OneInACall, WebSettings, by_status
from services.notify.domain import SECRET_TOPICS, Outcome, Verdict

SHORTEST_KEY = 24
"""Bytes of a key, as Standard Webhooks 1.0 has it."""


class WebhookSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where deliveries go, the secret that signs them (`whsec_…`), and which address they name."""

    url: Address
    secret: str
    names: Literal["phone", "email", "own", "room"] = "room"


class Webhook(OneInACall):
    """Posts each delivery; its id is the same at every try. A status of 2xx is a yes."""

    name = provider = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        """Take the address; raise `WrongSettings` for a secret that is none."""
        _check_secret(settings.secret)
        super().__init__(settings)
        self._settings, self.address = settings, AddressKind(settings.names)

    def _send_one(self, parcel: Parcel) -> Outcome:
        if self.address is AddressKind.ROOM and parcel.topic in SECRET_TOPICS:
            return SECRET_FOR_A_ROOM
        body = msgspec.json.encode(_told(parcel))
        identity, timestamp = str(parcel.delivery_id), str(int(WallClock().now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": timestamp,
            "webhook-signature": webhook_sign(self._settings.secret, identity, timestamp, body),
        }
        return _read(self._web.call("POST", self._settings.url, data=body, headers=headers))


def _check_secret(secret: str) -> None:
    """Raise `WrongSettings` for a secret of which no key comes that the standard finds long enough."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:  # no base64, or no ASCII
        key = b""
    if len(key) < SHORTEST_KEY:
        raise WrongSettings(
            f"secret is whsec_ and {SHORTEST_KEY} or more random bytes in base64: make one with "
            f"`echo whsec_$(openssl rand -base64 {SHORTEST_KEY})`."
        )


def _told(parcel: Parcel) -> dict[str, Any]:
    return {
        "type": f"{parcel.topic}.{parcel.kind}",
        "to": parcel.address or None,
        "language": parcel.language,
        "title": parcel.title,
        "text": parcel.text,
        "short": parcel.short,
        "values": dict(parcel.values),
    }


def _read(answer: Answer | Outcome) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    if 200 <= answer.status < 300:
        return Outcome(Verdict.ACCEPTED, str(answer.status))
    if answer.status == 410:  # Standard Webhooks: leave me alone
        return Outcome(Verdict.STOP, "410")
    known = by_status(answer.status, answer.retry_after)
    return known or Outcome(Verdict.PERMANENT, str(answer.status))


@described_by(WebhookSettings)
def channel(settings: WebhookSettings) -> Webhook:
    """Return the channel of a section `[services.notify.channels.webhook]`."""
    return Webhook(settings)
