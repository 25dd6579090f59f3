"""One connection with one client: eventlet's protocol, with a strict and quick reader of headers."""

import re
import socket
from contextlib import suppress
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from eventlet.wsgi import STATE_CLOSE, STATE_IDLE, HttpProtocol

from services.chassis.refusals import Refusal
from services.gateway.api.answers import refused
from services.gateway.contracts import (
    AddressTooLong,
    HeadUnreadable,
    LengthNeeded,
    TooManyHeaders,
    TooSlow,
)
from services.gateway.responses import SECURITY_HEADERS, STATUS_LINES

if TYPE_CHECKING:
    from services.gateway.server import HttpServer

MOST_HEADERS = 100
LINGER = 2.0
"""Seconds for which we read on after a refusal, so that the client gets to see it (RFC 9112, 9.6)."""

_WORD = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) (/[\x21-\xff]*) (HTTP/1\.[01])\r?\n" % _WORD)
_HEADERS = re.compile(rb"(?:%b:[^\x00\r\n]*\r?\n)*" % _WORD)
_ONCE = frozenset({"content-length", "host", "authorization", "transfer-encoding"})
_LENGTH = re.compile(r"[0-9]{1,15}")


class Unacceptable(Exception):
    """The head of a request is not what HTTP/1.1 allows, or more than we take."""

    def __init__(self, refusal: Refusal) -> None:
        """Take what to answer with."""
        super().__init__(refusal.code)
        self.refusal = refusal


