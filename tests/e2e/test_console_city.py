"""The console at a city whose broker is away, refuses the user, or serves somebody else already."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from kombu import Connection
from sqlalchemy import create_engine, text

from services.chassis import migrations
from services.chassis.messaging import wire
from services.chassis.settings import fresh_secrets
from services.console.place import STORING
from tests.support.city import await_true, free_port
from tests.support.console import Shell, shell_at
from tests.support.database import empty_database, fresh_database
from tests.support.rabbitmq import RabbitMQ, broker

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(300)]

NOBODY_THERE = "amqp://wishtree:canary@127.0.0.1:1/wishtree"
ENDS_WITHIN = 20.0  # seconds; a supervisor waits for 45


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The shell of this module."""
    with shell_at(tmp_path_factory.mktemp("console")) as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> RabbitMQ:
    """The broker of these tests."""
    return broker()


@pytest.fixture
def away(database_url: str) -> dict[str, str]:
    """A city whose tables are there and whose broker is not."""
    return {"WISHTREE_DATABASE_URL": database_url, "WISHTREE_BROKER_URL": NOBODY_THERE}


# -- the broker is away


def test_an_upgrade_whose_queues_are_missing_says_that_the_tables_are_there(
    shell: Shell, database_server_url: str
) -> None:
    with empty_database(database_server_url) as url:
        city = {"WISHTREE_DATABASE_URL": url, "WISHTREE_BROKER_URL": NOBODY_THERE}
        code, said = shell.refused("db", "upgrade", environment=city)
        assert code == "console.queues_not_declared"
        assert said.startswith("The tables are upgraded")
        assert "canary" not in said
        standing = shell.ask("db", "status", environment=city)
        assert {row["service"]: row["revision"] for row in standing} == {
            service: migrations.head(service) for service in STORING
        }


def test_an_upgrade_by_a_user_whom_the_broker_does_not_let_in_ends_the_same(
    shell: Shell, server: RabbitMQ, database_url: str
) -> None:
    city = {
        "WISHTREE_DATABASE_URL": database_url,
        "WISHTREE_BROKER_URL": server.url_of("somebody", "canary", server.vhost),
    }
    assert shell.refused("db", "upgrade", environment=city)[0] == "console.queues_not_declared"


def test_what_the_database_knows_is_listed_without_the_broker(shell: Shell, away: dict[str, str]) -> None:
    engine = create_engine(away["WISHTREE_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"))
    with engine.begin() as connection:
        for _ in range(3):
            connection.execute(FAILED, {"id": uuid4(), "event": uuid4()})
    engine.dispose()
    listed = shell.ask("queue", "list", "--limit", 2, status=1, environment=away)
    assert listed["counts"] == [
        {"service": "claims", "handler": "on_wish_released", "reason": "Trouble", "count": 3, "parked": 3}
    ]
    assert len(listed["failed"]) == 2
    assert listed["dead"] is None
    ended = shell.run("queue", "list", environment=away)
    assert "claims.on_wish_released Trouble ×3" in ended.output
    assert "The broker at 127.0.0.1:1/wishtree cannot be reached" in ended.log


FAILED = text(
    "INSERT INTO claims.setback (id, handler, event_id, name, body, tries, reason, next_try_at) "
    "VALUES (:id, 'on_wish_released', :event, 'wish_released.v1', '', 5, 'Trouble', NULL)"
)


def test_the_doctor_says_of_broker_and_dead_letters_what_to_do(shell: Shell, away: dict[str, str]) -> None:
    findings = shell.ask("doctor", status=1, environment=away)
    for finding in ("broker", "dead_letters"):
        assert findings[finding].startswith("The broker at 127.0.0.1:1/wishtree cannot be reached")


