"""Any order of tries, answers, crashes, questions and receipts: nobody is told twice, and everything ends.

Where silence would be worse, being told twice is not ruled out: but nobody is before the provider was asked.
Besides, providers take each other's place, receipts are forged, bursts are halted, writers of broadcasts die,
people decide otherwise, and every budget holds what was taken.
"""

import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test

from services.chassis.clock import SimulatedClock
from services.notify.domain import BURST_LIFECYCLE, DELIVERY_LIFECYCLE, BurstAction, Hearing, Topic
from tests.support.machines import actions_played, all_of, go_on_by_dice
from tests.support.notify import NOON, House
from tests.support.street_invariants import INVARIANTS, MOVES, Ending, Sound
from tests.support.street_moves import Deciding, topics

ANSWERS, RECEIPTS, NEVER_HEARD = Hearing.ANSWERS, Hearing.RECEIPTS, None
HEARD = some.tuples(*[some.sampled_from([ANSWERS, ANSWERS, RECEIPTS, NEVER_HEARD])] * 3)

REMINDER, ASKED, URGENT, RELEASE = (
    Topic.CLAIM_DUE_SOON,
    Topic.DISPATCH_PROPOSED,
    Topic.URGENT_DISPATCH,
    Topic.RELEASE_DIGEST,
)


class LifeOfAStreet(Ending, Deciding, RuleBasedStateMachine):
    """Three members, three providers, and everything that can happen between them."""

    @initialize(topic=topics, hearing=HEARD, is_silent=some.booleans())
    def begin(self, topic: Topic, hearing: tuple[Hearing | None, ...], is_silent: bool) -> None:
        self.begin_with(topic, hearing, is_silent)

    @invariant()
    def all_is_as_it_ought_to_be(self) -> None:
        for holds in INVARIANTS:
            holds(self)

    def teardown(self) -> None:
        """Let everything come to its end, unless something is wrong already."""
        if sys.exc_info()[0] is None:
            self.ends()
            self.all_is_as_it_ought_to_be()


@pytest.fixture
def life(priced: House, simulated_clock: SimulatedClock) -> type[LifeOfAStreet]:
    """The machine."""
    LifeOfAStreet.house, LifeOfAStreet.hands, LifeOfAStreet.began_at = priced, simulated_clock, NOON
    LifeOfAStreet.watch(priced)
    return LifeOfAStreet


Move = tuple[Any, ...]
"""The name of a rule, and what it is given."""


def lived(
    life: type[LifeOfAStreet], topic: Topic, *moves: Move, heard: Hearing | None = ANSWERS
) -> LifeOfAStreet:
    """Return a life in which these moves were made, all of it as it ought to be."""
    one = life()
    one.begin(topic=topic, hearing=(heard, heard, heard), is_silent=False)
    for name, *given_to_it in moves:
        getattr(one, name)(*given_to_it)
        one.all_is_as_it_ought_to_be()
    return one


# -- any life

