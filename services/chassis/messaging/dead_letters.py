"""Dead letters: events that the broker set aside because whoever worked on them died, again and again.

The broker moves an event to `wishtree.dead` when it was handed out 50 times in vain. Consumers drop what they
already had, so returning a letter twice is harmless.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp
from kombu import Connection

DEAD = "wishtree.dead"
CONFIRMED_WITHIN = 10.0


def count_dead_letters(broker_url: str) -> int:
    """Return how many letters lie in the dead queue, which every user of the broker may know."""
    with _channel(broker_url) as channel:
        return _waiting(channel)


def return_dead_letters(broker_url: str) -> int | None:
    """Put every letter now in the dead queue back into the queue it came from; return how many there were.

    None when this user of the broker may not; the user `operator` may.
    """
    with _channel(broker_url) as channel:
        waiting = _waiting(channel)
        try:
            for returned in range(waiting):
                letter = channel.basic_get(DEAD)
                if letter is None:
                    return returned
                _send_back(channel, letter)
        except amqp.AccessRefused:
            return None
        return waiting


@contextmanager
def _channel(broker_url: str) -> Iterator[Any]:
    options = {"confirm_publish": True}
    with Connection(broker_url, connect_timeout=5, transport_options=options) as connection:
        connection.ensure_connection(max_retries=1)
        yield connection.channel()


def _waiting(channel: Any) -> int:
    """Return how many letters wait; a broker without our definitions has no dead queue, and none in it."""
    try:
        return int(channel.queue_declare(DEAD, passive=True).message_count)
    except amqp.NotFound:
        return 0


def _send_back(channel: Any, letter: Any) -> None:
    """Publish `letter` to its first queue, wait for the confirm, and only then take it off the dead queue."""
    headers = {name: value for name, value in letter.headers.items() if "death" not in name}
    message = amqp.Message(
        letter.body,
        content_type=letter.properties.get("content_type"),
        content_encoding=letter.properties.get("content_encoding"),
        delivery_mode=2,
        application_headers=headers,
    )
    origin = letter.headers["x-first-death-queue"]
    channel.basic_publish_confirm(
        message, routing_key=origin, mandatory=True, confirm_timeout=CONFIRMED_WITHIN
    )
    channel.basic_ack(letter.delivery_tag)
