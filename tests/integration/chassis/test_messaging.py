"""The chassis carries calls and events without loss and without doubles, in memory and over RabbitMQ."""

import time
from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from nameko.extensions import DependencyProvider
from sqlalchemy import text

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.hosting import House
from services.chassis.messaging import wire
from services.chassis.messaging.entrypoints import AnswersInBatches, Hears
from services.chassis.refusals import Refusal, RemoteRefusal
from services.chassis.settings import Settings
from tests.support import sample
from tests.support.database import settings_for
from tests.support.rabbitmq import broker
from tests.support.sample import (
    BelfryService,
    BellService,
    BellStruck,
    CountHeard,
    RingChanges,
    StrikeBell,
    StrikeOften,
    StrikeSecretly,
    Trouble,
)
from tests.support.tower import Tower, clear_tables, throw, tower_on


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.broker)])
def settings(request: pytest.FixtureRequest, database: str) -> Settings:
    """Settings of an embedded house, then of one on a broker."""
    url = "memory://" if request.param == "memory" else broker().url
    return settings_for(database, broker_url=url, deadline=30.0)


@pytest.fixture
def tower(settings: Settings) -> Iterator[Tower]:
    """A house of two small services, with a caller."""
    with tower_on(settings) as standing:
        yield standing


def code_of(tower: Tower, request: Any) -> str:
    """Return the code of the refusal, or `ok`."""
    try:
        tower.ask(request)
    except Refusal as refusal:
        return refusal.code
    return "ok"


def test_a_command_is_answered_and_its_event_heard_once(tower: Tower) -> None:
    tower.ask(StrikeBell(words="noon", key="k1"))
    again = tower.ask(StrikeBell(words="noon", key="k1"))
    assert again.strike_id
    assert tower.settle(within=60)
    assert tower.heard() == ["noon"]


def test_a_refusal_arrives_with_code_and_arguments(tower: Tower) -> None:
    with pytest.raises(RemoteRefusal) as refused:
        tower.ask(StrikeBell(words=""))
    assert (refused.value.code, refused.value.arguments) == ("bell.silence", {"hint": "words"})
    assert str(refused.value) == "bell.silence"


def test_forgotten_rights_are_a_fault_and_nothing_is_said_about_it(tower: Tower) -> None:
    with pytest.raises(Refusal) as refused:
        tower.ask(sample.TouchRope())
    assert (refused.value.code, refused.value.arguments) == ("chassis.faulted", {})


def test_an_answer_that_cannot_be_written_is_a_fault_and_the_service_lives(tower: Tower) -> None:
    assert code_of(tower, sample.SayTheUnsayable()) == "chassis.faulted"
    assert code_of(tower, StrikeBell(words="noon")) == "ok"


def test_many_calls_at_once_are_each_answered(tower: Tower) -> None:
    def ask(number: int) -> str:
        try:
            return str(tower.ask(StrikeOften(words=f"w{number}" if number % 10 else "")).strike_id)
        except Refusal as refusal:
            return refusal.code

    answers = list(eventlet.GreenPool(100).imap(ask, range(500)))
    assert answers.count("bell.silence") == 50
    assert len(set(answers)) == 451
    assert tower.settle(within=60)
    assert len(tower.heard()) == 450


def test_a_call_that_cannot_be_served_does_not_spoil_its_batch(tower: Tower) -> None:
    words = ["w"] * 20 + ["crack"] + ["w"] * 20
    answers = list(eventlet.GreenPool(50).imap(lambda said: code_of(tower, StrikeOften(words=said)), words))
    assert answers == ["ok"] * 20 + ["chassis.faulted"] + ["ok"] * 20
    assert tower.settle(within=60)
    assert len(tower.heard()) == 40


def test_a_personal_command_travels_sealed(tower: Tower) -> None:
    assert tower.ask(StrikeSecretly(words="canary")).strike_id


def test_an_event_that_fails_is_tried_again_and_takes_effect_once(tower: Tower) -> None:
    Trouble.failures["shaky"] = 1
    tower.ask(StrikeBell(words="shaky"))
    tower.ask(StrikeBell(words="steady"))
    assert tower.settle(within=60)
    assert tower.heard() == ["shaky", "steady"]


def test_a_call_nobody_answers_is_told_so(tower: Tower) -> None:
    class Missing(sample.StrikeBell, frozen=True, kw_only=True):
        """A method that does not exist."""

    assert code_of(tower, Missing(words="x")) == "chassis.malformed"


def test_a_call_to_a_service_that_is_away_ends_at_its_deadline(tower: Tower) -> None:
    class OfNobody(CountHeard, frozen=True, kw_only=True):
        """A call to a service that does not run."""

        @classmethod
        def service(cls) -> str:
            return "nobody"

    started = time.monotonic()
    with pytest.raises(Refusal) as refused:
        tower.ask(OfNobody(), within=0.5)
    assert refused.value.code == "chassis.no_answer"
    assert time.monotonic() - started < tower.house.settings.deadline / 2


def test_a_flood_of_events_does_not_hold_up_the_calls_of_the_service(tower: Tower) -> None:
    """However many events wait for their workers, as here all of them do, calls find one that is free."""
    Trouble.is_deaf_until = eventlet.event.Event()
    tower.ask(RingChanges(words="flood", count=1_000))
    with eventlet.Timeout(60):
        while not waiting_events(tower):
            eventlet.sleep(0.01)
    assert [tower.ask(CountHeard()).count for _ in range(20)] == [0] * 20
    Trouble.is_deaf_until.send()
    assert tower.settle(within=100)
    assert len(tower.heard()) == 1_000


