"""Whatever residents, screeners, departments, claims and the clock do, in any order: the invariants hold."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test

from services.chassis import clock
from services.chassis.refusals import IllegalMove
from services.scheduler.contracts import ReleaseDue
from services.wishes.contracts import Door, ReferralOutcome, Urgency
from services.wishes.domain import ON_THE_BOARD, WISH_LIFECYCLE, WishAction, WishState
from tests.support.claims import NOON
from tests.support.machines import actions_played, all_of, go_on_by_dice
from tests.support.wishes import CITY, the_city
from tests.support.wishes_life import (
    HOMES,
    Seen,
    WishesAtHand,
    looked_at,
    wishes_on_a_database,
)
from tests.support.wishes_model import KnownCity
from tests.support.wishes_moves import Intake, Screening, Withdrawing
from tests.support.wishes_release_moves import Following, Releasing, Standing

PUBLIC = (WishState.RELEASED, WishState.CLAIMED, WishState.FULFILLED)


TAKES, FREES, FULFILS = 1, 0, 2
"""What claims does with an offer."""


class LifeOfWishes(Intake, Screening, Withdrawing, Releasing, Following, Standing, RuleBasedStateMachine):
    """Three communities of a city, and everything that can happen to their wishes."""

    @initialize(is_urgent=some.booleans(), is_heard=some.booleans())
    def begin(self, is_urgent: bool, is_heard: bool) -> None:
        """Begin with some wishes at different places of their lives."""
        self.begin_with_nothing()
        for home in (*HOMES, *HOMES[:1]):
            self.come_in(home, Door.ONLINE, Urgency.ORDINARY, for_campaign=False)
        self.bring_a_sheet(HOMES[0], rows=2)
        self.accept(0, Urgency.URGENT)
        self.accept(0, Urgency.URGENT if is_urgent else None)
        self.give_back(0)
        self.refer(0)
        self.claims_moves_an_offer(0, TAKES, is_heard)

    def begin_with_nothing(self) -> None:
        """Begin in a city without wishes."""
        self.house.forget_everything()
        self.hands.set(NOON)
        self.house.hear(the_city())
        self.known, self.under_way, self.keys = KnownCity(), [], count(1)

    def teardown(self) -> None:
        """See that all is counted in the end."""
        if hasattr(self, "known"):
            self.count(CITY)

    @invariant()
    def all_is_as_it_ought_to_be(self) -> None:
        seen = looked_at(self.house)
        self.every_wish_stands_as_it_was_moved(seen)
        self.every_wish_explains_itself(seen)
        self.each_month_is_released_once(seen)
        self.each_wish_is_released_once(seen)
        self.each_change_is_announced_once(seen)
        self.nothing_refused_or_withdrawn_is_on_the_board(seen)

    def every_wish_stands_as_it_was_moved(self, seen: Seen) -> None:
        """Hold the state, the version and the days of each wish against what was done to it."""
        rows = {
            row.id: (
                row.state,
                row.version,
                row.period,
                row.released_at,
                row.last_month,
                row.months_carried,
                row.campaign_id,
                row.claims_version,
            )
            for row in seen.wishes
        }
        assert rows == {wish.id: wish.row() for wish in self.known.wishes}

    def every_wish_explains_itself(self, seen: Seen) -> None:
        """Hold each history against the table, and against what was done."""
        histories = defaultdict(list)
        for move in seen.moves:
            histories[move.wish_id].append((move.action, move.state, move.at))
        for history in histories.values():
            assert history[0][:2] == (WishAction.SUBMIT, WISH_LIFECYCLE.starts)
            for (_, before, _), (action, after, _) in pairwise(history):
                assert WISH_LIFECYCLE.after(WishState(before), WishAction(action)) == after
        for wish in self.known.wishes:
            assert histories[wish.id] == [(step.action, step.after, step.at) for step in wish.steps]

    def each_month_is_released_once(self, seen: Seen) -> None:
        """Hold the releases, and what was told of them, against those that were asked for."""
        counted = {(row.period, row.area_id): (row.released, row.carried_over) for row in seen.releases}
        assert counted == self.known.releases
        told = [(one.period, one.area_id, one.released, one.carried_over) for one in seen.completed]
        assert sorted(told) == sorted((*key, *counts) for key, counts in self.known.releases.items())

    def each_wish_is_released_once(self, seen: Seen) -> None:
        """See that a wish goes up once at most, with the month and at the moment of its release."""
        put_up = Counter(move.wish_id for move in seen.moves if move.action == WishAction.RELEASE)
        assert set(put_up.values()) <= {1}
        by_release = defaultdict(list)
        for wish in seen.wishes:
            assert (wish.released_at is not None) == (wish.id in put_up)
            by_release[wish.release_id].append((wish.period, wish.released_at))
        for row in seen.releases:
            assert by_release.get(row.id, []) == [(row.period, row.released_at)] * row.released
        assert all(period is None for period, _ in by_release[None])

    def each_change_is_announced_once(self, seen: Seen) -> None:
        """See that nothing is announced twice, nothing forgotten, and versions only rise."""
        assert Counter(seen.told) == Counter(
            (wish.id, *told) for wish in self.known.wishes for told in wish.announcements()
        )
        versions: dict[UUID, list[int]] = defaultdict(list)
        for wish_id, _, version in seen.told:
            if version is not None:
                versions[wish_id].append(version)
        assert all(rising == sorted(set(rising)) for rising in versions.values())

    def nothing_refused_or_withdrawn_is_on_the_board(self, seen: Seen) -> None:
        """Read what was announced as claims does, and see that the board is that of the tables."""
        board = set()
        for wish_id, what, _ in seen.told:
            if what in ("released", "withdrawn"):
                board.add(wish_id) if what == "released" else board.discard(wish_id)
        stands = {row.id: WishState(row.state) for row in seen.wishes}
        assert all(stands[wish_id] in PUBLIC for wish_id in board)
        assert all(wish_id in board for wish_id, state in stands.items() if state in ON_THE_BOARD)


# -- every move of the table


PLAYS: dict[WishAction, Callable[[LifeOfWishes], None]] = {
    WishAction.ACCEPT: lambda life: life.accept(0, None),
    WishAction.RETURN: lambda life: life.give_back(0),
    WishAction.AMEND: lambda life: life.amend(0, Urgency.ORDINARY),
    WishAction.DECLINE: lambda life: life.decline(0),
    WishAction.RELEASE: lambda life: life.release(0, CITY, by_the_clock=True),
    WishAction.CLAIM: lambda life: life.claims_moves_an_offer(0, TAKES, is_heard=True),
    WishAction.REOPEN: lambda life: life.claims_moves_an_offer(0, FREES, is_heard=True),
    WishAction.FULFIL: lambda life: life.claims_moves_an_offer(0, FULFILS, is_heard=True),
    WishAction.WITHDRAW: lambda life: life.withdraw(0, by_worker=True),
    WishAction.REFER: lambda life: life.refer(0),
    WishAction.TAKE_BACK: lambda life: life.answer_for_the_department(0, ReferralOutcome.RETURNED),
    WishAction.SETTLE: lambda life: life.answer_for_the_department(0, ReferralOutcome.SETTLED),
    WishAction.UNDO: lambda life: life.undo_a_sheet(0),
}
"""How the machine is asked for each action, when there is one wish alone."""

UP = (WishAction.ACCEPT, WishAction.RELEASE)
WAYS: dict[WishState, tuple[WishAction, ...]] = {
    WishState.SUBMITTED: (),
    WishState.RETURNED: (WishAction.RETURN,),
    WishState.SCREENED: (WishAction.ACCEPT,),
    WishState.REFERRED: (WishAction.REFER,),
    WishState.RELEASED: UP,
    WishState.CLAIMED: (*UP, WishAction.CLAIM),
    WishState.WITHDRAWN: (*UP, WishAction.CLAIM, WishAction.WITHDRAW),
}
"""How a wish comes to each state that a move leaves."""


@pytest.mark.parametrize(("state", "action"), WISH_LIFECYCLE.moves)
def test_every_move_of_the_table_is_made_by_a_rule(
    one_life: LifeOfWishes, state: WishState, action: WishAction
) -> None:
    one_life.begin_with_nothing()
    one_life.bring_a_sheet(HOMES[0], rows=1)
    for step in WAYS[state]:
        PLAYS[step](one_life)
        one_life.all_is_as_it_ought_to_be()
    (wish,) = one_life.known.wishes
    assert wish.state is state
    overtakes = (state, action) == (WishState.RELEASED, WishAction.FULFIL)
    if overtakes:
        one_life.claims_moves_an_offer(0, TAKES, is_heard=False)  # the fulfilment brings the claim along
    PLAYS[action](one_life)
    one_life.all_is_as_it_ought_to_be()
    before = WishState.CLAIMED if overtakes else state
    assert (wish.steps[-1].before, wish.steps[-1].action) == (before, action)


def test_every_action_of_a_wish_is_declared_by_a_rule() -> None:
    assert actions_played(LifeOfWishes) == all_of(*WishAction)
    assert set(WAYS) == {state for state, _ in WISH_LIFECYCLE.moves}


# -- what the machine would see


BROKEN = {
    "a wish that was declined is put on the board": (
        LifeOfWishes.every_wish_stands_as_it_was_moved,
        "UPDATE wishes.wish SET state = 'released', released_at = now(), last_month = '2026-11',"
        " category = 'culture', service_days = 14 WHERE state = 'declined'",
    ),
    "a wish goes up that nobody accepted": (
        LifeOfWishes.every_wish_explains_itself,
        "INSERT INTO wishes.wish_move (wish_id, at, action, state, by)"
        " SELECT id, now(), 'release', 'released', 'house' FROM wishes.wish WHERE state = 'submitted'",
    ),
    "a wish goes up twice": (
        LifeOfWishes.each_wish_is_released_once,
        "INSERT INTO wishes.wish_move (wish_id, at, action, state, by)"
        " SELECT wish_id, at, action, state, by FROM wishes.wish_move WHERE action = 'release'",
    ),
    "the month of a wish is changed afterwards": (
        LifeOfWishes.each_wish_is_released_once,
        "UPDATE wishes.wish SET period = '2026-12' WHERE period IS NOT NULL",
    ),
    "a release is forgotten": (
        LifeOfWishes.each_month_is_released_once,
        "UPDATE wishes.wish SET release_id = NULL; DELETE FROM wishes.release",
    ),
    "an announcement is made twice": (
        LifeOfWishes.each_change_is_announced_once,
        "INSERT INTO wishes.outbox (event_id, name, body, occurred_at) SELECT gen_random_uuid(), name, body,"
        " occurred_at FROM wishes.outbox WHERE name = 'wishes_released.v1'",
    ),
    "an announcement is lost": (
        LifeOfWishes.each_change_is_announced_once,
        "DELETE FROM wishes.outbox WHERE name = 'wish_withdrawn.v1'",
    ),
    "a withdrawal is not told to claims": (
        LifeOfWishes.nothing_refused_or_withdrawn_is_on_the_board,
        "DELETE FROM wishes.outbox WHERE name = 'wish_withdrawn.v1'",
    ),
}
"""What is broken behind the service's back, and which invariant must see it."""


