"""What machines ask about this process: is it alive, does it want visitors, what has it counted."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.gateway.responses import NEVER_STORED, Response

TEXT = "text/plain; charset=utf-8"


class Health:
    """Answers `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, is_draining: Callable[[], bool], is_connected: Callable[[], bool]) -> None:
        """Take how to learn whether the server is about to end, and whether the broker can be reached."""
        self._is_draining, self._is_connected = is_draining, is_connected

    def answer(self, path: str, environ: Mapping[str, Any]) -> Response | None:
        """Return the answer for `path`, or None when it is none of these."""
        match path:
            case "/healthz":
                return Response(200, b"alive\n", TEXT)
            case "/readyz":
                return self._ready()
            case "/metrics" if _is_from_the_house(environ):
                return Response(200, generate_latest(), CONTENT_TYPE_LATEST)
        return None

    def _ready(self) -> Response:
        if self._is_draining():
            return Response(503, b"draining\n", TEXT, (NEVER_STORED, ("Retry-After", "5")))
        if not self._is_connected():
            return Response(503, b"broker away\n", TEXT, (NEVER_STORED, ("Retry-After", "5")))
        return Response(200, b"ready\n", TEXT)


def _is_from_the_house(environ: Mapping[str, Any]) -> bool:
    """Say whether the request came past no proxy: figures are for our own monitoring, not for the public."""
    return not any(header in environ for header in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA"))
