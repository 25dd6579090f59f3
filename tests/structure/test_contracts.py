"""Doors, contracts, queues and tables fit each other; what does not fit would show only at night."""

import re
from collections import Counter

import pytest

from services.chassis import migrations
from services.chassis.contracts import View
from services.chassis.database import engine_for
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.rights import Right
from tests.structure.census import HOSTED, ROOMS, events, module_of, queue_names, requests_of, service_class
from tests.structure.freeze_queues import FROZEN

STORING = [room for room in ROOMS if room != "chassis" and module_of(room, "models")]
SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


def in_snake_case(name: str) -> str:
    """Return `WishClaimed` as `wish_claimed`."""
    return SNAKE.sub("_", name).lower()


# ------------------------------------------------------------ commands and queries


@pytest.mark.parametrize("room", HOSTED)
def test_a_door_has_the_name_of_its_contract_and_stands_in_its_service(room: str) -> None:
    answered, _ = contracts_of(service_class(room))
    for method, request in answered.items():
        assert (method, request.service()) == (request.method(), room)


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "chassis"])
def test_every_request_is_answered_by_exactly_one_door(room: str) -> None:
    answered = contracts_of(service_class(room))[0].values() if room in HOSTED else []
    doors = Counter(request.__name__ for request in answered)
    asked = {request.__name__ for request in requests_of(room)}
    assert {name: doors[name] for name in asked} == dict.fromkeys(asked, 1)


@pytest.mark.parametrize("room", ROOMS)
def test_every_request_says_which_right_it_takes_and_what_it_answers(room: str) -> None:
    for request in requests_of(room):
        assert isinstance(request.right, Right), request
        assert issubclass(request.answer, View), request


# ------------------------------------------------------------ events


def test_every_event_is_heard_by_somebody() -> None:
    """The relay publishes with `mandatory`: what no queue is bound for would wait in the outbox for ever."""
    heard = {event for room in HOSTED for event in contracts_of(service_class(room))[1].values()}
    unheard = [f"{event.source}.{event.name}" for event in events() if event not in heard]
    assert unheard == []


def test_an_event_is_told_by_the_service_that_defines_it_and_named_after_its_class() -> None:
    for event in events():
        assert event.source == event.__module__.split(".")[1]
        name, _, version = event.name.rpartition(".")
        assert re.fullmatch(r"v[1-9]\d*", version), event.name
        assert in_snake_case(event.__name__).removesuffix(f"_{version}") == name


def test_no_two_events_share_a_name() -> None:
    names = Counter((event.source, event.name) for event in events())
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("room", HOSTED)
def test_a_handler_is_named_after_its_event(room: str) -> None:
    for handler, event in contracts_of(service_class(room))[1].items():
        assert handler.startswith(f"on_{in_snake_case(event.__name__)}"), handler


def test_no_queue_was_renamed_or_forgotten() -> None:
    """A queue that nobody reads any more keeps its letters; see `tests.structure.freeze_queues`."""
    assert queue_names() == FROZEN.read_text(encoding="utf-8").splitlines()


# ------------------------------------------------------------ tables


@pytest.mark.parametrize("room", STORING)
def test_a_service_has_one_history_of_its_tables(room: str) -> None:
    assert migrations.heads(room) == [migrations.head(room)]


@pytest.mark.parametrize("room", STORING)
def test_the_migrations_lead_to_the_models(room: str, database_url: str) -> None:
    with engine_for(database_url).connect() as connection:
        assert migrations.current(room, connection) == migrations.head(room)
        assert migrations.differences(room, connection) == []