@pytest.fixture
def eventful(one_life: LifeOfWishes) -> LifeOfWishes:
    """A life with a wish at every place at which something can be broken; all of it is sound."""
    one_life.begin_with_nothing()
    for _ in range(4):
        one_life.come_in(HOMES[0], Door.ONLINE, Urgency.ORDINARY, for_campaign=False)
    one_life.decline(0)
    one_life.accept(0, None)
    one_life.accept(0, Urgency.URGENT)
    one_life.release(0, CITY, by_the_clock=False)
    one_life.withdraw(5, by_worker=True)  # the second wish of three: the first went up with its month
    one_life.all_is_as_it_ought_to_be()
    return one_life


@pytest.mark.parametrize("what", BROKEN)
def test_the_machine_sees_what_is_broken(eventful: LifeOfWishes, what: str) -> None:
    invariant_of_it, statements = BROKEN[what]
    eventful.house.break_in(*statements.split("; "))
    with pytest.raises((AssertionError, IllegalMove)):
        invariant_of_it(eventful, looked_at(eventful.house))


def test_the_machine_sees_a_month_that_is_released_twice(eventful: LifeOfWishes) -> None:
    eventful.house.break_in("UPDATE wishes.wish SET release_id = NULL", "DELETE FROM wishes.release")
    eventful.house.hear(ReleaseDue(period="2026-11", area_id=CITY.id, release_on=eventful.today))
    with pytest.raises(AssertionError):
        eventful.each_month_is_released_once(looked_at(eventful.house))


