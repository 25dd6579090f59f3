"""Every event to every handler, again and in another order: no effect, and what is stale is ignored.

The handlers are found in the services and the letters are the examples of the contracts, so that a handler
written tomorrow is held to the same.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Table

from services.chassis.contracts import Event
from services.chassis.messaging.entrypoints import contracts_of
from tests.structure.census import HOSTED, service_class
from tests.support.database import fresh_database, settings_for
from tests.support.every_handler import Heard, has_versions
from tests.support.together import all_at_once

HANDLERS = [
    pytest.param(room, handler, event, id=f"{room}.{handler}")
    for room in HOSTED
    for handler, event in contracts_of(service_class(room))[1].items()
]
COPYING = [param for param in HANDLERS if has_versions(param.values[2])]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def houses(database_server_url: str) -> Iterator[dict[str, Heard]]:
    """Every service that hears, having heard the example of every event once."""
    with fresh_database(database_server_url) as url:
        settings = settings_for(url)
        known = {room: Heard(room, settings) for room in HOSTED if contracts_of(service_class(room))[1]}
        effects = [effect for house in known.values() for effect in house.learn_everything().values()]
        assert sum(effects) > len(HANDLERS) * 3 / 4, "letters without effect would prove nothing"
        yield known


def is_copy(table: Table) -> bool:
    """Say whether a table keeps what another service says, with the version it had."""
    return "version" in table.columns


@pytest.mark.usefixtures("simulated_clock")
@pytest.mark.parametrize(("room", "handler", "event"), HANDLERS)
def test_an_event_that_comes_again_has_no_effect(
    houses: dict[str, Heard], room: str, handler: str, event: type[Event]
) -> None:
    house = houses[room]
    news = house.letter(event, newer=10)
    house.deliver(handler, news)
    once = house.prints()
    house.deliver(handler, news, news)
    all_at_once(*[lambda: house.deliver(handler, news)] * 3)
    assert house.prints() == once


@pytest.mark.usefixtures("simulated_clock")
@pytest.mark.parametrize(("room", "handler", "event"), COPYING)
def test_news_that_comes_too_late_is_ignored(
    houses: dict[str, Heard], room: str, handler: str, event: type[Event]
) -> None:
    house = houses[room]
    older, newer = (house.letter(event, newer=versions) for versions in (20, 30))
    house.deliver(handler, newer)
    known = house.prints(is_copy)
    house.deliver(handler, older)
    assert house.prints(is_copy) == known
