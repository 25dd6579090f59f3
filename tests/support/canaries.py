"""Canaries: made-up people whose names, telephones and addresses must be found nowhere but under a seal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kombu import Connection, Exchange, Queue
from sqlalchemy import text

from services.chassis.database import engine_for
from tests.support.rabbitmq import RabbitMQ

TABLES = """
    SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1
"""


def spelled(canary: str) -> tuple[str, ...]:
    """Return the ways in which a canary may stand in a text: as it is, and as JSON and URLs escape it."""
    escaped = canary.encode("unicode_escape").decode()
    quoted = "".join(f"%{byte:02X}" for byte in canary.encode())
    return tuple(dict.fromkeys((canary, escaped, quoted, quoted.lower())))


def found_in(said: str | bytes, canaries: Sequence[str]) -> list[str]:
    """Return which of the canaries stand in `said`."""
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return [canary for canary in canaries if any(one in words for one in spelled(canary))]


def found_in_tables(database_url: str, canaries: Sequence[str]) -> dict[str, list[str]]:
    """Return, by table of any service, which canaries stand unsealed in some column of it."""
    found = {}
    with engine_for(database_url).connect() as connection:
        for table in connection.scalars(text(TABLES)).all():
            rows = connection.scalars(text(f"SELECT row::text FROM {table} AS row"))
            seen = sorted({canary for row in rows for canary in found_in(row, canaries)})
            if seen:
                found[table] = seen
    return found


class Tap:
    """Hears whatever passes through a virtual host: RabbitMQ's firehose repeats each letter for it."""

    def __init__(self, queue: Queue) -> None:
        """Take the queue in which the repetitions lie."""
        self._queue = queue

    def letters(self) -> Iterator[bytes]:
        """Yield the body of each letter since the last look, those delivered as well as those published."""
        while letter := self._queue.get(no_ack=True):
            body = letter.body
            yield body.encode() if isinstance(body, str) else bytes(body)


@contextmanager
def tap(server: RabbitMQ, vhost: str, url: str) -> Iterator[Tap]:
    """Yield a tap on `vhost`, which is at `url`."""
    server.control("trace_on", "-p", vhost)
    with Connection(url) as connection:
        queue = Queue(
            "tap",
            Exchange("amq.rabbitmq.trace", type="topic", passive=True),
            routing_key="#",
            queue_arguments={"x-queue-type": "classic"},
            channel=connection.channel(),
        )
        queue.declare()
        try:
            yield Tap(queue)
        finally:
            queue.delete()
            server.control("trace_off", "-p", vhost)