def waiting_events(tower: Tower) -> int:
    """Return how many events wait at the door of the belfry while the first are being heard."""
    doors = tower.house._runner.service_map["belfry"].entrypoints
    return sum(len(door._waiting) for door in doors if isinstance(door, Hears))


POISON: list[tuple[bytes, dict[str, Any]]] = [
    (b"", {}),
    (b"no json", {}),
    (b"[" * 100_000, {}),
    (b"\xff\xfe", {}),
    (b'{"args": 1}', {}),
    (b'{"args": [{"words": "a\\u0000b"}], "kwargs": {}}', {}),
    (b'{"args": [], "kwargs": {}}', {wire.PATIENCE: "soon"}),
    (b"[]", {wire.PACKED: 1}),
    (b'[{"args": [{}], "id": 3}]', {wire.PACKED: 1}),
    (b"plain", {"compression": "zlib"}),
    (b"plain", {"compression": "no such thing"}),
]


def test_letters_that_are_no_calls_harm_nobody(tower: Tower) -> None:
    throw(tower.house.settings, wire.RPC_EXCHANGE, "bell.strike_bell", POISON)
    throw(tower.house.settings, wire.RPC_EXCHANGE, "bell.strike_often", POISON)
    assert code_of(tower, StrikeBell(words="noon")) == "ok"
    assert code_of(tower, StrikeOften(words="noon")) == "ok"


def test_letters_that_are_no_replies_harm_nobody(tower: Tower) -> None:
    throw(tower.house.settings, wire.RPC_EXCHANGE, tower.caller._replies_to, POISON)
    assert code_of(tower, StrikeBell(words="noon")) == "ok"


def test_an_event_that_comes_twice_and_late_takes_effect_once(tower: Tower) -> None:
    strike_id = tower.ask(StrikeBell(words="noon")).strike_id
    assert tower.settle(within=60)
    told = BellStruck(strike_id=strike_id, words="again").to_wire()
    after_them = BellStruck(strike_id=new_id(), words="the end").to_wire()
    throw(tower.house.settings, "bell.events", BellStruck.name, [*[(told, {})] * 5, (after_them, {})])
    with eventlet.Timeout(60):
        while "the end" not in tower.heard():
            eventlet.sleep(0.05)
    assert tower.heard() == ["again", "noon", "the end"]


# ------------------------------------------------------------ starting and stopping


def test_a_house_that_stops_answers_what_it_was_asked(settings: Settings) -> None:
    clear_tables(settings.database_url)
    house = House(settings, [BellService, BelfryService])
    house.start()
    caller = house.caller("test")
    caller.start()
    asked = [eventlet.spawn(caller.ask, StrikeBell(words="slow")) for _ in range(5)]
    asked += [eventlet.spawn(caller.ask, StrikeOften(words="slow")) for _ in range(2)]
    with eventlet.Timeout(60):
        while Trouble.slow_strikes + waiting_calls(house) < 7:
            eventlet.sleep(0.01)
    house.stop()
    assert len({each.wait().strike_id for each in asked}) == 7
    caller.stop()


def waiting_calls(house: House) -> int:
    """Return how many calls wait at a door of the bell for the batch before theirs to end."""
    doors = house._runner.service_map["bell"].entrypoints
    return sum(len(door._waiting) for door in doors if isinstance(door, AnswersInBatches))


class _Crooked(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """A dependency that cannot start."""

    def start(self) -> None:
        """Fail."""
        eventlet.sleep(0.2)
        raise OSError("the address is taken")


class CrookedService:
    """A service that cannot start."""

    name = "crooked"
    crooked = _Crooked()


def test_when_one_service_cannot_start_none_is_left_running(settings: Settings) -> None:
    house = House(settings, [BellService, CrookedService, BelfryService])
    with pytest.raises(OSError, match="the address is taken"):
        house.start()
    assert not any(container.started for container in house._runner.containers)
    with tower_on(settings) as tower:
        assert code_of(tower, StrikeBell(words="noon")) == "ok"
        assert tower.settle(within=60)
        assert tower.heard() == ["noon"]


def unsent(settings: Settings) -> int:
    """Return how many events of the bell are still to be published."""
    waiting = text("SELECT count(*) FROM bell.outbox WHERE sent_at IS NULL")
    with engine_for(settings.database_url).connect() as connection:
        return int(connection.execute(waiting).scalar_one())


def test_what_was_told_while_nobody_listened_is_heard_after_the_start(settings: Settings) -> None:
    with tower_on(settings) as tower:
        tower.ask(StrikeBell(words="before"))
        assert tower.settle(within=60)
    bell_alone = House(settings, [BellService])
    bell_alone.start()
    caller = bell_alone.caller("test")
    caller.start()
    caller.ask(StrikeBell(words="meanwhile"))
    with eventlet.Timeout(60):
        while unsent(settings):
            eventlet.sleep(0.05)
    caller.stop()
    bell_alone.stop()
    house = House(settings, [BellService, BelfryService])
    house.start()
    try:
        assert house.settle(within=60)
        assert Tower(house, caller).heard() == ["before", "meanwhile"]
    finally:
        house.stop()
