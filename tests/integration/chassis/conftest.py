"""What the tests of the chassis share: a database with the tables of the bell and the belfry."""

from collections.abc import Iterator

import pytest

from services.chassis.settings import Settings
from services.chassis.work import Workshop
from tests.support import sample
from tests.support.database import settings_for
from tests.support.tower import clear_tables, tower_database


@pytest.fixture(scope="module")
def database(database_server_url: str) -> Iterator[str]:
    """A database with the tables of the two services, shared by the tests of a module."""
    with tower_database(database_server_url) as url:
        yield url


@pytest.fixture
def settings(database: str) -> Settings:
    """Settings of an embedded house, with empty tables."""
    clear_tables(database)
    return settings_for(database)


@pytest.fixture
def bell(settings: Settings) -> Workshop:
    """The workshop of the bell, with empty tables."""
    return Workshop(settings, sample.Base.metadata)
