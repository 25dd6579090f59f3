"""A tower for tests: both sample services running in one house, somebody to ask them, and their database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kombu import Connection, Exchange
from sqlalchemy import select, text

from services.chassis.contracts import Request
from services.chassis.database import engine_for
from services.chassis.hosting import House, nameko_config
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging import wire
from services.chassis.messaging.caller import Caller
from services.chassis.messaging.connections import connect
from services.chassis.settings import Settings
from tests.support.database import fresh_database
from tests.support.sample import Base, BelfryService, BellService, BellStruck, CountingBase, Heard, Trouble


def lay_tables(url: str) -> None:
    """Create the tables of both services in the database at `url`."""
    with engine_for(url).begin() as connection:
        for base in (Base, CountingBase):
            mailbox_for(base.metadata)
            connection.execute(text(f"CREATE SCHEMA {base.metadata.schema}"))
            base.metadata.create_all(connection)


def clear_tables(url: str) -> None:
    """Empty the tables of both services and forget what was to go wrong."""
    Trouble.failures.clear()
    Trouble.is_deaf_until = None
    Trouble.slow_strikes = 0
    tables = [str(table) for base in (Base, CountingBase) for table in base.metadata.tables.values()]
    with engine_for(url).begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(tables)}"))


BELL_STRUCK_QUEUE = wire.event_queue(BellStruck, "belfry", "on_bell_struck")


@dataclass(frozen=True)
class Tower:
    """A house of both services, and somebody who asks them."""

    house: House
    caller: Caller

    @property
    def url(self) -> str:
        """Return the address of its database."""
        return self.house.settings.database_url

    def ask(self, request: Request, within: float | None = None) -> Any:
        """Ask a service."""
        return self.caller.ask(request, within)

    def settle(self, within: float) -> bool:
        """Wait until every event had its effect."""
        return self.house.settle(within)

    def heard(self) -> list[str]:
        """Return the words that the belfry heard, sorted."""
        with engine_for(self.url).connect() as connection:
            return sorted(connection.scalars(select(Heard.words)))


@contextmanager
def tower_on(settings: Settings) -> Iterator[Tower]:
    """Yield a running house of both services on empty tables, with a caller."""
    clear_tables(settings.database_url)
    forget_letters(settings)
    house = House(settings, [BellService, BelfryService])
    house.start()
    caller = house.caller("test")
    caller.start()
    try:
        yield Tower(house, caller)
    finally:
        caller.stop()
        house.stop()
        _empty_queues(settings)


QUEUES = (wire.rpc_queue("bell"), wire.rpc_queue("belfry"), BELL_STRUCK_QUEUE)


def forget_letters(settings: Settings) -> None:
    """Take the queues off the broker with all that earlier tests left, also what it gives back only now.

    The letters that a killed process had in hand come back to their queue whenever the broker notices.
    """
    if not settings.is_embedded:
        with connect(nameko_config(settings)) as connection:
            for name in QUEUES:
                connection.default_channel.queue_delete(name)


def _empty_queues(settings: Settings) -> None:
    """Take what a test left on the broker out of the way of the next."""
    if not settings.is_embedded:
        with connect(nameko_config(settings)) as connection:
            for name in QUEUES:
                connection.default_channel.queue_purge(name)


Letters = Sequence[tuple[bytes, dict[str, Any]]]
"""Bodies with their headers."""


def throw(settings: Settings, exchange: str, key: str, letters: Letters) -> None:
    """Throw letters in at the broker, as anybody might who has an account there; return when it has them all.

    What a broker did not confirm may go with the connection that it came over.
    """
    address = nameko_config(settings)["AMQP_URI"]
    with Connection(address, transport_options={"confirm_publish": True}) as connection:
        producer = connection.Producer(connection.channel())
        for body, headers in letters:
            producer.publish(
                body,
                content_type="application/json",
                content_encoding="utf-8",
                exchange=Exchange(exchange, type="topic", durable=True),
                routing_key=key,
                headers=headers,
            )


@contextmanager
def tower_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a database with the tables of both services, dropped afterwards."""
    with fresh_database(server_url) as url:
        lay_tables(url)
        yield url
