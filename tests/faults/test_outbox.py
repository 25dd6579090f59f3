"""Killed at any point, a service loses nothing and does nothing twice, in memory and over RabbitMQ."""

from collections import Counter
from collections.abc import Iterator

import eventlet
import pytest
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.settings import IN_PROCESS_BROKER, Settings
from tests.support.database import settings_for
from tests.support.pace import timed
from tests.support.process import SampleHost, sample_host
from tests.support.tower import clear_tables, forget_letters

pytestmark = [pytest.mark.faults, pytest.mark.timeout(360)]

STRIKES = 40
BACK_WITHIN = 10.0

POINTS = [
    "before_commit@25",
    "after_commit@25",
    "before_publish@3",
    "after_publish@3",
    "after_inbox@15",
    "before_ack@15",
]
"""The points of a letter's way: the command, the relay, the consumer; and at which passing to be killed."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleHost]:
    """Processes that can be killed."""
    with sample_host(tmp_path_factory.mktemp("host")) as living:
        yield living


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.broker)])
def settings(request: pytest.FixtureRequest, tower_database: str) -> Settings:
    """Settings of an embedded house, then of one on a broker; empty tables."""
    clear_tables(tower_database)
    is_embedded = request.param == "memory"
    url = IN_PROCESS_BROKER if is_embedded else request.getfixturevalue("server").url
    settings = settings_for(tower_database, broker_url=url)
    forget_letters(settings)
    return settings


def rows(settings: Settings, question: str) -> Counter[str]:
    """Return how often each value stands in a column."""
    with engine_for(settings.database_url).connect() as connection:
        return Counter(connection.execute(text(question)).scalars())


def assert_nothing_lost_and_nothing_twice(settings: Settings, strikes: int) -> None:
    """Compare what was done, told and heard with what was asked for: each of it once."""
    once = Counter({f"strike-{number}": 1 for number in range(strikes)})
    assert rows(settings, "SELECT words FROM bell.strike") == once
    assert rows(settings, "SELECT body::json ->> 'words' FROM bell.outbox") == once
    assert rows(settings, "SELECT words FROM belfry.heard") == once
    assert rows(settings, "SELECT event_id FROM belfry.inbox") == rows(
        settings, "SELECT event_id FROM bell.outbox"
    )
    assert rows(settings, "SELECT id FROM belfry.setback") == Counter()


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_crash_point_nothing_is_lost_and_nothing_done_twice(
    host: SampleHost, settings: Settings, point: str
) -> None:
    host.begin(settings, STRIKES, crash_at=point)
    assert host.await_word("ended") == 137
    with timed() as took:
        host.begin(settings, STRIKES)
        host.await_word("ready")
    assert took.seconds < BACK_WITHIN
    assert host.await_word("settled")
    assert host.await_word("ended") == 0
    assert_nothing_lost_and_nothing_twice(settings, STRIKES)


def test_killed_again_and_again_at_any_moment_nothing_is_lost_and_nothing_done_twice(
    host: SampleHost, settings: Settings
) -> None:
    for moment in (0.1, 0.5):
        host.begin(settings, 200, lasts=60.0)  # it must not be over before it is killed
        host.await_word("ready")
        eventlet.sleep(moment)
        host.kill()
    host.begin(settings, 200)
    assert host.await_word("settled")
    assert host.await_word("ended") == 0
    assert_nothing_lost_and_nothing_twice(settings, 200)


def test_the_comparison_would_see_what_is_lost_or_done_twice(tower_database: str, host: SampleHost) -> None:
    clear_tables(tower_database)
    settings = settings_for(tower_database)
    host.begin(settings, 2)
    assert host.await_word("settled")
    assert host.await_word("ended") == 0
    with engine_for(tower_database).begin() as connection:
        again = "SELECT gen_random_uuid(), strike_id, words FROM belfry.heard"
        connection.execute(text(f"INSERT INTO belfry.heard {again}"))
    with pytest.raises(AssertionError):
        assert_nothing_lost_and_nothing_twice(settings, 2)
    with pytest.raises(AssertionError):
        assert_nothing_lost_and_nothing_twice(settings, 3)
