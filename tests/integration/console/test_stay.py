"""The stay of a house: whoever supervises it learns whether it was asked to end, or something ended in it."""

from collections.abc import Callable, Iterator

import eventlet
import pytest
from nameko.extensions import DependencyProvider

from services.chassis.hosting import House
from services.chassis.settings import Settings
from services.console.stay import Stay
from tests.support.database import settings_for
from tests.support.sample import BelfryService, BellService, CountingBase
from tests.support.tower import clear_tables, tower_database


class Clapper(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Falls off while the bell is running."""

    def start(self) -> None:
        """Begin to wear through."""
        self.container.spawn_managed_thread(self._fall)

    def _fall(self) -> None:
        eventlet.sleep(0.1)
        raise RuntimeError("the clapper fell")


class WornService:
    """A belfry in which something ends by itself."""

    name = "belfry"
    tables = CountingBase.metadata
    clapper = Clapper()


class NeverReady(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Waits for what never comes, as a service does whose broker is away."""

    def start(self) -> None:
        """Wait for ever."""
        eventlet.event.Event().wait()


class WaitingService:
    """A belfry that never starts."""

    name = "belfry"
    tables = CountingBase.metadata
    never = NeverReady()


@pytest.fixture
def stay_of(database_server_url: str) -> Iterator[Callable[..., Stay]]:
    """Return what makes the stay of a house of some services, and tells whom it is told to."""

    def make(*services: type, then: Callable[[House], None] = lambda _: None) -> Stay:
        return Stay(House(settings, services), then)

    with tower_database(database_server_url) as url:
        clear_tables(url)
        settings: Settings = settings_for(url)
        yield make


@pytest.mark.timeout(60)
def test_a_house_that_is_asked_to_end_says_so(stay_of: Callable[..., Stay]) -> None:
    started: list[House] = []
    stay = stay_of(BellService, BelfryService, then=started.append)
    eventlet.spawn_after(1, stay.ask_to_end)
    assert stay.last()
    assert len(started) == 1


@pytest.mark.timeout(60)
def test_a_house_that_is_asked_to_end_before_it_has_started_ends_too(stay_of: Callable[..., Stay]) -> None:
    started: list[House] = []
    stay = stay_of(BellService, WaitingService, then=started.append)
    eventlet.spawn_after(1, stay.ask_to_end)
    assert stay.last()
    assert started == []


@pytest.mark.timeout(60)
def test_a_house_in_which_a_service_ends_by_itself_says_that_nobody_asked(
    stay_of: Callable[..., Stay],
) -> None:
    assert not stay_of(BellService, WornService).last()


@pytest.mark.timeout(60)
def test_what_keeps_a_house_from_starting_is_raised(stay_of: Callable[..., Stay]) -> None:
    def refuse(_: House) -> None:
        raise AssertionError("never told")

    stay = stay_of(BellService, UnstartableService, then=refuse)
    with pytest.raises(RuntimeError, match="no rope"):
        stay.last()


class NoRope(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Cannot start."""

    def start(self) -> None:
        """Fail."""
        raise RuntimeError("no rope")


class UnstartableService:
    """A belfry that cannot start."""

    name = "belfry"
    tables = CountingBase.metadata
    rope = NoRope()
