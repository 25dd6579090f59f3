"""The HTTP server: connections are taken in, watched for slowness, bounded in number, drained at the end."""

import resource
from time import monotonic
from typing import Any

import eventlet
import structlog
from eventlet import wsgi
from eventlet.green import socket

from services.gateway.conversation import Conversation
from services.gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

WATCH_EVERY = 0.5
"""Seconds between two looks at who is too slow."""

FILES_OF_OUR_OWN = 128
"""File descriptors kept free for the broker, logs and templates."""

TAKE_A_REST = 0.2
"""Seconds without taking anybody in after the system could not (out of file descriptors, most likely)."""

_TURNED_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class HttpServer(wsgi.Server):  # type: ignore[misc]  # eventlet is untyped
    """Serves one WSGI application on one address.

    nameko's own server ends its container when a connection fails or `accept` does, and drops what is under
    way when it stops; this one does neither.
    """

    def __init__(self, address: tuple[str, int], site: Any, settings: GatewaySettings) -> None:
        """Listen on `address` (host, port); clients wait in the backlog until `start`."""
        # Without this, eventlet would share the port with any other process that serves on it.
        listener = eventlet.listen(address, backlog=settings.backlog, reuse_port=False)
        listener.settimeout(None)  # kombu changes the default of the whole process
        super().__init__(
            listener, listener.getsockname(), site, protocol=Conversation, log_output=False, debug=False
        )
        self.capitalize_response_headers = False  # ours are
        self.settings = settings
        self.is_draining = False
        self.conversations: set[Conversation] = set()
        self._room = _room_for(settings.connections)
        self._threads: list[Any] = []

    @property
    def port(self) -> int:
        """Return the port that is listened on (the system chose it when the address said 0)."""
        return int(self.address[1])

    def start(self) -> None:
        """Take clients in."""
        self._threads = [eventlet.spawn(self._take_in), eventlet.spawn(self._watch)]

    def drain(self) -> None:
        """Be not ready, take nobody in any more, let requests under way be answered, within bounds."""
        self.is_draining = True
        eventlet.sleep(self.settings.drain_notice_seconds)
        self.keepalive = False  # answers say that they are the last on their connection
        for taking_in in self._threads[:1]:
            taking_in.kill()
        self.socket.close()
        for conversation in list(self.conversations):
            conversation.finish_soon()
        with eventlet.Timeout(self.settings.drain_seconds, False):
            while self.conversations:
                eventlet.sleep(0.01)
        if self.conversations:
            log.warning("requests_dropped", connections=len(self.conversations))
        for conversation in list(self.conversations):
            conversation.hang_up()
        for watching in self._threads[1:]:
            watching.kill()

    def _take_in(self) -> None:
        while True:
            try:
                connection, address = self.socket.accept()
            except OSError as fault:
                log.error("nobody_taken_in", errno=fault.errno)
                eventlet.sleep(TAKE_A_REST)
                continue
            eventlet.spawn_n(self._converse, connection, address)

    def _converse(self, connection: Any, address: Any) -> None:
        try:
            if len(self.conversations) >= self._room and not self._make_room():
                connection.sendall(_TURNED_AWAY)
                return
            connection.settimeout(
                None
            )  # the watch is the only clock: cheaper, and a trickle does not wind it up
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Conversation([address, connection, wsgi.STATE_IDLE], self)
        except OSError:
            pass  # the client went away
        except Exception:
            log.exception("conversation_broken")
        finally:
            connection.close()

    def _make_room(self) -> bool:
        """End the conversation that has been idle for longest; say whether there was one."""
        idle = [conversation for conversation in self.conversations if conversation.is_idle]
        if idle:
            longest = min(idle, key=lambda conversation: conversation.ends_at)
            self.conversations.discard(longest)  # its place is free now, whenever it notices
            longest.hang_up()
        return bool(idle)

    def _watch(self) -> None:
        while True:
            eventlet.sleep(WATCH_EVERY)
            now = monotonic()
            for conversation in [each for each in self.conversations if each.ends_at < now]:
                conversation.run_out_of_time()


def _room_for(connections: int) -> int:
    """Return how many connections we may hold, within what the system lets this process open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        connections if files == resource.RLIM_INFINITY else max(1, min(connections, files - FILES_OF_OUR_OWN))
    )
