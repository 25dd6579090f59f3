"""What the tests of wishes share: the desk of a city."""

from collections.abc import Callable, Iterator

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.migrations import metadata_of
from services.chassis.work import Workshop
from tests.support.database import fresh_database, settings_for
from tests.support.wishes import Desk, a_desk


@pytest.fixture
def desk(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Desk:
    """The desk of wishes in a known city, at noon of 2 November 2026."""
    return a_desk(workshop_of("wishes"))


@pytest.fixture(scope="module")
def desk_for_many(database_server_url: str) -> Iterator[Desk]:
    """One desk for all examples of a property; each example finds its tables empty."""
    with fresh_database(database_server_url) as url:
        yield a_desk(Workshop(settings_for(url), metadata_of("wishes")))
