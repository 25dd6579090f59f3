"""Whether nobody lives at a place: a rehearsal plays months of made-up people, and would be in their way."""

from sqlalchemy import Connection, inspect, text

from services.chassis.database import engine_for
from services.chassis.hosting import nameko_config, queues_of
from services.chassis.messaging.topology import busy_queue
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.console.place import SERVICES, STORING, classes
from services.console.surroundings import host_of, reaching_the_broker

FILLED_BY_MIGRATIONS = {"alembic_version", "rule", "duty"}
"""Tables that have rows before anything has happened."""


class CityInUse(Refusal):
    """The place holds a city already; a rehearsal wants an empty one."""

    code = "console.city_in_use"


class BrokerInUse(Refusal):
    """At the virtual host somebody listens, or letters wait; a rehearsal wants one of its own."""

    code = "console.broker_in_use"


def refuse_inhabited(settings: Settings) -> None:
    """Raise `CityInUse` or `BrokerInUse` for a place where somebody lives; change nothing there."""
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        if any(_has_rows(connection, service) for service in STORING):
            raise CityInUse()
    if settings.is_embedded:
        return
    with reaching_the_broker(settings):
        busy = busy_queue(nameko_config(settings), queues_of(classes(SERVICES)))
    if busy:
        raise BrokerInUse(host=host_of(settings.broker_url), queue=busy)


def _has_rows(connection: Connection, service: str) -> bool:
    """Say whether something has happened in a service; its tables may be of another version, or not there."""
    tables = set(inspect(connection).get_table_names(schema=service)) - FILLED_BY_MIGRATIONS
    looks = [f'EXISTS (SELECT FROM {service}."{table}")' for table in sorted(tables)]
    return bool(looks) and bool(connection.execute(text(f"SELECT {' OR '.join(looks)}")).scalar_one())
