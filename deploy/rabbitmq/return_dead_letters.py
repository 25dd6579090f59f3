#!/usr/bin/env python3
"""Puts the letters of the dead queue back into the queues they came from, once their cause is mended.

The broker moves an event to `wishtree.dead` when the process that worked on it died 50 times. Consumers drop
what they already had, so returning a letter twice is harmless. Takes the address of the broker, as the user
`operator`, from WISHTREE_BROKER_URL.
"""

import os
import sys
from typing import Any

import amqp
from kombu import Connection

DEAD = "wishtree.dead"
CONFIRMED_WITHIN = 10.0


def return_dead_letters(broker_url: str) -> int:
    """Move every letter now in the dead queue back; return how many there were."""
    with Connection(broker_url, transport_options={"confirm_publish": True}) as connection:
        channel = connection.default_channel
        waiting = channel.queue_declare(DEAD, passive=True).message_count
        for returned in range(waiting):
            letter = channel.basic_get(DEAD)
            if letter is None:
                return returned
            _send_back(channel, letter)
        return int(waiting)


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


def main() -> None:
    """Return the dead letters and say how many there were."""
    broker_url = os.environ.get("WISHTREE_BROKER_URL")
    if not broker_url:
        sys.exit(
            "return_dead_letters: set WISHTREE_BROKER_URL to amqp://operator:PASSWORD@HOST:5672/wishtree"
        )
    print(f"returned {return_dead_letters(broker_url)}")


if __name__ == "__main__":
    main()
