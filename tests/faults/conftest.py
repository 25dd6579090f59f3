"""What the tests of faults share: one broker and one database of their own, which they may stop and block."""

from collections.abc import Iterator

import pytest

from tests.support import tower
from tests.support.rabbitmq import RabbitMQ, node


@pytest.fixture(scope="session")
def server() -> Iterator[RabbitMQ]:
    """A broker of these tests' own."""
    with node() as running:
        yield running


@pytest.fixture(scope="session")
def tower_database(database_server_url: str) -> Iterator[str]:
    """A database with the tables of the two sample services."""
    with tower.tower_database(database_server_url) as url:
        yield url