@contextmanager
def served(shell: Shell, service: str, city: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Yield a process that serves one service; killed in the end if it still runs."""
    running = shell.start("serve", service, "--json", environment=city)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def ended_in_time(running: "subprocess.Popen[str]") -> int:
    """Ask a process to stop; return how it ended."""
    running.send_signal(signal.SIGTERM)
    return running.wait(ENDS_WITHIN)


def test_a_gateway_serves_pages_before_its_broker_is_there(shell: Shell, away: dict[str, str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    gateway = {"WISHTREE_BROKER_URL": away["WISHTREE_BROKER_URL"], "WISHTREE_ADDRESS": address}
    with served(shell, "gateway", gateway | city_file(shell)) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["address"] == address
        assert requests.get(f"http://{address}/healthz", timeout=60).status_code == 200
        assert ended_in_time(running) == 0


def city_file(shell: Shell) -> dict[str, str]:
    """Return where the settings of a city stand of which the gateway knows no database."""
    file = Path(shell.environment["WISHTREE_HOME"]).parent / "city.json"
    file.write_text(json.dumps({"database_url": "postgresql://127.0.0.1:1/wishtree", **fresh_secrets()}))
    return {"WISHTREE_CONFIG": str(file)}


def test_a_service_that_waits_for_its_broker_ends_when_asked_to(shell: Shell, away: dict[str, str]) -> None:
    with served(shell, "claims", away) as running:
        assert running.stderr is not None
        while "broker_unreachable" not in running.stderr.readline():
            assert running.poll() is None
        asked_at = time.monotonic()
        assert ended_in_time(running) == 0
        assert time.monotonic() - asked_at < ENDS_WITHIN


def test_some_services_without_a_broker_are_refused_before_they_lose_events(
    shell: Shell, database_url: str
) -> None:
    city = {"WISHTREE_DATABASE_URL": database_url}
    code, said = shell.refused("serve", "wishes", "claims", environment=city)
    assert code == "console.broker_missing"
    assert "wishes, claims" in said
    assert "WISHTREE_BROKER_URL" in said


# -- where a rehearsal may play


def rehearsed(shell: Shell, database: str, at: str) -> tuple[str, str]:
    """Return how a rehearsal at these addresses is refused."""
    return shell.refused("rehearse", "--months", 1, "--database", database, "--broker", at)


def test_a_rehearsal_leaves_a_database_alone_in_which_something_happened(
    shell: Shell, server: RabbitMQ, database_server_url: str
) -> None:
    with empty_database(database_server_url) as url:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
        with engine.begin() as connection:  # tables of another version, and one row
            connection.execute(text("CREATE SCHEMA wishes"))
            connection.execute(text("CREATE TABLE wishes.resident AS SELECT 1 AS id"))
        assert rehearsed(shell, url, server.add_vhost("aside"))[0] == "console.city_in_use"
        with engine.connect() as connection:
            schemas = connection.execute(text("SELECT nspname FROM pg_namespace")).scalars()
            assert "directory" not in set(schemas)
        engine.dispose()


def test_a_rehearsal_leaves_a_broker_alone_at_which_letters_wait(
    shell: Shell, server: RabbitMQ, database_server_url: str
) -> None:
    at = server.add_vhost("lived-in")
    queue = wire.rpc_queue("claims")
    with fresh_database(database_server_url) as url, Connection(at) as connection:
        channel = connection.default_channel
        channel.queue_declare(queue, durable=True, auto_delete=False)
        connection.Producer().publish("{}", routing_key=queue)
        await_true(lambda: channel.queue_declare(queue, passive=True).message_count == 1, 60)
        code, said = rehearsed(shell, url, at)
    assert (code, queue in said) == ("console.broker_in_use", True)


def test_a_rehearsal_never_plays_in_the_city_that_the_environment_names(shell: Shell) -> None:
    city: dict[str, Any] = {
        "WISHTREE_DATABASE_URL": "postgresql://wishtree:canary@127.0.0.1:1/wishtree",
        "WISHTREE_BROKER_URL": NOBODY_THERE,
    }
    small = ("--communities", 1, "--members", 5, "--wishes", 5, "--months", 1)
    report = shell.ask("rehearse", *small, environment=city)
    assert set(report["invariants"].values()) == {"ok"}
