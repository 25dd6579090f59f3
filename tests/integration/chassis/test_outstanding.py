"""Whether anything is outstanding is said of one instant, also while events have their effects meanwhile."""

from typing import Any

from sqlalchemy import Engine, event, text

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.outstanding import Outstanding
from services.chassis.settings import Settings
from tests.support.sample import BelfryService, BellService


def write(settings: Settings, statement: str, event_id: object) -> None:
    with engine_for(settings.database_url).begin() as connection:
        connection.execute(text(statement), {"id": event_id})


def tell(settings: Settings) -> object:
    """Put an event that was sent into the outbox; return its id."""
    event_id = new_id()
    columns = "(event_id, name, body, occurred_at, sent_at)"
    told = f"INSERT INTO bell.outbox {columns} VALUES (:id, 'bell_struck.v1', '{{}}', now(), now())"
    write(settings, told, event_id)
    return event_id


def take_in(settings: Settings, event_id: object) -> None:
    write(settings, "INSERT INTO belfry.inbox VALUES (:id, 'on_bell_struck', now())", event_id)


def test_what_an_effect_tells_between_two_questions_is_not_overlooked(settings: Settings) -> None:
    first = tell(settings)
    outstanding = Outstanding(settings, [BellService, BelfryService])
    told: list[object] = []

    def interrupt(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        """When the letters were read and before the effects are: take the first in, and tell a second."""
        if "SELECT 'bell', name, event_id" in statement and not told:
            told.append(None)
            told[0] = tell(settings)
            take_in(settings, first)

    event.listen(Engine, "after_cursor_execute", interrupt)
    try:
        assert outstanding.are_any()
    finally:
        event.remove(Engine, "after_cursor_execute", interrupt)
    assert outstanding.are_any()
    take_in(settings, told[0])
    assert not outstanding.are_any()
