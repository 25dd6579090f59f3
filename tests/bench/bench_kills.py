"""A release told to a city by SMS while notify is killed ten times: everybody ends in a final state, once."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import eventlet
from sqlalchemy import text

from services.chassis.clock import SimulatedClock
from services.chassis.database import engine_for
from services.notify.domain import DeliveryState
from tests.bench.burst_ground import MEMBERS, Ground, Teller, a_release, burst_ground, know_people, states_of

KILLS = 10
MORNING = datetime(2026, 12, 5, 1, 0, tzinfo=UTC)  # nine o'clock in Beijing
FIRST_ASKED = timedelta(minutes=2)
"""After that time the provider has its first question about each doubt."""

ALL_ASKED = timedelta(hours=9)
"""After that time no provider is asked about a doubt any more: what is in doubt then is unknown."""

LEASE = 20.0
LONGEST = 300.0 + MEMBERS / 300


def measure() -> dict[str, Any]:
    """Return in which states the deliveries ended, and how many were accepted twice, by whichever count."""
    with tempfile.TemporaryDirectory(prefix="wishtree-bench-") as folder:
        clock = SimulatedClock(Path(folder) / "clock", MORNING)
        with burst_ground(clock.path, lease=LEASE) as ground:
            know_people(ground.settings, MEMBERS)
            wishes = Teller(ground.settings, "wishes")
            began = time.monotonic()
            wishes.tell(a_release())
            for kill in range(1, KILLS + 1):
                _await(partial(_has_taken, ground, kill * MEMBERS // (KILLS + 1)))
                ground.city.kill("notify")
                ground.city.start("notify")
            _await(lambda: _is_told(ground))
            told_after = time.monotonic() - began
            doubts = states_of(ground.settings).get(DeliveryState.AMBIGUOUS, 0)
            clock.set(MORNING + FIRST_ASKED)
            _await(lambda: not _not_asked_yet(ground))
            clock.set(MORNING + ALL_ASKED)
            _await(lambda: not _number_in(ground, _OPEN))
            wishes.stop()
            figures, states = ground.gateway.read("figures"), states_of(ground.settings)
    return {
        "recipients": MEMBERS,
        "kills": KILLS,
        "seconds_until_told": round(told_after, 1),
        "in_doubt_then": doubts,
        "states": states,
        "gateway": figures,
    }


_OPEN = ["planned", "sending", "failed", "ambiguous", "accepted"]
"""Where nothing may stand in the end, since every message that was accepted has a receipt."""


def _has_taken(ground: Ground, number: int) -> bool:
    return bool(ground.gateway.read("figures")["accepted"] >= number)


def _is_told(ground: Ground) -> bool:
    """Say whether nothing is left to be sent, and every receipt has had its effect."""
    figures = ground.gateway.read("figures")
    return figures["pushed"] == figures["accepted"] and not _number_in(ground, ["planned", "sending"])


def _number_in(ground: Ground, states: list[str]) -> int:
    counted = text("SELECT count(*) FROM notify.delivery WHERE state = ANY(:states)")
    with engine_for(ground.settings.database_url).connect() as connection:
        return int(connection.execute(counted, {"states": states}).scalar_one())


def _not_asked_yet(ground: Ground) -> int:
    counted = text("SELECT count(*) FROM notify.delivery WHERE state = 'ambiguous' AND asks = 0")
    with engine_for(ground.settings.database_url).connect() as connection:
        return int(connection.execute(counted).scalar_one())


def _await(question: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + LONGEST
    while not question():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"not so within {LONGEST} s")
        eventlet.sleep(0.25)
