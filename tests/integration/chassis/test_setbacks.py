"""Many events that failed are taken up again as there is room for them, and wait in their table till then."""

import eventlet
import pytest
from sqlalchemy import func, insert, select

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.hosting import House
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging.entrypoints import on
from services.chassis.messaging.setbacks import MOST_AT_A_DOOR
from services.chassis.settings import Settings
from tests.support.sample import BelfryService, BellService, BellStruck, CountingBase

FAILED = 300
SETBACK = mailbox_for(CountingBase.metadata).setback


class SlowBelfry(BelfryService):
    """A belfry that hears only when it is let."""

    is_let = eventlet.event.Event()
    heard = 0

    @on(BellStruck)
    def on_bell_struck(self, event: BellStruck) -> None:
        """Wait, then count; there is nothing to be kept."""
        self.is_let.wait()
        type(self).heard += 1


@pytest.fixture
def failed(settings: Settings) -> Settings:
    """Settings of a house in which many events failed and are due again."""
    events = [BellStruck(strike_id=new_id(), words="again") for _ in range(FAILED)]
    with engine_for(settings.database_url).begin() as connection:
        for event in events:
            row = {"id": new_id(), "handler": "on_bell_struck", "event_id": event.event_id, "tries": 1}
            row |= {"name": event.name, "body": event.to_wire(), "reason": "Trouble"}
            connection.execute(insert(SETBACK).values(**row, next_try_at=func.now()))
    return settings


def counted(settings: Settings) -> tuple[int, int]:
    """Return how many setbacks there are, and how many of them are in hand."""
    in_hand = func.count().filter(SETBACK.c.next_try_at > func.now())
    with engine_for(settings.database_url).connect() as connection:
        there, taken = connection.execute(select(func.count(), in_hand).select_from(SETBACK)).one()
    return there, taken


@pytest.mark.timeout(60)
def test_a_flood_of_setbacks_waits_in_its_table_and_not_in_memory(failed: Settings) -> None:
    house = House(failed, [BellService, SlowBelfry])
    house.start()
    try:
        while not counted(failed)[1]:
            eventlet.sleep(0.05)
        eventlet.sleep(2)  # two looks later
        assert 0 < counted(failed)[1] <= MOST_AT_A_DOOR
        SlowBelfry.is_let.send(None)
        while counted(failed)[0]:
            eventlet.sleep(0.05)
        assert SlowBelfry.heard == FAILED
    finally:
        house.stop()
