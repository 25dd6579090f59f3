"""PostgreSQL dies under load: clean refusals, the services survive, nothing is lost, soon all is well."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import eventlet
import pytest
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.embedded import database_in
from services.chassis.refusals import Refusal
from services.chassis.settings import IN_PROCESS_BROKER
from tests.support.database import settings_for
from tests.support.pace import timed
from tests.support.sample import RingChanges, StrikeBell, StrikeOften
from tests.support.tower import Tower, lay_tables, tower_on

pytestmark = pytest.mark.faults

BACK_WITHIN = 10.0


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The folder of a database server that may be killed."""
    with tempfile.TemporaryDirectory(prefix="wishtree-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def database(home: Path) -> Iterator[str]:
    """A database of its own server, which is started again when it dies."""
    with database_in(home) as url:
        lay_tables(url)
        yield url
        engine_for(url).dispose()


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.broker)])
def tower(request: pytest.FixtureRequest, database: str) -> Iterator[Tower]:
    """A house of two small services, with a caller."""
    url = IN_PROCESS_BROKER if request.param == "memory" else request.getfixturevalue("server").url
    with tower_on(settings_for(database, broker_url=url, deadline=5.0)) as standing:
        yield standing


def kill_server(home: Path) -> None:
    """Kill the server, as the lack of memory would."""
    os.kill(int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


class Ringer:
    """Somebody who strikes again and again, each stroke until it is answered, with a key each."""

    def __init__(self, tower: Tower, name: str) -> None:
        """Begin."""
        self._tower, self._name = tower, name
        self.answered = 0
        self.met: set[str] = set()
        self.is_tired = False
        self.thread = eventlet.spawn(self._ring)

    def _ring(self) -> None:
        while not self.is_tired:
            self._strike(f"{self._name} {self.answered}")
            self.answered += 1

    def _strike(self, words: str) -> None:
        while True:
            try:
                self._tower.ask(StrikeBell(words=words, key=words))
            except Refusal as refusal:
                self.met.add(refusal.code)
                eventlet.sleep(0.1)
            else:
                return


def strike_until_refused(tower: Tower) -> None:
    """Strike in a rush until that is refused because the database is away, which may be at once."""
    code = ""
    with eventlet.Timeout(60):
        while code != "chassis.unavailable":
            try:
                tower.ask(StrikeOften(words="in the rush"))
            except Refusal as refusal:
                code = refusal.code
                assert code in {"chassis.unavailable", "chassis.no_answer"}


def test_a_database_that_dies_under_load_is_unavailable_for_a_moment_and_loses_nothing(
    tower: Tower, home: Path
) -> None:
    tower.ask(RingChanges(words="load", count=300), within=60)
    ringers = [Ringer(tower, f"ringer {number}") for number in range(10)]
    eventlet.sleep(0.5)
    with timed() as took:
        kill_server(home)
        strike_until_refused(tower)
        before = [ringer.answered for ringer in ringers]
        with eventlet.Timeout(BACK_WITHIN + 60):
            while any(ringer.answered == count for ringer, count in zip(ringers, before, strict=True)):
                eventlet.sleep(0.05)
    assert took.seconds < BACK_WITHIN
    for ringer in ringers:
        ringer.is_tired = True
        ringer.thread.wait()
    met = set().union(*(ringer.met for ringer in ringers))
    assert "chassis.unavailable" in met
    assert met <= {"chassis.unavailable", "chassis.no_answer"}
    assert tower.settle(within=60)
    with engine_for(tower.url).connect() as connection:
        rushed = connection.execute(text("SELECT count(*) FROM bell.strike WHERE words = 'in the rush'"))
        expected = 300 + sum(ringer.answered for ringer in ringers) + rushed.scalar_one()
        for table in ("bell.strike", "bell.outbox", "belfry.inbox", "belfry.heard"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == expected, table
