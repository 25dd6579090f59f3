"""A gateway to knock at: the real one over HTTP, before small services that answer what a test tells them."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import eventlet
import msgspec
from nameko.runners import ServiceRunner

from services.chassis import clock
from services.chassis.contracts import Request
from services.chassis.hosting import nameko_config
from services.chassis.messaging import memory, wire
from services.chassis.messaging.entrypoints import answers
from services.chassis.refusals import NotFound, Refusal
from services.chassis.rights import Actor, Grant, Role
from services.chassis.settings import Settings
from services.directory.contracts import EndedSessions, ListEndedSessions
from services.gateway.api.routes import NOT_ON_THE_WEB, ROUTES
from services.gateway.service import GatewayService, Web
from services.gateway.sessions import Sessions
from tests.support.database import settings_for

USUAL: dict[type[Request], Any] = {ListEndedSessions: EndedSessions(items=[])}
"""What the gateway asks by itself, and is told where a test says nothing."""


@dataclass
class Script:
    """What the services answer, by contract, and what they were asked. Unscripted questions find nothing."""

    parts: dict[type[Request], Any] = field(default_factory=dict)
    heard: list[Request] = field(default_factory=list)

    def answer(self, contract: type[Request], answer: Any) -> None:
        """Answer `contract` with a view, a refusal, or what a function of the request returns."""
        self.parts[contract] = answer

    def play(self, request: Request) -> Any:
        """Answer one request."""
        if type(request) not in USUAL:
            self.heard.append(request)
        answer = self.parts.get(type(request), USUAL.get(type(request), NotFound()))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Refusal):
            raise answer
        return answer


def played(service: str, script: Script) -> type:
    """Return a nameko service that answers what the gateway asks of `service` from `script`."""
    asked = [*(route.contract for route in ROUTES), *NOT_ON_THE_WEB]
    contracts = {contract for contract in asked if contract.service() == service}
    methods = {contract.method(): answers(contract)(_method(script)) for contract in contracts}
    return type(f"Played{service.title()}", (), {"name": service, **methods})


def _method(script: Script) -> Any:
    def play(self: Any, request: Request) -> Any:
        return script.play(request)

    return play


SERVICES = tuple(dict.fromkeys(route.contract.service() for route in ROUTES))


@dataclass
class Reply:
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as plain values."""
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """Return the code of the refusal."""
        return str(self.json["error"]["code"])

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


class Client:
    """One keep-alive connection to a gateway."""

    def __init__(self, port: int, **headers: str) -> None:
        """Connect to `port`, with `headers` on every request (`_` stands for `-`)."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request; a body that is not bytes goes as JSON."""
        sent = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = msgspec.json.encode(body)
            sent.setdefault("Content-Type", "application/json")
        self._connection.request(method, path, body, sent)
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def get(self, path: str, **headers: str) -> Reply:
        """Send a GET."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a POST."""
        return self.ask("POST", path, body, **headers)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass
class Gateway:
    """A running gateway, its services, and their script."""

    settings: Settings
    script: Script
    runner: ServiceRunner
    clients: list[Client] = field(default_factory=list)

    @property
    def web(self) -> Web:
        """Return the web server in its container."""
        extensions = self.runner.service_map["gateway"].extensions
        return next(each for each in extensions if isinstance(each, Web))

    @property
    def port(self) -> int:
        """Return the port that the system chose."""
        assert self.web.http is not None
        return self.web.http.port

    def client(self, **headers: str) -> Client:
        """Return a new connection."""
        self.clients.append(Client(self.port, **headers))
        return self.clients[-1]

    def token(self, actor: Actor) -> str:
        """Return a session token for `actor`, as signing in would give it."""
        return self.sessions.issue(actor, clock.now())[0]

    @property
    def sessions(self) -> Sessions:
        """Return who signs and reads the tokens."""
        return Sessions(self.settings.session_secret, self.web.settings)

    def signed_in(self, actor: Actor, **headers: str) -> Client:
        """Return a new connection that shows a token of `actor`."""
        return self.client(Authorization=f"Bearer {self.token(actor)}", **headers)


@contextmanager
def gateway(
    script: Script | None = None,
    overrides: dict[str, Any] | None = None,
    services: tuple[str, ...] = SERVICES,
    *,
    is_awaited: bool = True,
    **settings: Any,
) -> Iterator[Gateway]:
    """Yield a running gateway with a scripted service behind each route; `settings` are the gateway's own.

    One at a time: in memory, the services of two would take each other's calls. What was left for those of
    another house is forgotten.
    """
    script = script or Script()
    house = settings_for(
        "postgresql://nobody@127.0.0.1:1/none",  # neither the gateway nor the scripted services have tables
        **({"address": "127.0.0.1:0", "services": {"gateway": settings}} | (overrides or {})),
    )
    runner = ServiceRunner(nameko_config(house))
    for service in services:
        runner.add_service(played(service, script))
    runner.add_service(GatewayService)
    memory.forget([wire.rpc_queue(service) for service in services])
    runner.start()
    running = Gateway(house, script, runner)
    try:
        if is_awaited:
            await_ready(running)
        yield running
    finally:
        for client in running.clients:
            client.close()
        runner.stop()


def await_ready(running: Gateway, within: float = 60, *, ready: bool = True) -> None:
    """Wait until the gateway finds its broker, or finds that it is away."""
    with eventlet.Timeout(within):
        while running.web.caller.is_connected is not ready:
            eventlet.sleep(0.02)


def a_member(**changes: Any) -> Actor:
    """Return a member who may claim everywhere."""
    given: dict[str, Any] = {"member_id": uuid4(), "unit_id": uuid4(), "grants": (Grant(Role.MEMBER, "/"),)}
    return Actor(**(given | changes))


def a_worker(scope: str = "/city/", role: Role = Role.OFFICER, account_id: UUID | None = None) -> Actor:
    """Return a member of staff with a role in a place."""
    return Actor(account_id=account_id or uuid4(), grants=(Grant(role, scope),))
