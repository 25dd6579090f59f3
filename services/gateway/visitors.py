"""Who stands at the door: the session they show, the language they read, the address they come from."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from services.chassis import clock, words
from services.chassis.rights import ANYONE, Actor
from services.chassis.settings import Settings
from services.directory.contracts import SignedIn
from services.gateway.contracts import ForeignOrigin, SessionDoubtful, SessionOver
from services.gateway.endings import Endings
from services.gateway.sessions import Sessions, until
from services.gateway.settings import GatewaySettings

Environ = Mapping[str, Any]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitors:
    """Recognises visitors by the token they bring, and gives them one when they have signed in."""

    def __init__(self, house: Settings, settings: GatewaySettings, endings: Endings) -> None:
        """Take the settings of the house and of the gateway, and who knows which sessions were ended."""
        self._endings = endings
        self.sessions = Sessions(house.session_secret, settings)
        public = urlsplit(house.public_url)
        self._origin = f"{public.scheme}://{public.netloc}".lower()
        self.is_secure = public.scheme == "https"
        self.cookie = "__Host-wishtree" if self.is_secure else "wishtree"
        self._proxies = settings.proxies

    def actor_of(self, environ: Environ, *, is_open: bool = False) -> Actor:
        """Return who asks, in the language they read now.

        Raises `SessionOver` for a token that does not hold and `SessionDoubtful` when that cannot be learned
        (where `is_open`, such a cookie is nobody in particular), and `ForeignOrigin` when another site would
        act with the visitor's cookie.
        """
        actor = self._signed_in(environ, is_open)
        language = language_of(environ.get("HTTP_ACCEPT_LANGUAGE"), actor.language)
        return actor if language == actor.language else msgspec.structs.replace(actor, language=language)

    def _signed_in(self, environ: Environ, is_open: bool) -> Actor:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._holder_of(token.strip())
        token = self._token_in_cookie(environ.get("HTTP_COOKIE", ""))
        if not token:
            return ANYONE
        try:
            actor = self._holder_of(token)
        except (SessionOver, SessionDoubtful):
            if is_open:
                return ANYONE
            raise
        if environ["REQUEST_METHOD"] not in SAFE_METHODS and not self._is_from_here(environ):
            raise ForeignOrigin()
        return actor

    def _holder_of(self, token: str) -> Actor:
        session = self.sessions.read(token, clock.now())
        self._endings.check(session)
        return session.actor

    def _token_in_cookie(self, header: str) -> str:
        for part in header.split(";"):
            name, _, value = part.partition("=")
            if name.strip() == self.cookie:
                return value.strip()
        return ""

    def _is_from_here(self, environ: Environ) -> bool:
        """Say whether a page of ours sent this (OWASP: verify the origin, else a header no form can send)."""
        origin: str = environ.get("HTTP_ORIGIN", "").lower()
        if origin:
            host: str = environ.get("HTTP_HOST", "")
            return origin == self._origin or origin.partition("://")[2] == host.lower()
        site: str = environ.get("HTTP_SEC_FETCH_SITE", "")
        return site == "same-origin" or "HTTP_X_REQUESTED_WITH" in environ

    def welcome(self, signed_in: SignedIn) -> tuple[str, Any, str]:
        """Return a token for who signed in, the instant it runs out, and the cookie that keeps it."""
        now = clock.now()
        token, expires_at = self.sessions.issue(signed_in.actor, now, signed_in.sessions_ended)
        return token, expires_at, self._cookie(token, until(expires_at, now))

    def farewell(self) -> str:
        """Return the cookie that takes the session away."""
        return self._cookie("", 0)

    def _cookie(self, token: str, seconds: int) -> str:
        parts = [f"{self.cookie}={token}", f"Max-Age={seconds}", "Path=/", "HttpOnly", "SameSite=Lax"]
        return "; ".join(parts + ["Secure"] * self.is_secure)

    def address_of(self, environ: Environ) -> str:
        """Return the network address of the client as our outermost proxy saw it, not as the client says."""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if self._proxies and len(forwarded) >= self._proxies:
            try:
                return str(ip_address(forwarded[-self._proxies].strip()))
            except ValueError:
                pass
        return str(environ.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=256)
def language_of(header: str | None, usual: str) -> str:
    """Return `zh` or `en`: what the browser asks for, or the `usual` one when it asks for neither."""
    wanted = (header or "").lower()
    return words.language_of(wanted) if "zh" in wanted or "en" in wanted else usual
