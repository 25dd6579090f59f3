"""Sessions: who signed in, signed by us and kept by the visitor, so that no request has to look it up.

Which of them were ended before their time, `endings` knows.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import msgspec

from services.chassis.rights import Actor
from services.gateway.contracts import SessionOver
from services.gateway.settings import GatewaySettings

_PURPOSE = b"wishtree session 1"
"""Part of the signing key: what is signed with the same secret for something else is no session."""

_encoder = msgspec.json.Encoder()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says: for whom, until when it holds, and how often theirs had been ended by then."""

    actor: Actor
    expires_at: datetime
    sessions_ended: int = 0


class Sessions:
    """Issues tokens and reads them back. A token is its session in JSON and an HMAC-SHA256 over that."""

    def __init__(self, secret: str, settings: GatewaySettings) -> None:
        """Take the session secret of the house and the lifetimes."""
        key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
        self._mac = hmac.new(key, digestmod=hashlib.sha256)  # copied for each signature: half the time
        self._staff = timedelta(hours=settings.staff_session_hours)
        self._member = timedelta(days=settings.member_session_days)
        self._decoder = msgspec.json.Decoder(Session)

    def issue(self, actor: Actor, now: datetime, sessions_ended: int = 0) -> tuple[str, datetime]:
        """Return a token for `actor` and the instant at which it runs out.

        Staff see the data of others and sign in every working day; a member on their own phone once a month.
        """
        expires_at = now + (self._member if actor.account_id is None else self._staff)
        session = Session(actor=actor, expires_at=expires_at, sessions_ended=sessions_ended)
        payload = urlsafe_b64encode(_encoder.encode(session)).rstrip(b"=")
        return (payload + b"." + self._signature(payload)).decode(), expires_at

    def read(self, token: str, now: datetime) -> Session:
        """Return the session that `token` carries; raise `SessionOver` when it is not ours or has run out."""
        payload, _, signature = token.encode("latin-1", "replace").rpartition(b".")
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise SessionOver()
        try:
            session = self._decoder.decode(urlsafe_b64decode(payload + b"=="))
        except msgspec.MsgspecError:  # signed by us, but in an earlier version that knew other roles
            raise SessionOver() from None
        if session.expires_at <= now:
            raise SessionOver()
        return session

    def _signature(self, payload: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(payload)
        return urlsafe_b64encode(mac.digest()).rstrip(b"=")


def until(expires_at: datetime, now: datetime) -> int:
    """Return the whole seconds for which a session still holds, as a cookie counts them."""
    return max(0, int((expires_at.astimezone(UTC) - now).total_seconds()))
