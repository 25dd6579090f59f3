"""The chassis carries calls and events without loss and without doubles, in memory and over RabbitMQ."""

from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from sqlalchemy import select

from services.chassis.database import engine_for
from services.chassis.hosting import House
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from tests.support import sample
from tests.support.database import settings_for
from tests.support.rabbitmq import broker
from tests.support.sample import (
    BelfryService,
    BellService,
    Heard,
    StrikeBell,
    StrikeOften,
    StrikeSecretly,
    Trouble,
)


@pytest.fixture(scope="module")
def database(database_server_url: str) -> Iterator[str]:
    """A database with the tables of the two services, shared by the tests of this module."""
    with sample.tower_database(database_server_url) as url:
        yield url


@pytest.fixture(params=["memory", "rabbitmq"])
def tower(request: pytest.FixtureRequest, database: str) -> Iterator[Any]:
    """A house of two small services, with a caller."""
    url = "memory://" if request.param == "memory" else broker().url
    sample.clear_tables(database)
    house = House(settings_for(database, broker_url=url, deadline=5.0), [BellService, BelfryService])
    house.start()
    caller = house.caller("test")
    caller.start()
    yield house, caller
    caller.stop()
    house.stop()


def words_heard(settings: Settings) -> list[str]:
    """Return what the belfry heard."""
    with engine_for(settings.database_url).connect() as connection:
        return sorted(connection.scalars(select(Heard.words)))


def test_a_command_is_answered_and_its_event_heard_once(tower: Any) -> None:
    house, caller = tower
    caller.ask(StrikeBell(words="noon", key="k1"))
    again = caller.ask(StrikeBell(words="noon", key="k1"))
    assert again.strike_id
    assert house.settle(within=10)
    assert words_heard(house.settings) == ["noon"]


def test_a_refusal_arrives_with_code_and_arguments(tower: Any) -> None:
    _, caller = tower
    with pytest.raises(Refusal) as refused:
        caller.ask(StrikeBell(words=""))
    assert (refused.value.code, refused.value.arguments) == ("bell.silence", {"hint": "words"})


def test_forgotten_rights_are_a_fault_and_nothing_is_said_about_it(tower: Any) -> None:
    _, caller = tower
    with pytest.raises(Refusal) as refused:
        caller.ask(sample.TouchRope())
    assert refused.value.code == "chassis.faulted"


def test_many_calls_at_once_are_each_answered(tower: Any) -> None:
    house, caller = tower
    pool = eventlet.GreenPool(100)

    def ask(number: int) -> str:
        try:
            return str(caller.ask(StrikeOften(words=f"w{number}" if number % 10 else "")).strike_id)
        except Refusal as refusal:
            return refusal.code

    answers = list(pool.imap(ask, range(500)))
    assert answers.count("bell.silence") == 50
    assert len(set(answers)) == 451
    assert house.settle(within=30)
    assert len(words_heard(house.settings)) == 450


def test_a_personal_command_travels_sealed(tower: Any) -> None:
    _, caller = tower
    assert caller.ask(StrikeSecretly(words="canary")).strike_id


def test_an_event_that_fails_is_tried_again_and_takes_effect_once(tower: Any) -> None:
    house, caller = tower
    Trouble.failures["shaky"] = 1
    caller.ask(StrikeBell(words="shaky"))
    caller.ask(StrikeBell(words="steady"))
    assert house.settle(within=15)
    assert words_heard(house.settings) == ["shaky", "steady"]


def test_a_call_nobody_answers_ends_at_its_deadline(tower: Any) -> None:
    _, caller = tower

    class Missing(sample.StrikeBell, frozen=True, kw_only=True):
        """A method that does not exist."""

    with pytest.raises(Refusal) as refused:
        caller.ask(Missing(words="x"), within=2)
    assert refused.value.code == "chassis.malformed"
