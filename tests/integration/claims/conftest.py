"""What the tests of claims share: the service on a database of their module."""

from collections.abc import Iterator

import pytest

from services.chassis.clock import SimulatedClock
from tests.support.claims import ClaimsAtHand, claims_on_a_database


@pytest.fixture(scope="module")
def house(database_server_url: str) -> Iterator[ClaimsAtHand]:
    """The claims service on a database of this module."""
    with claims_on_a_database(database_server_url) as at_hand:
        yield at_hand


@pytest.fixture
def claims(house: ClaimsAtHand, simulated_clock: SimulatedClock) -> ClaimsAtHand:
    """The claims service with nothing in its tables, at noon of 2 November 2026."""
    house.forget_everything()
    return house
