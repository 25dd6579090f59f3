"""A release told to a city by SMS: 200 numbers a call, receipts pushed back, security codes in between."""

import time
from datetime import timedelta
from typing import Any

import eventlet
import psutil
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.settings import Settings
from services.directory.contracts import SignInCodeIssued
from tests.bench.burst_ground import MEMBERS, Ground, Teller, a_release, burst_ground, know_people, states_of

CODE_EVERY = 0.5
LONGEST = 30.0 + MEMBERS / 500


def measure() -> dict[str, Any]:
    """Return recipients a second, how long a code took meanwhile, and what everybody computed."""
    with burst_ground() as ground:
        know_people(ground.settings, MEMBERS)
        wishes = Teller(ground.settings, "wishes")
        directory = Teller(ground.settings, "directory")
        busy = _busy()
        before, memory = ground.seconds(), [ground.memory()]
        began = time.monotonic()
        wishes.tell(a_release())
        asked = _watch(ground, directory, memory)
        seconds = time.monotonic() - began
        computed = {name: round(at - before[name], 1) for name, at in ground.seconds().items()}
        others = round(_busy() - busy - sum(computed.values()), 1)
        figures = ground.gateway.read("figures")
        by_second = [number for _, number in sorted(ground.gateway.read("by_second").items())]
        taken = ground.gateway.read("codes")
        states = states_of(ground.settings)
        wishes.stop()
        directory.stop()
    waits = sorted(at - asked[number] for number, at in taken.items() if number in asked)
    return {
        "recipients": MEMBERS,
        "seconds": round(seconds, 1),
        "recipients_a_second": round(MEMBERS / seconds),
        "computed_seconds": computed | {"others": others},
        "recipients_a_second_of_two_cores": round(2 * MEMBERS / sum(computed.values())),
        "memory_mb": memory,
        "gateway": figures,
        "taken_by_second": by_second,
        "states": states,
        "codes": {"asked": len(asked), "taken": len(waits)} | _waits(waits),
    }


def _waits(waits: list[float]) -> dict[str, float]:
    if not waits:
        return {}
    p99 = waits[min(len(waits) - 1, round(0.99 * len(waits)))]
    return {"median": round(waits[len(waits) // 2], 3), "p99": round(p99, 3), "longest": round(waits[-1], 3)}


def _watch(ground: Ground, directory: "Teller", memory: list[int]) -> dict[str, float]:
    """Ask for codes until every receipt has been taken; return by number when each was asked for."""
    asked: dict[str, float] = {}
    ends_at, quarter = time.monotonic() + LONGEST, MEMBERS // 4
    while time.monotonic() < ends_at:
        figures = ground.gateway.read("figures")
        if figures["pushed"] + figures["refused"] >= quarter * len(memory):
            memory.append(ground.memory())
        if figures["accepted"] + figures["refused"] < MEMBERS:
            number = f"+86190{len(asked):06d}11"
            asked[number] = time.time()
            directory.tell(_code(directory, number))
        elif figures["pushed"] == figures["accepted"] and _is_at_rest(ground.settings):
            return asked
        eventlet.sleep(CODE_EVERY)
    figures, states = ground.gateway.read("figures"), states_of(ground.settings)
    raise TimeoutError(f"not so within {LONGEST} s: {figures} {states}")


def _code(teller: Teller, number: str) -> SignInCodeIssued:
    return SignInCodeIssued(
        code_id=new_id(),
        member_id=new_id(),
        phone=teller.seals.seal(number),
        code=teller.seals.seal("402913"),
        language="zh",
        expires_at=clock.now() + timedelta(minutes=10),
    )


def _busy() -> float:
    """Return the seconds that the cores of this machine have computed, for whomever."""
    spent = psutil.cpu_times()
    return float(spent.user + spent.system + spent.nice + spent.softirq)


def _is_at_rest(settings: Settings) -> bool:
    """Say whether every delivery has come to its end."""
    waiting = text("""
        SELECT NOT EXISTS (SELECT FROM notify.delivery WHERE state NOT IN ('delivered', 'refused'))""")
    with engine_for(settings.database_url).connect() as connection:
        return bool(connection.execute(waiting).scalar_one())
