"""What the tests of points share: the service, and a community that it knows."""

from collections.abc import Callable

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.directory.contracts import AreaCopy
from tests.support.points import Points, an_area


@pytest.fixture
def points(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Points:
    """Points with nothing in its tables, at noon of 2 November 2026."""
    return Points(workshop_of("points"))


@pytest.fixture
def community(points: Points) -> AreaCopy:
    """A community that points knows."""
    area = an_area()
    points.know_areas(area)
    return area
