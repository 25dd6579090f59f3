"""A proxy on loopback, as stands between the servers of a city and the world: it opens lines, or does not."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.support.loopback import LOOPBACK

LONGEST = 65536


class Proxy:
    """What it was asked for, and how it behaves: `open`, `refuse`, or `hang_up` once a line is open."""

    def __init__(self, port: int) -> None:
        """Begin with nothing asked."""
        self.port, self.manner = port, "open"
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://{LOOPBACK}:{self.port}"

    def serve(self, line: socket.socket) -> None:
        """Open a line to whom somebody asks for, and carry what is said over it, both ways."""
        first = line.recv(LONGEST).decode("latin-1").splitlines()
        self.asked += [first[0], *(one for one in first if one.lower().startswith("proxy-authorization"))]
        if self.manner == "refuse":
            line.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = first[0].split()[1].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as there:
            line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.manner == "hang_up":
                return
            back = threading.Thread(target=_carry, args=(there, line), daemon=True)
            back.start()
            _carry(line, there)
            back.join(60)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(LONGEST):
            target.sendall(said)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def forward_proxy() -> Iterator[Proxy]:
    """Yield such a proxy."""

    class Desk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            """Serve one line."""
            proxy.serve(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: whoever hangs up is part of the play."""

    with Server((LOOPBACK, 0), Desk) as server:
        proxy = Proxy(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield proxy
        finally:
            server.shutdown()
