"""Fixtures of all levels: a real database, workshops of single services, whole houses.

Properties are tried with the same examples in every run, however long one of them takes: a build that fails
must fail for what was changed. To look for new examples: `pytest --hypothesis-profile=search`.
"""

import eventlet

eventlet.monkey_patch()

from collections.abc import Callable, Iterator  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from services.chassis import clock  # noqa: E402
from services.chassis.migrations import metadata_of  # noqa: E402
from services.chassis.settings import Settings  # noqa: E402
from services.chassis.work import Workshop  # noqa: E402
from tests.support.database import database_server, fresh_database, settings_for  # noqa: E402
from tests.support.timeouts import pytest_timeout_cancel_timer, pytest_timeout_set_timer  # noqa: E402, F401

for name, is_repeatable in (("search", False), ("repeatable", True)):
    hypothesis.settings.register_profile(
        name,
        deadline=None,
        derandomize=is_repeatable,
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def database_server_url() -> Iterator[str]:
    """The PostgreSQL server of this session."""
    with database_server() as url:
        yield url


@pytest.fixture
def database_url(database_server_url: str) -> Iterator[str]:
    """A database of this test's own, with all tables and no rows."""
    with fresh_database(database_server_url) as url:
        yield url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings of an embedded house on this test's database."""
    return settings_for(database_url)


@pytest.fixture
def workshop_of(settings: Settings) -> Callable[[str], Workshop]:
    """Return the workshop of a service by its name, to run use cases as its doors would."""
    return lambda service: Workshop(settings, metadata_of(service))


@pytest.fixture
def simulated_clock(tmp_path: Path) -> Iterator[clock.SimulatedClock]:
    """A clock this test sets; it stands at noon (Shanghai) of Monday 2 November 2026."""
    simulated = clock.SimulatedClock(tmp_path / "clock", datetime(2026, 11, 2, 4, tzinfo=UTC))
    clock.go_by(simulated)
    yield simulated
    clock.go_by(clock.WallClock())
