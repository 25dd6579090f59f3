"""A rehearsal of months through the real services, embedded and as processes on RabbitMQ and PostgreSQL."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.rabbitmq import broker

COMMAND = (sys.executable, "-W", "ignore", "-m", "services.console", "rehearse", "--json")
SMALL = ("--wishes", "60", "--members", "80", "--months", "3")


def rehearse(*options: str) -> dict[str, Any]:
    """Run a rehearsal to its end and return its report."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=850)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def assert_sound(report: dict[str, Any], wishes: int, releases: int) -> None:
    """The report adds up, and every invariant held."""
    assert set(report["invariants"].values()) == {"ok"}, report["invariants"]
    assert [month["period"] for month in report["months"]] == ["2026-12", "2027-01"][:releases]
    assert report["months"][0]["release_on"] == "2026-12-05"
    assert sum(month["submitted"] for month in report["months"]) == wishes
    claims = report["claims"]
    assert claims["oversold"] == 0
    assert claims["attempted"] == claims["won"] + sum(claims["refused"].values())
    assert claims["refused"]["claims.no_place_left"] > 0
    assert sum(month["claimed"] for month in report["months"]) == claims["won"]
    assert sum(month["fulfilled"] for month in report["months"]) > wishes / 2
    assert report["points"]["entries"] >= sum(month["fulfilled"] for month in report["months"])
    assert report["feedback"]["reports"] > 0
    messages = report["messages"]
    assert (messages["duplicates"], messages["lost"]) == (0, 0)
    assert messages["due"] == messages["accepted"] + messages["failed"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_rehearsal_of_an_embedded_house_keeps_every_invariant() -> None:
    assert_sound(rehearse(*SMALL), wishes=60, releases=2)


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(900)
def test_a_rehearsal_of_a_city_of_separate_processes_keeps_every_invariant(database_server_url: str) -> None:
    from tests.support.database import empty_database

    with empty_database(database_server_url) as url:
        assert_sound(rehearse(*SMALL, "--database", url, "--broker", broker().url), wishes=60, releases=2)


def test_a_rehearsal_asks_for_database_and_broker_together() -> None:
    done = subprocess.run(
        [*COMMAND, "--database", "postgresql://x"], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 2
    assert "--broker" in done.stderr
