"""Whatever members, residents, workers and the clock do, in any order: the invariants hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test

from services.chassis import clock
from services.chassis.contracts import Command
from services.claims.contracts import (
    AcceptPlace,
    DeclinePlace,
    GiveBackPledge,
    LeaveLine,
    ReceivePledge,
    WithdrawPledge,
)
from tests.support.claims import NOON, ClaimsAtHand, claims_on_a_database
from tests.support.claims_invariants import INVARIANTS, LIVES, Sound
from tests.support.claims_life import LAST, looked_at
from tests.support.claims_moves import DAY, Claiming, Elsewhere, Sharing, Sufficing
from tests.support.dispatch_moves import Dispatching, Visiting
from tests.support.machines import actions_played, all_of, go_on_by_dice


class LifeOfClaims(
    Claiming, Sharing, Sufficing, Dispatching, Visiting, Elsewhere, Sound, RuleBasedStateMachine
):
    """Four members, three wishes, and everything that can happen to them."""

    @initialize(places=some.tuples(*[some.integers(1, 3)] * 3), is_busy=some.booleans())
    def begin(self, places: tuple[int, ...], is_busy: bool) -> None:
        """Begin with wishes nobody has touched, or with claims, a line, a pool, a dispatch and visits."""
        self.begin_with(*places)
        if is_busy:
            self.claim_together([(member, 0, None) for member in range(places[0])])
            self.wait_for_place(3, 0)
            self.pledge(3, 1, 2)
            self.dispatch(2, [1, 2], teams=places[2])
            self.arrange_visits(2, 0, for_team=False, monthly=False)

    @invariant()
    def all_is_as_it_ought_to_be(self) -> None:
        seen = looked_at(self.house)
        for holds in INVARIANTS:
            holds(self, seen)


# -- every move of the tables


M0, M1, M2 = range(3)
W0, W1 = range(2)

Step = tuple[Any, ...]
"""A rule, and what it is given."""


def claimed(member: int, wish: int = W0) -> Step:
    """Let one member claim one wish."""
    return LifeOfClaims.claim_together, [(member, wish, None)]


UNDONE: Step = (LifeOfClaims.see_through, LAST, "undo")
RETURNED: Step = (LifeOfClaims.see_through, LAST, "return")
DELIVERED: Step = (LifeOfClaims.see_through, LAST, "deliver")
CONFIRMED: Step = (LifeOfClaims.see_through, LAST, "confirm")
NOT_DONE: Step = (LifeOfClaims.see_through, LAST, "report not done")
WITHDRAWN: Step = (LifeOfClaims.withdraw, W0, True)
OFFERED_ANEW: Step = (LifeOfClaims.release_again, W0, 1)
LONG_OVERDUE: Step = (LifeOfClaims.lapse, 30)
IN_LINE: Step = (LifeOfClaims.wait_for_place, M1, W0)
NIGHTFALL: Step = (LifeOfClaims.pass_time, 10 * 60, False)
A_DAY_LATER: Step = (LifeOfClaims.pass_time, DAY + 1, True)
DAYS_LATER: Step = (LifeOfClaims.pass_time, 5 * DAY, True)


def answered(how: type[Command]) -> Step:
    """Let the last in line answer."""
    return LifeOfClaims.answer_a_turn, LAST, how


def pledged(member: int, amount: int) -> Step:
    """Let a member pledge."""
    return LifeOfClaims.pledge, member, W0, amount


def moved(how: type[Command]) -> Step:
    """Move the last pledge."""
    return LifeOfClaims.move_a_pledge, LAST, how


def dispatched(wish: int, *asked: int) -> Step:
    """Propose a wish to members."""
    return LifeOfClaims.dispatch, wish, list(asked), 0


def replied(how: str) -> Step:
    """Answer the last dispatch."""
    return LifeOfClaims.answer_a_dispatch, LAST, how


def visited(how: str) -> Step:
    """Go on with the visit that was missed, or the next one."""
    return LifeOfClaims.keep_visiting, LAST, how


TOURS: dict[tuple[str, ...], list[Step]] = {
    ("claim",): [
        *(claimed(M0), UNDONE),
        *(claimed(M0), RETURNED),
        *(claimed(M0), LONG_OVERDUE),
        *(claimed(M0), WITHDRAWN, OFFERED_ANEW),
        *(claimed(M0), DELIVERED, WITHDRAWN, OFFERED_ANEW),
        *(claimed(M0), DELIVERED, NOT_DONE),
        *(claimed(M0), DELIVERED, CONFIRMED),
    ],
    ("waiting",): [
        *(claimed(M0), IN_LINE, UNDONE, answered(AcceptPlace), RETURNED),
        *(claimed(M0), IN_LINE, RETURNED, answered(DeclinePlace)),
        *(claimed(M0), IN_LINE, RETURNED, A_DAY_LATER),
        *(claimed(M0), IN_LINE, answered(LeaveLine)),
        *(IN_LINE, WITHDRAWN, OFFERED_ANEW),
        *(claimed(M0), IN_LINE, RETURNED, WITHDRAWN),
    ],
    ("pool", "pledge"): [
        *(pledged(M0, 1), moved(WithdrawPledge)),
        *(pledged(M0, 1), LONG_OVERDUE),
        *(pledged(M0, 2), pledged(M1, 1), moved(ReceivePledge), RETURNED, moved(GiveBackPledge)),
        *(pledged(M0, 3), DELIVERED, CONFIRMED),
    ],
    ("dispatch",): [
        *(dispatched(W0, M1), replied("accept")),
        *(dispatched(W1, M1, M2), replied("decline"), replied("take back")),
        *(dispatched(W1, M1), replied("decline")),
        *(NIGHTFALL, dispatched(W1, M1), replied("take back")),
    ],
    ("arrangement", "visit"): [
        (LifeOfClaims.arrange_visits, M2, W0, False, False),
        *(visited("come"), DAYS_LATER, DAYS_LATER, DAYS_LATER, visited("come"), visited("end")),
    ],
}
"""Lives by the tables of which they make every move."""


@pytest.mark.parametrize("tables", TOURS, ids=" and ".join)
def test_every_move_of_the_tables_is_made_by_rules(life: type[LifeOfClaims], tables: tuple[str, ...]) -> None:
    one = life()
    one.begin(places=(1, 1, 1), is_busy=False)
    for move, *given_to_it in TOURS[tables]:
        move(one, *given_to_it)
        one.all_is_as_it_ought_to_be()
    assert {made for made in one.moves_made if made[0] in tables} == {
        (table, *made) for table in tables for made in LIVES[table].moves
    }


def test_every_action_of_claims_lines_pledges_dispatches_and_visits_is_declared_by_a_rule() -> None:
    assert {table for tables in TOURS for table in tables} == set(LIVES)
    actions = (action for lifecycle in LIVES.values() for _, action in lifecycle.moves)
    assert actions_played(LifeOfClaims) == all_of(*actions)


# -- what the machine would see


BROKEN = {
    "a place is given twice": (
        Sound.places_are_never_given_twice,
        "UPDATE claims.offer SET taken = taken - 1, state = 'open' WHERE taken > 0",
    ),
    "a place is kept for nobody": (
        Sound.places_are_never_given_twice,
        "UPDATE claims.waiting SET state = 'left' WHERE state = 'offered'",
    ),
    "a free place is not offered to the line": (
        Sound.nobody_waits_where_a_place_is_free,
        "UPDATE claims.offer SET state = 'open' WHERE waiting > 0",
    ),
    "a pledge is lost": (Sound.the_ledger_of_pledges_adds_up, "DELETE FROM claims.pledge"),
    "a claim is not counted against its member": (
        Sound.nobody_holds_more_than_they_may,
        "UPDATE claims.member SET open_claims = 0",
    ),
    "an offer is open without a place": (
        Sound.offers_stand_as_their_numbers_say,
        "UPDATE claims.offer SET state = 'open' WHERE taken = places",
    ),
    "a claim comes back to life": (
        Sound.every_row_moves_as_its_table_says,
        "UPDATE claims.claim SET state = 'held', ended_at = NULL WHERE state = 'returned'",
    ),
    "a dispatch accepted makes no claim": (
        Sound.who_accepted_has_the_claim,
        "UPDATE claims.dispatch SET claim_id = NULL WHERE state = 'accepted'",
    ),
    "two are asked for one place": (
        Sound.no_more_are_asked_than_there_were_places,
        "INSERT INTO claims.dispatch (id, offer_id, area_path, state, is_urgent, candidates, position,"
        " created_at) SELECT gen_random_uuid(), offer_id, area_path, 'waiting', is_urgent, candidates,"
        " position, created_at FROM claims.dispatch, generate_series(1, 3)",
    ),
    "a visit is forgotten": (
        Sound.a_visit_is_planned_while_somebody_comes,
        "DELETE FROM claims.visit",
    ),
    "a claim is announced twice": (
        Sound.what_was_told_of_claims_is_what_happened,
        "INSERT INTO claims.outbox (event_id, name, body, occurred_at) SELECT gen_random_uuid(), name, body,"
        " occurred_at FROM claims.outbox WHERE name = 'wishes_claimed.v1'",
    ),
    "a place offered to the line is not told": (
        Sound.what_was_told_of_lines_and_pledges_is_what_happened,
        "DELETE FROM claims.outbox WHERE name = 'waiting_moved.v1'",
    ),
    "an answer to a dispatch is not told": (
        Sound.what_was_told_of_dispatches_and_visits_is_what_happened,
        "DELETE FROM claims.outbox WHERE name = 'dispatches_moved.v1'",
    ),
}
"""What is broken behind the service's back, and which invariant must see it."""


