"""The floor on which the machine of claims stands: four members, three wishes, and what the tables say."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as some
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import Command, Event
from services.chassis.refusals import Refusal
from services.chassis.rights import Actor
from services.claims.contracts import (
    ClaimsEnded,
    DispatchesMoved,
    FulfilmentConfirmed,
    PoolMoved,
    VisitsMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.directory.contracts import MembersChanged
from services.wishes.contracts import ReleasedWish
from tests.support.claims import NOON, ClaimsAtHand, a_member_copy, a_wish, as_member
from tests.support.collective import a_team, a_unit, as_officer

AnyEvent = TypeVar("AnyEvent", bound=Event)

LIMIT = 2
"""Open claims a member may have in the area of these wishes."""

ZONE = ZoneInfo("Asia/Shanghai")

LAST = 1
"""The number that `one_of` takes for the last row."""

members = some.integers(0, 3)
wishes = some.integers(0, 2)
numbers = some.integers(0, 60)

TOLD = (
    WishesClaimed,
    ClaimsEnded,
    FulfilmentConfirmed,
    WaitingMoved,
    PoolMoved,
    DispatchesMoved,
    VisitsMoved,
)


class Seen(msgspec.Struct, frozen=True):
    """What the tables say after a move, and what was told so far."""

    offer: dict[UUID, Any]
    claim: list[Any]
    claim_move: list[Any]
    waiting: list[Any]
    pool: list[Any]
    pledge: list[Any]
    member: list[Any]
    dispatch: list[Any]
    dispatch_answer: list[Any]
    arrangement: list[Any]
    visit: list[Any]
    call_back: list[Any]
    rectification: list[Any]
    events: dict[type[Event], list[Any]]

    def told(self, event: type[AnyEvent]) -> list[AnyEvent]:
        """Return the events of a kind, in order."""
        return self.events.get(event, [])

    def claims_by(self, whose: str, states: Sequence[str]) -> Counter[UUID]:
        """Return how many claims in these states there are of each offer, member or claimant."""
        return Counter(getattr(row, whose) for row in self.claim if row.state in states)


def looked_at(house: ClaimsAtHand) -> Seen:
    """Return what the tables say now."""
    tables = [name for name in Seen.__struct_fields__ if name != "events"]
    with house.workshop.engine.connect() as connection:
        rows: dict[str, Any] = {
            name: list(connection.execute(text(f"SELECT * FROM claims.{name}"))) for name in tables
        }
        outbox = list(connection.execute(text("SELECT name, body FROM claims.outbox ORDER BY id")))
    kinds: dict[str, type[Event]] = {event.name: event for event in TOLD}
    events: dict[type[Event], list[Any]] = defaultdict(list)
    for row in outbox:
        if kind := kinds.get(row.name):
            events[kind].append(kind.from_wire(row.body))
    rows["offer"] = {row.id: row for row in rows["offer"]}
    return Seen(**rows, events=events)


class ClaimsLived:
    """What every move needs."""

    house: ClaimsAtHand
    hands: clock.SimulatedClock
    members: list[UUID]
    wishes: list[ReleasedWish]
    most_places: dict[UUID, int]
    lives: dict[tuple[str, UUID], tuple[str, int]]
    """The state of every row that has a life, and how often it came back to it."""

    moves_made: set[tuple[str, StrEnum, StrEnum]]
    """Of which table, from which state, by which action."""

    unit: UUID
    partner: UUID
    team: UUID
    other_team: UUID

    def begin_with(self, *places: int) -> None:
        """Begin with four members, two teams, two units, and wishes of one household with these places."""
        self.house.forget_everything()
        self.hands.set(NOON)
        self.house.settle_area(open_claims=LIMIT)
        copies = [a_member_copy(self.house.seals) for _ in range(4)]
        self.house.hear(MembersChanged(members=copies))
        self.members = [member.id for member in copies]
        self.unit, self.partner = a_unit(self.house), a_unit(self.house)
        self.team = a_team(self.house, self.members[0], self.members[1])
        self.other_team = a_team(self.house, self.members[2], self.members[1])
        first = a_wish(self.house.seals)
        said = {"value": 3, "resident_id": first.resident_id}
        self.wishes = [a_wish(self.house.seals, places=number, **said) for number in places]
        self.most_places = {wish.wish_id: wish.places for wish in self.wishes}
        self.house.release(*self.wishes)
        self.lives, self.moves_made = {}, set()

    @property
    def today(self) -> date:
        """Return the civil day."""
        return clock.now().astimezone(ZONE).date()

    def ask(self, command: Command) -> Any:
        """Return the answer to a command, or None when it was refused."""
        with suppress(Refusal):
            return self.house.ask(command)
        return None

    def member(self, number: int) -> Actor:
        """Return a member, signed in."""
        return as_member(self.members[number])

    def one_of(self, number: int, table: str, order: str = "id") -> list[Any]:
        """Return one of the rows there are, in two cases of three the last one; none when there is none."""
        rows = self.house.rows(f"SELECT * FROM claims.{table} ORDER BY {order}")
        earlier = 0 if number % 3 else number // 3
        return [rows[-1 - earlier % len(rows)]] if rows else []

    def doer_of(self, claim: Any) -> Actor:
        """Return who answers for a claim: the member, or the officer of a unit."""
        return as_member(claim.member_id) if claim.member_id else as_officer(claim.claimant_id)

    def later(self, minutes: int) -> None:
        """Let time pass."""
        self.hands.set(clock.now() + timedelta(minutes=minutes))

    def newer(self, wish: int, **changes: int) -> ReleasedWish:
        """Return a wish as wishes tells of it next."""
        version = self.wishes[wish].version + 1
        self.wishes[wish] = known = msgspec.structs.replace(self.wishes[wish], version=version, **changes)
        self.most_places[known.wish_id] = max(self.most_places[known.wish_id], known.places)
        return known