class Headers:
    """The headers of a request, as far as eventlet asks for them."""

    type = ""  # of the content, when the client does not say; eventlet would ask the e-mail parser

    def __init__(self, lines: list[str]) -> None:
        """Take the lines as they came; refuse two of a kind where one could hide behind the other."""
        self._headers: list[tuple[str, str]] = []
        self._values: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            folded, value = name.lower(), value.strip()
            if folded in self._values and folded in _ONCE:
                raise Unacceptable(HeadUnreadable())
            self._values.setdefault(folded, value)
            self._headers.append((name, value))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the first value of `name`, or `default`."""
        return self._values.get(name.lower(), default)


class Conversation(HttpProtocol):  # type: ignore[misc]  # eventlet is untyped
    """Reads requests from one connection and writes the answers, until either side has had enough.

    `ends_at` is the moment (monotonic) at which the server loses patience with what the client does now.
    """

    def __init__(self, conn_state: list[Any], server: "HttpServer") -> None:
        """Hold the whole conversation; return when it is over."""
        self.ends_at = inf
        self.is_out_of_time = False
        self._is_cut_short = False
        self._how_to_end = socket.SHUT_RDWR
        server.conversations.add(self)
        try:
            super().__init__(conn_state, server)
        finally:
            server.conversations.discard(self)

    @property
    def is_idle(self) -> bool:
        """Say whether the client has no request under way."""
        return bool(self.conn_state[2] == STATE_IDLE)

    def allow(self, seconds: float, *, then_answer: bool = False) -> None:
        """Give the client `seconds` from now for the next part; `inf` while it is our turn.

        `then_answer` keeps our side open when time is up, so that the client can still be told.
        """
        self.ends_at = monotonic() + seconds
        self._how_to_end = socket.SHUT_RD if then_answer else socket.SHUT_RDWR

    def run_out_of_time(self) -> None:
        """Stop waiting for the client: whoever reads from it sees the end of the stream."""
        self.is_out_of_time = True
        self.ends_at = inf
        self._shut(self._how_to_end)

    def finish_soon(self) -> None:
        """End after the request under way, or now when there is none."""
        if self.is_idle:
            self._shut(socket.SHUT_RDWR)
        self.conn_state[2] = STATE_CLOSE

    def hang_up(self) -> None:
        """End now, whatever is under way."""
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        with suppress(OSError):  # the client was quicker
            self.connection.shutdown(how)

    def close_unread(self) -> None:
        """End after this answer, since the client goes on to send a body that nobody will read."""
        self.close_connection = True
        self._is_cut_short = True

    # ------------------------------------------------------------ what eventlet calls

    def _read_request_line(self) -> bytes:
        self.allow(self.server.settings.idle_seconds)
        try:
            line: bytes = self.rfile.readline(self.server.url_length_limit)
        except (OSError, ValueError):  # reset by the client, or closed by us
            return b""
        self.allow(self.server.settings.header_seconds, then_answer=True)
        if len(line) >= self.server.url_length_limit:  # eventlet would say so without a word
            self._refuse(AddressTooLong())
            return b""
        return line

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request whose head nobody read to the end, in the usual language, and close."""
        response = refused(refusal, "zh", "")
        lengths = [("Content-Type", response.content_type), ("Content-Length", str(len(response.body)))]
        headers = [("Connection", "close"), *lengths, *response.headers, *SECURITY_HEADERS]
        lines = [f"HTTP/1.1 {STATUS_LINES[response.status]}", *(f"{name}: {said}" for name, said in headers)]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + response.body)
        self.close_unread()

    def parse_request(self) -> bool:
        """Read the head of a request; say whether there is one to be answered."""
        self.close_connection = True
        try:
            self._read_head()
        except Unacceptable as head:
            self._refuse(head.refusal)
            return False
        except OSError:
            return False
        self.ends_at = inf
        return not self.is_out_of_time

    def _read_head(self) -> None:
        line = _REQUEST_LINE.fullmatch(self.raw_requestline)
        if line is None:
            raise Unacceptable(HeadUnreadable())
        self.requestline = ""  # eventlet quotes it in its log
        self.command, self.path, self.request_version = (part.decode("latin-1") for part in line.groups())
        if self.path.startswith("//"):
            self.path = "/" + self.path.lstrip("/")  # or a redirect would lead to another host
        self.headers = _read_headers(self.rfile)
        self._check_framing()
        wishes = self.headers.get("connection", "").lower()
        is_old = self.request_version == "HTTP/1.0"
        self.close_connection = "close" in wishes or (is_old and "keep-alive" not in wishes)

    def _check_framing(self) -> None:
        """Refuse what we and a proxy could read differently as to where a request ends (RFC 9112, 6.3)."""
        if self.request_version == "HTTP/1.1" and self.headers.get("host") is None:
            raise Unacceptable(HeadUnreadable())
        if self.headers.get("transfer-encoding") is not None:
            raise Unacceptable(LengthNeeded())
        length = self.headers.get("content-length")
        if length is not None and not _LENGTH.fullmatch(length):
            raise Unacceptable(HeadUnreadable())

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with this conversation in it."""
        environ: dict[str, Any] = super().get_environ()
        environ["wishtree.conversation"] = self
        return environ

    def finish(self) -> None:
        """Send what is left, let the client see it, and close; nobody may be there to be told."""
        if self._is_cut_short:
            with suppress(OSError):
                self._linger()
        for file in (self.wfile, self.rfile):  # the socket stays open until both are closed
            with suppress(OSError):
                file.close()
        self.connection.close()

    def _linger(self) -> None:
        self.wfile.flush()
        self.allow(LINGER)
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(65536):
            if monotonic() > self.ends_at:
                break


def _read_headers(file: Any) -> Headers:
    """Read up to the empty line; one look at all lines is four times as quick as one at each."""
    lines: list[bytes] = []
    while (line := file.readline()) not in (b"\r\n", b"\n"):
        if not line:
            raise Unacceptable(TooSlow())
        if len(lines) == MOST_HEADERS:
            raise Unacceptable(TooManyHeaders())
        lines.append(line)
    if not _HEADERS.fullmatch(b"".join(lines)):
        raise Unacceptable(HeadUnreadable())
    return Headers([line.decode("latin-1") for line in lines])