@pytest.mark.parametrize("what", BROKEN)
def test_the_machine_sees_what_is_broken(life: type[LifeOfClaims], what: str) -> None:
    one, (holds, statement) = life(), BROKEN[what]
    one.begin(places=(1, 1, 1), is_busy=False)
    eventful = [claimed(M0), IN_LINE, (LifeOfClaims.wait_for_place, M2, W0), RETURNED]
    eventful += [dispatched(W1, M0), replied("accept"), (LifeOfClaims.arrange_visits, M2, W0, False, False)]
    eventful += [(LifeOfClaims.pledge, M1, 2, 2)]
    for move, *given_to_it in eventful:
        move(one, *given_to_it)
        one.all_is_as_it_ought_to_be()
    one.house.break_in(statement)
    with pytest.raises(AssertionError):
        holds(one, looked_at(one.house))


# -- any life


@pytest.fixture(scope="module")
def house(database_server_url: str) -> Iterator[ClaimsAtHand]:
    """Claims on a database of these tests' own."""
    with claims_on_a_database(database_server_url) as house:
        yield house


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[clock.SimulatedClock]:
    """A clock for every life that is lived."""
    simulated = clock.SimulatedClock(tmp_path / "clock", NOON)
    clock.go_by(simulated)
    yield simulated
    clock.go_by(clock.WallClock())


@pytest.fixture
def life(house: ClaimsAtHand, hands: clock.SimulatedClock) -> type[LifeOfClaims]:
    """The machine."""
    LifeOfClaims.house, LifeOfClaims.hands = house, hands
    return LifeOfClaims


LIVES_OF_ALL_KINDS = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_invariants_hold_through_any_life(life: type[LifeOfClaims]) -> None:
    run_state_machine_as_test(life, settings=LIVES_OF_ALL_KINDS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(LIVES_OF_ALL_KINDS, max_examples=8)
@given(data=some.data(), seed=some.integers(0, 10**6), is_busy=some.booleans())
def test_the_invariants_hold_through_a_long_life(
    life: type[LifeOfClaims], data: some.DataObject, seed: int, is_busy: bool
) -> None:
    one = life()
    one.begin(places=(1 + seed % 3, 1, 2), is_busy=is_busy)
    go_on_by_dice(one, data, seed, steps=60)
