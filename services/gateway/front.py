"""The front: takes every request, gives it to health, API or pages, and lets nothing improper come back."""

import os
from collections.abc import Iterable
from contextvars import copy_context
from itertools import count
from time import perf_counter
from typing import Any

import eventlet
import structlog

from services.chassis.metrics import REQUESTS
from services.chassis.refusals import Faulted
from services.gateway.api.answers import refused
from services.gateway.api.dispatch import Dispatcher
from services.gateway.health import TEXT, Health
from services.gateway.responses import FOR_A_YEAR, SECURITY_HEADERS, Header, Response, StartResponse
from services.gateway.visitors import language_of

log = structlog.get_logger(__name__)

REQUEST_ID = "wishtree.request_id"


class Front:
    """The WSGI application of the gateway."""

    def __init__(self, api: Dispatcher, health: Health, pages: Any, *, is_secure: bool) -> None:
        """Take what answers which addresses; `pages` is a WSGI application for all the others."""
        self._api, self._health, self._pages = api, health, pages
        self._headers = SECURITY_HEADERS + ((FOR_A_YEAR,) if is_secure else ())
        self._series, self._numbers = os.urandom(4).hex(), count(1)
        self._timers: dict[tuple[str, int], Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, in a context of its own.

        eventlet serves a whole connection in one green thread: without this, whatever one request binds to
        the context would be seen by the next one on the connection.
        """
        answer: Iterable[bytes] = copy_context().run(self._answer, environ, start_response)
        conversation = environ["wishtree.conversation"]
        if environ["wsgi.input"].position < int(environ.get("CONTENT_LENGTH") or 0):
            conversation.close_unread()
        conversation.allow(conversation.server.settings.write_seconds)
        return answer

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        environ[REQUEST_ID] = request_id = f"{self._series}-{next(self._numbers):x}"
        path: str = environ["PATH_INFO"]
        if path.startswith("/api/"):
            route, response = self._ask_api(environ, request_id)
        else:
            health = self._health.answer(path, environ)
            if health is None:
                return self._ask_pages(environ, start_response, began)
            route, response = path, health
        self._observe(route, response.status, began)
        more: tuple[Header, ...] = (("X-Request-Id", request_id), *self._headers)
        return response.send(start_response, more, is_head=environ["REQUEST_METHOD"] == "HEAD")

    def _ask_api(self, environ: dict[str, Any], request_id: str) -> tuple[str, Response]:
        try:
            return self._api.answer(environ, request_id)
        except (Exception, eventlet.Timeout):
            log.exception("request_faulted", request_id=request_id)
            return "none", refused(
                Faulted(), language_of(environ.get("HTTP_ACCEPT_LANGUAGE"), "zh"), request_id
            )

    def _ask_pages(
        self, environ: dict[str, Any], start_response: StartResponse, began: float
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[Header], exc_info: Any = None) -> Any:
            self._observe("page", int(status[:3]), began)
            more = [("X-Request-Id", environ[REQUEST_ID]), *self._headers]
            return start_response(status, headers + more, exc_info)

        conversation = environ["wishtree.conversation"]
        conversation.allow(conversation.server.settings.body_seconds, then_answer=True)
        try:
            pages: Iterable[bytes] = self._pages(environ, start)
            return pages
        except (
            Exception,
            eventlet.Timeout,
        ):  # Flask shows a page for every fault; this is for one in that page
            log.exception("page_faulted", request_id=environ[REQUEST_ID])
            return Response(500, b"500\n", TEXT).send(start, ())

    def _observe(self, route: str, status: int, began: float) -> None:
        timer = self._timers.get((route, status))
        if timer is None:
            timer = self._timers[route, status] = REQUESTS.labels(route, str(status))
        timer.observe(perf_counter() - began)
