"""The gateway as nameko hosts it: a web server as a dependency, and the caller through which it asks."""

from functools import partial
from importlib import metadata
from typing import Any

import eventlet
import structlog
from nameko.extensions import DependencyProvider
from nameko.web.server import WebServer

from services.chassis.contracts import Request
from services.chassis.messaging.caller import Caller
from services.chassis.refusals import Unavailable
from services.gateway.api.dispatch import Dispatcher
from services.gateway.endings import Endings
from services.gateway.front import Front
from services.gateway.health import Health
from services.gateway.pages.site import site
from services.gateway.server import HttpServer
from services.gateway.settings import GatewaySettings
from services.gateway.visitors import Visitors

log = structlog.get_logger(__name__)

CONNECTS_WITHIN = 2.0
"""Seconds for which the start waits for the broker; then visitors are let in and told that it is away."""


class Web(WebServer):
    """nameko's place for a web server, with our own server and application in it."""

    def setup(self) -> None:
        """Read the settings and put the application together."""
        config = self.container.config
        self.house = config["SETTINGS"]
        self.settings = self.house.of("gateway", GatewaySettings)
        self.caller = Caller(config, "gateway")
        self.endings = Endings(self.ask, self.settings)
        self.http: HttpServer | None = None

    def start(self) -> None:
        """Listen; find the broker. A broker that is away is waited for while pages are already served."""
        if self.http is None:
            self.http = HttpServer(tuple(self.bind_addr), self.get_wsgi_app(), self.settings)
            self._connecting = eventlet.spawn(self._connect)
            self._watching = eventlet.spawn(self._watch)
            with eventlet.Timeout(CONNECTS_WITHIN, False):
                self._connecting.wait()
            self.http.start()
            log.info("gateway_open", port=self.http.port)

    def stop(self) -> None:
        """Let what is under way be answered, then stop listening to the broker."""
        if self.http is not None:
            self.http.drain()
            self._connecting.kill()
            self._watching.kill()
            self.caller.stop()
            self.http = None

    def get_wsgi_app(self) -> Front:
        """Return the application: health and API by the short way, pages by Flask."""
        visitors = Visitors(self.house, self.settings, self.endings)
        api = Dispatcher(self.ask, visitors, self.settings, metadata.version("wishtree"))
        health = Health(is_draining=self._is_draining, is_connected=lambda: self.caller.is_connected)
        ask_for_page = partial(self.ask, within=self.settings.page_deadline)
        pages = site(ask_for_page, self.settings, self.house.time_zone, self.house.public_holidays())
        return Front(api, health, pages, is_secure=visitors.is_secure)

    def ask(self, request: Request, within: float | None = None) -> Any:
        """Ask a service; refuse at once while the broker is away, instead of holding the visitor up."""
        if not self.caller.is_connected:
            raise Unavailable()
        return self.caller.ask(request, within)

    def _connect(self) -> None:
        while True:
            try:
                self.caller.start()
                return
            except Unavailable:
                log.warning("broker_away")

    def _watch(self) -> None:
        self._connecting.wait()
        self.endings.watch()

    def _is_draining(self) -> bool:
        return self.http is None or self.http.is_draining


class Doors(DependencyProvider):
    """Holds the web server in the container: the gateway has no methods that nameko would call."""

    web = Web()


class GatewayService:
    """The web door of the house."""

    name = "gateway"
    doors = Doors()
