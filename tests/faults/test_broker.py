"""The broker goes away, blocks, or carries poison: nothing is lost, nobody hangs, no neighbour waits."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from sqlalchemy import select, text

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging import setbacks
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from tests.support import sample
from tests.support.database import settings_for
from tests.support.process import sample_host
from tests.support.rabbitmq import RabbitMQ
from tests.support.sample import BellStruck, RingChanges, StrikeBell, Trouble
from tests.support.tower import Tower, clear_tables, forget_letters, throw, tower_on

pytestmark = [pytest.mark.faults, pytest.mark.broker]

CANARY = "王秀英13800001234"


@pytest.fixture
def settings(server: RabbitMQ, tower_database: str) -> Settings:
    """Settings of a house on the broker; callers wait two seconds."""
    return settings_for(tower_database, broker_url=server.url, deadline=2.0)


@pytest.fixture
def tower(settings: Settings) -> Iterator[Tower]:
    """A house of two small services, with a caller."""
    with tower_on(settings) as standing:
        yield standing


def strike_until_answered(tower: Tower, words: str, met: set[str]) -> None:
    """Strike with one key until there is an answer; note the codes of the refusals met on the way."""
    while True:
        try:
            tower.ask(StrikeBell(words=words, key=words))
        except Refusal as refusal:
            met.add(refusal.code)
            eventlet.sleep(0.1)
        else:
            return


def numbers(tower: Tower) -> dict[str, int]:
    """Return how many strikes were made, and how many heard, and of how many different ones."""
    question = """
        SELECT (SELECT count(*) FROM bell.strike) AS made, (SELECT count(*) FROM belfry.heard) AS heard,
               (SELECT count(DISTINCT strike_id) FROM belfry.heard) AS different"""
    with engine_for(tower.url).connect() as connection:
        return dict(connection.execute(text(question)).mappings().one())


@pytest.mark.timeout(360)
def test_a_broker_that_is_restarted_under_load_loses_nothing(tower: Tower, server: RabbitMQ) -> None:
    met: set[str] = set()
    tower.ask(RingChanges(words="load", count=1_500), within=60)
    ringers = [eventlet.spawn(strike_until_answered, tower, f"ringer {n}", met) for n in range(20)]
    with eventlet.Timeout(60):
        while not numbers(tower)["heard"]:
            eventlet.sleep(0.01)
    try:
        server.stop()
        assert numbers(tower)["heard"] < 1_500
        ringers += [eventlet.spawn(strike_until_answered, tower, f"meanwhile {n}", met) for n in range(20)]
        with eventlet.Timeout(60):
            while "chassis.unavailable" not in met:
                eventlet.sleep(0.01)
    finally:
        server.start()
    with eventlet.Timeout(60):
        for ringer in ringers:
            ringer.wait()
    assert tower.settle(within=60)
    assert met <= {"chassis.unavailable", "chassis.no_answer"}
    assert numbers(tower) == {"made": 1_540, "heard": 1_540, "different": 1_540}


def await_blocked(server: RabbitMQ) -> None:
    """Wait until the node lets nobody publish any more."""
    with eventlet.Timeout(60):
        while not any("block" in row["state"] for row in server.rows("list_connections", "state")):
            eventlet.sleep(0.1)


def test_a_broker_that_blocks_hangs_nobody_and_loses_nothing(tower: Tower, server: RabbitMQ) -> None:
    bell = Workshop(tower.house.settings, sample.Base.metadata)
    server.control("set_vm_memory_high_watermark", "absolute", "1")
    try:
        for number in range(50):
            bell.run(StrikeBell(words=f"blocked {number}"), sample.strike)
        await_blocked(server)
        asked_at = time.monotonic()
        with pytest.raises(Refusal) as refused:
            tower.ask(StrikeBell(words="asked while blocked", key="k"))
        assert refused.value.code in {"chassis.unavailable", "chassis.no_answer"}
        assert time.monotonic() - asked_at < 10
        eventlet.sleep(4)  # the relay has lost its patience meanwhile
    finally:
        server.control("set_vm_memory_high_watermark", "absolute", "512MB")
    strike_until_answered(tower, "asked afterwards", set())
    tower.ask(StrikeBell(words="asked while blocked", key="k"), within=60)
    assert tower.settle(within=60)
    assert numbers(tower) == {"made": 52, "heard": 52, "different": 52}


# ------------------------------------------------------------ poison


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the delays between tries pass quickly."""
    monkeypatch.setattr(setbacks, "DELAYS", [delay / 1000 for delay in setbacks.DELAYS])
    monkeypatch.setattr(setbacks, "LOOK_EVERY", 0.1)


