"""What operators see of bursts and deliveries by the command line, and move there."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.domain import Outcome, RetryPolicy, Verdict
from services.notify.usecases import Result, lend, record
from services.notify.usecases.accounts import open_accounts, stop
from tests.support.notify import House
from tests.support.notify_console import Wishtree, wishtree_notify
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    a_release,
    numbers,
    planned_reminder,
    quick_settings,
    sms_settings,
)
from tests.support.peers import Peer


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    """A house in which three make a burst, which waits for an operator."""
    house = House(workshop_of("notify"), {"sms": AddressKind.PHONE})
    house.ways = replace(house.ways, burst_from=3, bursts_wait=True)
    return house


@pytest.fixture
def wishtree(database_url: str, tmp_path: Path) -> Wishtree:
    return wishtree_notify(database_url, tmp_path)


def asked(wishtree: Wishtree, *arguments: str, settings: Any = None) -> Any:
    """Return what a command answers as JSON."""
    done = wishtree(settings or {}, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def released(house: House) -> list[str]:
    """Let a burst of three be planned; return their phones."""
    phones = list(numbers(0, 3))
    house.knows(members=[a_member(house.seals, phone=phone) for phone in phones])
    house.hear(a_release(), usecases.tell_of_release)
    return phones


def tried(house: House, verdict: Verdict, code: str) -> None:
    """Try once what is due."""
    with house.workshop.open() as work:
        lent = lend(
            work.session.connection(),
            channel="sms",
            provider="http",
            lanes=(0, 2),
            most=100,
            lease=timedelta(minutes=5),
            now=clock.now(),
        )
        results = [Result(loan, Outcome(verdict, code), clock.now(), 1) for loan in lent.loans]
        record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.0)


def test_a_burst_is_started_paused_and_resumed(house: House, wishtree: Wishtree) -> None:
    released(house)
    (burst,) = asked(wishtree, "burst", "list")["items"]
    states = [burst["state"]]

    for move in ("start", "pause", "resume"):
        done = wishtree({}, "burst", move, burst["id"])
        assert (done.returncode, done.stdout.strip()) == (0, "✓"), done.stderr
        states.append(asked(wishtree, "burst", "show", burst["id"])["state"])

    assert states == ["waiting", "running", "paused", "running"]


def test_deliveries_are_listed_with_every_attempt_and_without_an_address(
    house: House, wishtree: Wishtree
) -> None:
    phones = released(house)
    (burst,) = asked(wishtree, "burst", "list")["items"]
    wishtree({}, "burst", "start", burst["id"])
    tried(house, Verdict.RETRY, "busy")
    planned_reminder(house)

    of_burst = asked(wishtree, "deliveries", "--burst", burst["id"])
    failed = asked(wishtree, "deliveries", "--provider", "http", "--state", "failed", "--limit", "2")
    about = asked(wishtree, "deliveries", "--wish", of_burst["items"][0]["subject_id"])
    shown = wishtree({}, "deliveries")
    nothing = wishtree({}, "deliveries", "--state", "refused")

    assert [one["attempts"][0]["code"] for one in of_burst["items"]] == ["busy"] * 3
    assert {one["address"] for one in of_burst["items"]} == {f"***{phone[-4:]}" for phone in phones}
    assert (len(failed["items"]), failed["next"]) == (2, failed["items"][1]["id"])
    assert about == of_burst
    assert shown.returncode == nothing.returncode == 0
    assert "busy" in shown.stdout
    assert "claim_due_soon" in shown.stdout
    assert "no such delivery" in nothing.stdout
    assert not re.search("|".join(phone.removeprefix("+86") for phone in phones), shown.stdout)


def test_the_status_says_since_when_an_account_is_refused_and_with_which_code(
    house: House, wishtree: Wishtree, gateway: Peer
) -> None:
    with house.workshop.open() as work:
        open_accounts(work.session.connection(), ["http"])
        stop(work.session.connection(), "http", "99", clock.now())
    settings = quick_settings(sms=sms_settings(gateway))

    shown, (channel,) = wishtree(settings, "status"), asked(wishtree, "status", settings=settings)["items"]

    assert channel["providers"][0]["stop_code"] == "99"
    assert channel["providers"][0]["stopped_since"]
    assert "refused" in shown.stdout


def test_what_is_no_state_or_no_burst_is_said_to_be_none(wishtree: Wishtree) -> None:
    lost = wishtree({}, "deliveries", "--state", "lost")
    unknown = wishtree({}, "deliveries", "--burst", "00000000-0000-7000-8000-000000000000", "--json")

    assert (lost.returncode, unknown.returncode) == (1, 1)
    assert "state" in lost.stderr
    assert json.loads(unknown.stdout)["error"]["code"] == "notify.unknown_burst"
