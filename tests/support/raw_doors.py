"""Doors on loopback behind which somebody answers HTTP byte by byte, as no vendor documents it."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import eventlet

from tests.support.loopback import LOOPBACK

Reaction = Callable[[Any, "RawDoor"], bool]
"""Says something over a connection that has asked; says whether to listen on."""


@dataclass
class RawDoor:
    """A door, what was asked there, and how often somebody came in."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    visits: int = 0

    @property
    def url(self) -> str:
        """Return where to knock."""
        return f"http://{LOOPBACK}:{self.port}"


def raw(body: bytes, status: str = "200 OK", *headers: str) -> Reaction:
    """Return an answer of these very bytes, after which the connection is kept."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]

    def answer(connection: Any, _: RawDoor) -> bool:
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        return True

    return answer


def in_order(*answers: Reaction) -> Reaction:
    """Return an answer that is another one each time; the last for ever."""
    left = list(answers)

    def answer(connection: Any, door: RawDoor) -> bool:
        return (left.pop(0) if len(left) > 1 else left[0])(connection, door)

    return answer


def hang_up(connection: Any, _: RawDoor) -> bool:
    """Answer nothing."""
    return False


@contextmanager
def raw_door(answer: Reaction) -> Iterator[RawDoor]:
    """Yield a door where everybody is answered so, in green threads of this very process."""
    listener = eventlet.listen((LOOPBACK, 0))
    door = RawDoor(listener.getsockname()[1])
    inside: list[Any] = []

    def talk(connection: Any) -> None:
        with closing(connection), suppress(OSError):
            while asked := _asked(connection):
                door.heard.append(asked)
                if not answer(connection, door):
                    break

    def stand_there() -> None:
        while True:
            connection, _ = listener.accept()
            door.visits += 1
            inside.append(eventlet.spawn(talk, connection))

    standing = eventlet.spawn(stand_there)
    try:
        yield door
    finally:
        for one in (standing, *inside):
            one.kill()
        listener.close()


def _asked(connection: Any) -> bytes:
    """Return a request with its body, or nothing when the other side is gone."""
    said = b""
    while b"\r\n\r\n" not in said:
        came = connection.recv(65536)
        if not came:
            return b""
        said += came
    head, _, body = said.partition(b"\r\n\r\n")
    stated = re.search(rb"(?i)\ncontent-length: *([0-9]+)", head)
    length = int(stated[1]) if stated else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