def test_the_machine_sees_figures_that_do_not_add_up(eventful: LifeOfWishes) -> None:
    eventful.count(CITY)
    eventful.house.break_in("UPDATE wishes.tally SET submitted = submitted + 1")
    with pytest.raises(AssertionError):
        eventful.count(CITY)


# -- any life


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[clock.SimulatedClock]:
    """A clock for every life that is lived."""
    simulated = clock.SimulatedClock(tmp_path / "clock", NOON)
    clock.go_by(simulated)
    yield simulated
    clock.go_by(clock.WallClock())


@pytest.fixture(scope="module")
def house(database_server_url: str) -> Iterator[WishesAtHand]:
    """Wishes on a database of these tests' own."""
    with wishes_on_a_database(database_server_url) as house:
        yield house


@pytest.fixture
def life(house: WishesAtHand, hands: clock.SimulatedClock) -> type[LifeOfWishes]:
    """The machine."""
    LifeOfWishes.house, LifeOfWishes.hands = house, hands
    return LifeOfWishes


@pytest.fixture
def one_life(life: type[LifeOfWishes]) -> LifeOfWishes:
    """A machine that is led by hand."""
    return life()


LIVES_OF_ALL_KINDS = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_invariants_hold_through_any_life(life: type[LifeOfWishes]) -> None:
    run_state_machine_as_test(life, settings=LIVES_OF_ALL_KINDS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(LIVES_OF_ALL_KINDS, max_examples=6)
@given(data=some.data(), seed=some.integers(0, 10**6))
def test_the_invariants_hold_through_a_long_life(
    life: type[LifeOfWishes], data: some.DataObject, seed: int
) -> None:
    one = life()
    one.begin(is_urgent=seed % 2 == 0, is_heard=seed % 3 == 0)
    go_on_by_dice(one, data, seed, steps=70)
