"""How the machine of wishes asks, tells and compares: the floor on which its moves stand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import strategies as some
from msgspec.structs import replace
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import Command, Event
from services.chassis.migrations import metadata_of
from services.chassis.refusals import IllegalMove, Refusal
from services.chassis.work import Workshop
from services.wishes.contracts import (
    ReferralAnswered,
    ReferralOutcome,
    ReleaseCompleted,
    WishesReleased,
    WishesSubmitted,
    WishReferred,
    WishScreened,
    WishWithdrawn,
)
from services.wishes.domain import WISH_LIFECYCLE, WishAction
from services.wishes.service import WishesService
from services.wishes.settings import WishesSettings
from tests.support.at_hand import AtHand
from tests.support.database import fresh_database, settings_for
from tests.support.wishes import COMMUNITY, FAR_COMMUNITY, NEIGHBOUR
from tests.support.wishes_model import KnownCity, KnownWish

ZONE = ZoneInfo("Asia/Shanghai")
NOT_THE_SERVICE_S = ("wrong_try", "receipt")
"""Tables in which a refusal may leave something."""

HOMES = (COMMUNITY, NEIGHBOUR, FAR_COMMUNITY)
numbers = some.integers(0, 199)
homes = some.sampled_from(HOMES)


class WishesAtHand(AtHand):
    """The wishes service on one database."""

    serves = WishesService

    def service(self, door: str) -> Any:
        """Return the service as nameko would give it to a worker at this door, with its settings."""
        service = super().service(door)
        service.settings = WishesSettings()
        return service

    def everything(self) -> list[Any]:
        """Return a print of every table; two that are alike tell that nothing changed."""
        tables = [table for table in self.serves.tables.sorted_tables if table.name not in NOT_THE_SERVICE_S]
        prints = (
            f"SELECT '{table}', md5(string_agg(row::text, ' ' ORDER BY row::text)) FROM {table} AS row"
            for table in tables
        )
        return self.rows(" UNION ALL ".join(prints) + " ORDER BY 1")


@contextmanager
def wishes_on_a_database(server_url: str) -> Iterator[WishesAtHand]:
    """Yield the wishes service on a database of its own."""
    with fresh_database(server_url) as url:
        yield WishesAtHand(Workshop(settings_for(url), metadata_of("wishes")))


class WishesLived:
    """What every move needs: the service, the clock, what is known, and how a refusal is made sure of."""

    house: WishesAtHand
    hands: clock.SimulatedClock
    known: KnownCity
    keys: Iterator[int]

    @property
    def now(self) -> datetime:
        """Return what time it is."""
        return clock.now()

    @property
    def today(self) -> date:
        """Return the civil day."""
        return self.now.astimezone(ZONE).date()

    def a_wish_for(self, action: WishAction, number: int) -> KnownWish:
        """Return one that may take this action, if there is one; now and then any."""
        fit = [wish for wish in self.known.wishes if WISH_LIFECYCLE.allows(wish.state, action)]
        chosen = self.known.wishes if number % 5 == 4 or not fit else fit
        return chosen[number // 5 % len(chosen)]

    def moves(self, wish: KnownWish, action: WishAction, command: Command) -> bool:
        """Ask for a move; if the table has it, it is made, else it is refused and changes nothing."""
        if WISH_LIFECYCLE.allows(wish.state, action):
            self.done(command)
            self.took(wish, action)
            return True
        self.refused(command, IllegalMove)
        return False

    def took(self, wish: KnownWish, action: WishAction) -> None:
        """Know that a wish made a move."""
        wish.takes(action, self.now)

    def done(self, command: Command) -> Any:
        """Return the answer to a command; every third is asked twice, and the second time changes nothing."""
        number = next(self.keys)
        command = replace(command, key=f"key {number}")
        answer = self.house.ask(command)
        if number % 3 == 0:
            with self.nothing_changes():
                assert self.house.ask(command) == answer
        return answer

    def refused(self, command: Command, why: type[Refusal]) -> None:
        """Make sure that a command is refused for this reason, and changes nothing."""
        with self.nothing_changes(), pytest.raises(why):
            self.house.ask(command)

    def not_taken_in(self, event: Event, why: type[Refusal]) -> None:
        """Make sure that an event cannot take effect, changes nothing, and may be tried again."""
        with self.nothing_changes(), pytest.raises(why):
            self.house.hear(event)

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """Make sure that what is done within leaves every table as it was."""
        before = self.house.everything()
        yield
        assert self.house.everything() == before


Told = tuple[UUID, str, int | None]
"""Of which wish something was announced, what, and in which version of the wish."""


class Seen(msgspec.Struct, frozen=True):
    """What the tables say after a move."""

    wishes: list[Any]
    moves: list[Any]
    releases: list[Any]
    told: list[Told]
    completed: list[ReleaseCompleted]


def looked_at(house: WishesAtHand) -> Seen:
    """Return what the tables say now."""
    with house.workshop.engine.connect() as connection:
        wishes, moves, releases, outbox = (
            list(connection.execute(text(statement)))
            for statement in (
                "SELECT * FROM wishes.wish",
                "SELECT wish_id, action, state, at FROM wishes.wish_move ORDER BY id",
                "SELECT * FROM wishes.release",
                "SELECT name, body FROM wishes.outbox ORDER BY id",
            )
        )
    told = [one for row in outbox if row.name in _READ for one in _READ[row.name](row.body)]
    completed = [ReleaseCompleted.from_wire(row.body) for row in outbox if row.name == ReleaseCompleted.name]
    return Seen(wishes, moves, releases, told, completed)


def _submitted(body: str) -> list[Told]:
    return [(wish.wish_id, "submitted", None) for wish in WishesSubmitted.from_wire(body).wishes]


def _screened(body: str) -> list[Told]:
    event = WishScreened.from_wire(body)
    return [(event.wish_id, event.outcome, None)]


def _referred(body: str) -> list[Told]:
    return [(WishReferred.from_wire(body).wish.wish_id, "referred", None)]


def _answered(body: str) -> list[Told]:
    event = ReferralAnswered.from_wire(body)
    return [(event.wish.wish_id, f"answered: {ReferralOutcome(event.outcome)}", None)]


def _released(body: str) -> list[Told]:
    return [(wish.wish_id, "released", wish.version) for wish in WishesReleased.from_wire(body).wishes]


def _withdrawn(body: str) -> list[Told]:
    event = WishWithdrawn.from_wire(body)
    return [(event.wish_id, "withdrawn", event.version)]


_READ: dict[str, Callable[[str], list[Told]]] = {
    WishesSubmitted.name: _submitted,
    WishScreened.name: _screened,
    WishReferred.name: _referred,
    ReferralAnswered.name: _answered,
    WishesReleased.name: _released,
    WishWithdrawn.name: _withdrawn,
}
"""How each event that tells of wishes is read."""