LIVES = settings(
    max_examples=36,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
def test_nobody_is_told_twice_and_everything_ends_whatever_happens_in_whatever_order(
    life: type[LifeOfAStreet],
) -> None:
    run_state_machine_as_test(life, settings=LIVES)


@pytest.mark.slow
@settings(LIVES, max_examples=9)
@given(data=some.data(), seed=some.integers(0, 10**6), topic=topics, hearing=HEARD)
def test_nobody_is_told_twice_in_a_long_life(
    life: type[LifeOfAStreet],
    data: some.DataObject,
    seed: int,
    topic: Topic,
    hearing: tuple[Hearing | None, ...],
) -> None:
    one = life()
    one.begin(topic=topic, hearing=hearing, is_silent=seed % 2 == 0)
    go_on_by_dice(one, data, seed, steps=40)


# -- every move of the tables

TOURS: dict[str, tuple[Topic, Hearing | None, list[Move]]] = {
    "taken, heard of, refused and tried again": (
        REMINDER,
        ANSWERS,
        [
            *(("take", "busy"), ("wait", 90), ("take", "accepted"), ("receipt", "failed"), ("retry",)),
            *(("take", "refused"), ("retry",), ("take", "accepted"), ("receipt", "arrived")),
        ],
    ),
    "given up, and tried again": (
        URGENT,
        ANSWERS,
        [*[("take", "busy"), ("wait", 90)] * 6, ("take", "refused"), ("retry",)],
    ),
    "busy, and not wanted any more": (
        REMINDER,
        ANSWERS,
        [("take", "busy"), ("ask_to_be_left_alone", 0, "sms"), ("wait", 90), ("take", "accepted")],
    ),
    "not wanted any more": (
        REMINDER,
        ANSWERS,
        [("switch_off", 0, REMINDER, "sms"), ("take", "accepted")],
    ),
    "in doubt, and settled by questions": (
        ASKED,
        ANSWERS,
        [
            *(("take", "mute"), ("ask",), ("receipt", "arrived"), ("tell", ASKED)),
            *(("take", "mute"), ("receipt", "failed"), ("tell", ASKED)),
            *(
                ("take", "mute"),
                ("receipt", "arrived"),
                ("tell", ASKED),
                ("take", "lost"),
                ("ask",),
                ("ask",),
            ),
        ],
    ),
    "in doubt, and repeated": (ASKED, NEVER_HEARD, [("take", "lost"), ("wait", 700), ("take", "lost")]),
    "unknown, and heard of at last": (
        REMINDER,
        NEVER_HEARD,
        [
            *(("take", "mute"), ("wait", 700), ("receipt", "arrived"), ("tell", REMINDER)),
            *(("take", "mute"), ("wait", 700), ("receipt", "failed"), ("tell", REMINDER)),
            *(("take_slowly", "accepted"), ("lease_ends",), ("wait", 700), ("answer",)),
        ],
    ),
    "never called, and arrived before the answer": (
        REMINDER,
        RECEIPTS,
        [("take", "crash_uncalled"), ("lease_ends",), ("take", "crash_after"), ("receipt", "arrived")],
    ),
    "around a channel that is closed": (
        REMINDER,
        ANSWERS,
        [*[("rest", name) for name in ("first", "second")], ("wait", 4000), ("take", "accepted")],
    ),
    "busy until it is too late": (
        REMINDER,
        ANSWERS,
        [
            *(("take", "busy"), ("rest", "first"), ("rest", "second"), ("rest", "smtp")),
            *(("pass_time", 90_000), ("take", "accepted")),
        ],
    ),
    "handed on": (
        REMINDER,
        ANSWERS,
        [("take", "elsewhere", "mute"), ("receipt", "arrived"), ("forge", "failed")],
    ),
    "halted, and written by many": (
        RELEASE,
        ANSWERS,
        [
            *(("take", "busy"), ("pause",), ("write_on", True), ("write_on", False), ("wait", 700)),
            *(("take", "accepted"), ("resume",), ("take", "accepted")),
        ],
    ),
}


@pytest.mark.slow
def test_every_move_of_a_delivery_is_made_and_every_life_ends(life: type[LifeOfAStreet]) -> None:
    made: set[tuple[str, str]] = set()
    for topic, heard, moves in TOURS.values():
        one = lived(life, topic, *moves, heard=heard)
        one.teardown()
        made |= {(move.before, move.after) for move in one.moves()}

    assert set(MOVES) - made == set()


def test_every_action_of_deliveries_and_of_bursts_that_run_is_declared_by_a_rule() -> None:
    actions = [action for _, action in (*DELIVERY_LIFECYCLE.moves, *BURST_LIFECYCLE.moves)]
    played = set(actions) - {BurstAction.START}
    assert actions_played(LifeOfAStreet) == all_of(*played)


# -- what the machine would see


def test_a_provider_that_says_never_too_lightly_would_be_noticed(life: type[LifeOfAStreet]) -> None:
    """The call is under way, its lease ends, and the books are believed before it arrives."""
    moves: list[Move] = [("take_slowly", "accepted"), ("lease_ends",)]
    for is_credulous in (False, True):
        one = lived(life, REMINDER, *moves)
        one.providers["first"].is_credulous = is_credulous
        for name, *given_to_it in [("ask",), ("ask",), ("take", "accepted"), ("answer",)]:
            getattr(one, name)(*given_to_it)
        if not is_credulous:
            one.nobody_is_told_twice()

    with pytest.raises(AssertionError):
        one.nobody_is_told_twice()


def test_a_call_that_is_not_written_down_is_noticed(life: type[LifeOfAStreet]) -> None:
    """A sender that says nothing of its call is taken for one that had not called yet."""
    one = lived(life, REMINDER)
    one.writes_down_calls = False
    one.take_slowly("accepted")
    one.lease_ends()

    with pytest.raises(AssertionError):
        one.take("accepted")


def test_a_repetition_before_the_questions_are_used_up_would_be_noticed(life: type[LifeOfAStreet]) -> None:
    """The time to ask is cut short after the first of three questions."""
    one = lived(life, ASKED)
    one.providers["first"].is_silent = True
    one.take("lost")
    one.ask()
    one.change("UPDATE notify.delivery SET due_at = due_at - interval '1 day'")
    one.wait(15)

    with pytest.raises(AssertionError):
        one.take("accepted")


def test_a_burst_that_goes_out_although_it_is_halted_would_be_noticed(life: type[LifeOfAStreet]) -> None:
    """The gate finds the burst running, and what the machine asks at the next look finds it halted."""
    one = lived(life, RELEASE)
    lent = one.lent()
    next(lent)
    one.pause()

    with pytest.raises(AssertionError):
        next(lent)


def test_somebody_told_against_their_will_would_be_noticed(life: type[LifeOfAStreet]) -> None:
    """The list is emptied behind the back of whoever asked to be left alone."""
    one = lived(life, REMINDER, ("ask_to_be_left_alone", 0, "sms"))
    one.change("DELETE FROM notify.suppression")

    with pytest.raises(AssertionError):
        one.take("accepted")


def test_a_forged_receipt_that_is_believed_would_be_noticed(life: type[LifeOfAStreet]) -> None:
    """The delivery is written to the account of another provider, as if nobody looked whose receipt it is."""
    one = lived(life, REMINDER, ("take", "accepted"))
    one.change("UPDATE notify.delivery SET provider = 'smtp', reference = NULL")

    with pytest.raises(AssertionError):
        one.forge("failed")


BROKEN: dict[str, tuple[Any, str]] = {
    "somebody is told what nobody took": (
        Sound.what_is_called_taken_was_taken,
        "UPDATE notify.delivery SET state = 'delivered' WHERE state = 'refused' AND channel = 'sms'",
    ),
    "a delivery moves as no table says": (
        Sound.deliveries_move_as_their_table_says,
        "UPDATE notify.delivery SET state = 'planned' WHERE state = 'accepted'",
    ),
    "what a burst held back is forgotten": (
        Sound.a_burst_that_runs_holds_nothing_back,
        "UPDATE notify.burst SET state = 'running'",
    ),
    "an area spent more than was taken": (
        Sound.what_was_spent_is_what_was_taken_or_in_doubt,
        "UPDATE notify.budget SET spent = spent + 0.04",
    ),
    "a message is lost": (
        Sound.no_message_is_lost_or_counted_as_told_twice,
        "DELETE FROM notify.delivery WHERE state = 'planned'",
    ),
    "somebody is forgotten by who writes a broadcast": (
        Ending.ends,
        "UPDATE notify.broadcast SET told_until = 'ffffffff-ffff-7fff-bfff-ffffffffffff'",
    ),
    "a doubt never ends": (
        Ending.ends,
        "UPDATE notify.delivery SET due_at = NULL WHERE state IN ('planned', 'ambiguous')",
    ),
}
"""What is broken behind the back of the house, and what must see it."""


@pytest.mark.parametrize("what", BROKEN)
def test_the_machine_sees_what_is_broken(life: type[LifeOfAStreet], what: str) -> None:
    holds, statement = BROKEN[what]
    told: list[Move] = [("take", "refused"), ("tell", REMINDER), ("take", "accepted")]
    one = lived(life, ASKED, *told, ("tell", RELEASE), ("pause",), ("take", "accepted"))
    one.change(statement)

    with pytest.raises(AssertionError):
        holds(one)
