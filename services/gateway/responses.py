"""What goes back to a client: status, headers and body, ready for the wire."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

Header = tuple[str, str]
StartResponse = Callable[..., Any]

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

SECURITY_HEADERS: tuple[Header, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    (
        "Content-Security-Policy",
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)
"""On every answer (OWASP ASVS 5.0, 3.4): pages load nothing from elsewhere, no script stands in them."""

FOR_A_YEAR: Header = ("Strict-Transport-Security", "max-age=31536000")
NEVER_STORED: Header = ("Cache-Control", "no-store")


class Response(NamedTuple):
    """An answer that is complete."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[Header, ...] = (NEVER_STORED,)

    def send(
        self, start_response: StartResponse, more: tuple[Header, ...], *, is_head: bool = False
    ) -> list[bytes]:
        """Begin the answer, with `more` headers; return its body, or nothing when only the head is wanted."""
        headers = [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        start_response(STATUS_LINES[self.status], [*headers, *self.headers, *more])
        return [] if is_head else [self.body]
