"""From a request to a command or query and back: the short way, since a rush comes through here.

Flask alone would take longer for a claim than everything that is done here (measured: 290 µs a request, on
top of 190 µs for the HTTP server), so the API does not pass through it; pages do.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import structlog
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from services.chassis.contracts import Request
from services.chassis.refusals import Faulted, NotPermitted, Refusal, SignInNeeded
from services.chassis.rights import Actor, Right
from services.gateway.api.answers import SessionOpened, answered, refused
from services.gateway.api.openapi import document
from services.gateway.api.reading import Reader, pushed_as, read_body
from services.gateway.api.routes import BASE, ROUTES, Route
from services.gateway.contracts import KeyUnusable, NoSuchAddress, TooLarge, TooManyUploads, WrongMethod
from services.gateway.responses import Header, Response
from services.gateway.settings import GatewaySettings
from services.gateway.visitors import Visitors, language_of

log = structlog.get_logger(__name__)

Environ = Mapping[str, Any]
Ask = Callable[[Request, float | None], Any]
"""Asks a service; takes the request and, when it is not the usual one, the deadline in seconds."""

IMPORT_DEADLINE = 60.0
"""Seconds for a service to read a sheet of thousands of rows, where other answers have the usual deadline."""

OPENAPI_PATH = "/api/openapi.json"
SIGN_OUT_PATH = f"{BASE}/sign-out"

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class Door:
    """A route made ready: how to read what it asks, who may come in, and how much they may carry."""

    def __init__(self, route: Route, settings: GatewaySettings) -> None:
        """Prepare `route`."""
        self.route, self.contract = route, route.contract
        self.reader = Reader(route)
        self.is_open = route.contract.right is Right.OPEN
        self.is_for_anybody_signed_in = route.contract.right is Right.SIGNED_IN
        self.takes_key = route.is_command and not route.signs_in  # a sign-in is never answered from a receipt
        self.takes_address = "address" in route.contract.__struct_fields__
        self.takes_signature = "signed" in route.contract.__struct_fields__
        self.limit = settings.largest_open_body if self.is_open else settings.largest_body
        if route.whole:  # a machine of others, that pushes many things at once
            self.limit = settings.largest_push
        self.deadline: float | None = None
        if route.takes_file:
            self.limit = settings.largest_upload * 3 // 2  # JSON carries it in base64
            self.deadline = IMPORT_DEADLINE

    def admit(self, actor: Actor) -> None:
        """Refuse whom the service would refuse anyway, before a body is read; the service still decides."""
        if self.is_open:
            return
        if not actor.is_signed_in:
            raise SignInNeeded()
        if not self.is_for_anybody_signed_in and not actor.scopes_of(self.contract.right):
            raise NotPermitted()


class Dispatcher:
    """Answers everything below `/api/`."""

    def __init__(self, ask: Ask, visitors: Visitors, settings: GatewaySettings, version: str) -> None:
        """Take how to ask the services, who knows the visitors, and the settings; prepare every route."""
        self._ask, self._visitors, self._settings = ask, visitors, settings
        doors = [Door(route, settings) for route in ROUTES]
        self._fixed = {(d.route.method.value, d.route.template): d for d in doors if not d.route.parameters}
        rules = [Rule(_werkzeug(d.route.template), methods=[*d.route.methods], endpoint=d) for d in doors]
        rules += [Rule(OPENAPI_PATH, methods=["GET"], endpoint=self._openapi)]
        rules += [Rule(SIGN_OUT_PATH, methods=["POST"], endpoint=self._sign_out)]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False).bind("")
        self._document = document(version)
        self._uploads = 0

    def answer(self, environ: Environ, request_id: str) -> tuple[str, Response]:
        """Return the template of the route, for the metrics, and the response."""
        template, language = "none", None
        try:
            found, parameters = self._find(environ)
            if not isinstance(found, Door):
                return environ["PATH_INFO"], found(environ)
            template = found.route.template
            actor = self._visitors.actor_of(environ, is_open=found.is_open)
            language = actor.language
            return template, self._serve(found, actor, parameters, environ)
        except Refusal as refusal:
            language = language or language_of(environ.get("HTTP_ACCEPT_LANGUAGE"), "zh")
            more = _allowed(refusal)
            if refusal.code == Faulted.code:
                log.error("request_faulted", route=template, request_id=request_id)
            return template, refused(refusal, language, request_id, *more)

    def _find(self, environ: Environ) -> tuple[Any, Mapping[str, str]]:
        """Return the door for this address and the parameters in it; most have none and take one look."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        door = self._fixed.get((method, path))
        if door is not None:
            return door, {}
        try:
            found, parameters = self._map.match(path.encode("latin-1").decode(), method)
        except (NotFound, UnicodeDecodeError):
            raise NoSuchAddress() from None
        except MethodNotAllowed as other:
            raise WrongMethod(allowed=", ".join(sorted(other.valid_methods or ()))) from None
        if any("\0" in value for value in parameters.values()):
            raise NoSuchAddress()
        return found, parameters

    def _serve(self, door: Door, actor: Actor, parameters: Mapping[str, str], environ: Environ) -> Response:
        door.admit(actor)
        with self._upload() if door.route.takes_file else nullcontext():
            body = read_body(environ, door.limit, self._settings.body_seconds)
            fields = door.reader.fields(environ, parameters, body)
            if len(fields.get("content", b"")) > self._settings.largest_upload:
                raise TooLarge(limit=self._settings.largest_upload)
            if door.takes_key:
                fields["key"] = _key(environ, actor, body)
            if door.takes_address:
                fields["address"] = self._visitors.address_of(environ)
            if door.takes_signature:
                fields["signed"] = pushed_as(environ, body)
            answer = self._ask(door.contract(by=actor, **fields), door.deadline)
        return self._welcome(answer) if door.route.signs_in else answered(answer, actor.language)

    def _upload(self) -> AbstractContextManager[None]:
        """Hold one of the places for files in memory; raise `TooManyUploads` when all are taken."""
        if self._uploads >= self._settings.uploads_at_once:
            raise TooManyUploads()
        return self._one_upload()

    @contextmanager
    def _one_upload(self) -> Any:
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    def _welcome(self, signed_in: Any) -> Response:
        token, expires_at, cookie = self._visitors.welcome(signed_in)
        opened = SessionOpened(token=token, expires_at=expires_at, actor=signed_in.actor, name=signed_in.name)
        return _with(answered(opened, signed_in.actor.language), ("Set-Cookie", cookie))

    def _sign_out(self, environ: Environ) -> Response:
        """Take the cookie away; a client that holds the token itself forgets it."""
        actor = self._visitors.actor_of(environ, is_open=True)
        return _with(answered(None, actor.language), ("Set-Cookie", self._visitors.farewell()))

    def _openapi(self, environ: Environ) -> Response:
        return Response(200, self._document, headers=(("Cache-Control", "public, max-age=300"),))


def _with(response: Response, *headers: Header) -> Response:
    return response._replace(headers=response.headers + headers)


def _allowed(refusal: Refusal) -> tuple[Header, ...]:
    return (("Allow", refusal.arguments["allowed"]),) if isinstance(refusal, WrongMethod) else ()


def _werkzeug(template: str) -> str:
    return template.replace("{", "<").replace("}", ">")


def _key(environ: Environ, actor: Actor, body: bytes) -> str:
    """Return the idempotency key of a command: the client's, or a fresh one.

    A service keeps receipts by caller. Callers who have not signed in are all one to it, and must not be
    answered with each other's receipts: their keys hold for exactly the same request only.
    """
    given = environ.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return uuid4().hex
    if not _KEY.fullmatch(given):
        raise KeyUnusable()
    if actor.is_signed_in:
        return str(given)
    request = b"\0".join([given.encode(), environ["PATH_INFO"].encode("latin-1"), body])
    return hashlib.sha256(request).hexdigest()