def throw_at_the_belfry(settings: Settings, *bodies: bytes) -> None:
    """Throw letters to the belfry, as a service gone mad would."""
    throw(settings, "bell.events", BellStruck.name, [(body, {}) for body in bodies])


def parked(settings: Settings) -> list[Any]:
    """Return the setbacks that wait for an operator."""
    table = mailbox_for(sample.CountingBase.metadata).setback
    with engine_for(settings.database_url).connect() as connection:
        return list(
            connection.execute(select(table).where(table.c.next_try_at.is_(None)).order_by(table.c.reason))
        )


def await_parked(settings: Settings, count: int, within: float = 100.0) -> list[Any]:
    """Wait until so many setbacks are parked, and return them."""
    ends_at = time.monotonic() + within
    while time.monotonic() < ends_at:
        if len(found := parked(settings)) >= count:
            return found
        eventlet.sleep(0.1)
    raise TimeoutError(f"{len(parked(settings))} of {count} parked")


@pytest.mark.timeout(360)
def test_poison_is_parked_after_five_tries_and_its_neighbours_are_not_delayed(
    impatience: None, tower: Tower
) -> None:
    Trouble.failures["shaky"] = 99
    tower.ask(RingChanges(words="poison", count=20), within=60)
    tower.ask(StrikeBell(words="shaky"), within=60)
    throw_at_the_belfry(tower.house.settings, b"no json", b'{"strike_id": 1}')
    tower.ask(RingChanges(words="neighbour", count=200), within=60)
    with eventlet.Timeout(100):
        while tower.heard().count("neighbour") < 200:
            eventlet.sleep(0.05)
    found = await_parked(tower.house.settings, 23)
    assert {(row.reason.partition(":")[0], row.tries) for row in found} == {
        ("RuntimeError", 5),
        ("bell.silence", 5),
        ("chassis.malformed", 1),
    }
    assert len(found) == 23
    assert set(tower.heard()) == {"neighbour"}
    assert tower.settle(within=60)


def test_what_was_parked_is_replayed_when_its_cause_is_mended(impatience: None, tower: Tower) -> None:
    Trouble.failures["shaky"] = 99
    tower.ask(StrikeBell(words="shaky"), within=60)
    throw_at_the_belfry(tower.house.settings, b"no json", b"no json")
    await_parked(tower.house.settings, 2)
    Trouble.failures.clear()
    with engine_for(tower.url).begin() as connection:  # as `wishtree queue replay` does
        connection.execute(text("UPDATE belfry.setback SET next_try_at = now(), tries = 0"))
    with eventlet.Timeout(60):
        while tower.heard() != ["shaky"]:
            eventlet.sleep(0.05)
    (unreadable,) = await_parked(tower.house.settings, 1)
    assert unreadable.reason.startswith("chassis.malformed")
    assert bytes(unreadable.body) == b"no json"


@pytest.mark.timeout(360)
def test_poison_full_of_personal_data_leaves_none_of_it_in_the_log(
    settings: Settings, tmp_path: Path
) -> None:
    clear_tables(settings.database_url)
    forget_letters(settings)
    wrong_shape = f'{{"event_id": "{new_id()}", "strike_id": "{CANARY}", "words": 1}}'
    conflict = BellStruck(strike_id=new_id(), words=CANARY)
    with sample_host(tmp_path) as host:
        with engine_for(settings.database_url).begin() as connection:
            connection.execute(text("CREATE UNIQUE INDEX once ON belfry.heard (words)"))
            connection.execute(
                text("INSERT INTO belfry.heard VALUES (gen_random_uuid(), gen_random_uuid(), :words)"),
                {"words": CANARY},
            )
        host.begin(settings, strikes=1, lasts=100.0)
        host.await_word("ready")
        throw_at_the_belfry(
            settings, CANARY.encode(), f'["{CANARY}"]'.encode(), wrong_shape.encode(), conflict.to_wire()
        )
        await_parked(settings, 3, within=90)
        with eventlet.Timeout(90):
            while host.log.count('"event_parked"') < 3 or '"constraint": "once"' not in host.log:
                eventlet.sleep(0.1)
        host.finish()
        with engine_for(settings.database_url).begin() as connection:
            connection.execute(text("DROP INDEX belfry.once"))
        assert len(parked(settings)) == 3
        assert host.log.count('"event_parked"') == 3
        assert '"constraint": "once"' in host.log
        for part in ("王秀英", "\\u738b", "13800001234"):
            assert part not in host.log
