"""Wishes follow what claims tells, whatever order it comes in, and however often."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.contracts import Event
from services.chassis.refusals import IllegalMove
from services.claims.contracts import (
    ClaimantKind,
    ClaimsEnded,
    FreePlacesGivenUp,
    FulfilmentConfirmed,
    PoolMoved,
    TurnMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.wishes import usecases
from services.wishes.contracts import UnknownWish, WishWithdrawn
from services.wishes.domain import WISH_LIFECYCLE, WishAction, WishState
from tests.support.wishes import (
    Desk,
    claims_ended,
    claims_made,
    fulfilment,
    id_of,
    standing,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

USECASES: dict[type[Event], Callable[..., None]] = {
    WishesClaimed: usecases.note_claims,
    ClaimsEnded: usecases.note_ended_claims,
    FreePlacesGivenUp: usecases.note_free_places_given_up,
    FulfilmentConfirmed: usecases.note_fulfilment,
    WaitingMoved: usecases.note_waiting,
    PoolMoved: usecases.note_pool,
}


def _hear(desk: Desk, *events: Event) -> None:
    for event in events:
        desk.hear(event, USECASES[type(event)])


def test_a_wish_is_claimed_reopened_claimed_again_and_comes_true(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    _hear(desk, claims_made((wish_id, standing("taken", 1))))
    assert desk.state(wish_id) == "claimed"
    _hear(desk, claims_ended((wish_id, standing("open", 2, 1)), how="lapsed"))
    assert desk.state(wish_id) == "released"
    _hear(desk, claims_made((wish_id, standing("taken", 3))), fulfilment(wish_id, standing("fulfilled", 4)))
    moves = desk.wish(wish_id).moves[3:]
    assert [(move.action, move.state, move.by, move.reason) for move in moves] == [
        ("claim", "claimed", "claims", ""),
        ("reopen", "released", "claims", "lapsed"),
        ("claim", "claimed", "claims", ""),
        ("fulfil", "fulfilled", "claims", ""),
    ]


@pytest.mark.parametrize("is_together", [False, True])
def test_a_fulfilment_heard_before_its_claim_says_who_claimed_and_that_somebody_did(
    desk: Desk, is_together: bool
) -> None:
    wish_id = desk.urgent().wish_id
    granted = msgspec.structs.replace(
        fulfilment(wish_id, standing("fulfilled", 2)), claimant_kind=ClaimantKind.UNIT
    )
    made = claims_made((wish_id, standing("taken", 1)))
    for heard in ((granted, made),) if is_together else ((granted,), (made,)):
        _hear(desk, *heard)
    (row,) = desk.rows("SELECT state, doer FROM wishes.wish")
    assert (row.state, row.doer) == ("fulfilled", "unit")
    assert [move.action for move in desk.wish(wish_id).moves[-2:]] == ["claim", "fulfil"]


def test_a_place_taken_of_several_leaves_the_wish_on_the_board(desk: Desk) -> None:
    wish_id = desk.urgent(places=3).wish_id
    _hear(desk, claims_made((wish_id, standing("open", 1, 2)), (wish_id, standing("open", 2, 1))))
    assert desk.state(wish_id) == "released"
    _hear(desk, claims_made((wish_id, standing("taken", 3))))
    assert desk.state(wish_id) == "claimed"
    _hear(desk, fulfilment(wish_id, standing("taken", 4)))
    assert desk.state(wish_id) == "claimed"


@pytest.mark.parametrize(("state", "becomes"), [("taken", "claimed"), ("fulfilled", "fulfilled")])
def test_when_what_was_taken_is_enough_the_wish_leaves_the_board(
    desk: Desk, state: str, becomes: str
) -> None:
    wish_id = desk.urgent(places=3).wish_id
    _hear(desk, claims_made((wish_id, standing("open", 1, 2))))
    enough = FreePlacesGivenUp(
        wish_id=wish_id,
        title="一把轮椅",
        wish_code="XY-1234",
        area_path="/city/",
        places=1,
        standing=standing(state, 3),
    )
    _hear(desk, enough)
    assert desk.state(wish_id) == becomes


def test_an_event_of_a_rush_moves_hundreds_of_wishes_in_a_few_statements(desk: Desk) -> None:
    wishes = [desk.urgent().wish_id for _ in range(20)]
    _hear(desk, claims_made(*((wish_id, standing("taken", 1)) for wish_id in wishes)))
    assert {desk.state(wish_id) for wish_id in wishes} == {"claimed"}


def test_of_several_claims_in_one_event_the_last_standing_counts(desk: Desk) -> None:
    wish_id = desk.urgent(places=2).wish_id
    _hear(desk, claims_made((wish_id, standing("taken", 2)), (wish_id, standing("open", 1, 1))))
    assert desk.state(wish_id) == "claimed"


def test_the_same_event_twice_and_an_older_standing_change_nothing(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    ended = claims_ended((wish_id, standing("open", 2, 1)))
    _hear(desk, claims_made((wish_id, standing("taken", 3))), ended, ended)
    assert desk.state(wish_id) == "claimed"
    assert len(desk.wish(wish_id).moves) == 4


def test_news_of_a_wish_nobody_knows_is_tried_again_not_dropped(desk: Desk) -> None:
    known = desk.urgent().wish_id
    event = claims_made((known, standing("taken", 1)), (id_of("elsewhere"), standing("taken", 1)))
    with pytest.raises(UnknownWish):
        _hear(desk, event)
    assert desk.state(known) == "released"  # nothing of it took effect, so that it can be tried again


def test_a_claim_on_a_wish_never_released_is_parked_not_swallowed(desk: Desk) -> None:
    wish_id = desk.screened().wish_id
    with pytest.raises(IllegalMove):
        _hear(desk, claims_made((wish_id, standing("taken", 1))))


# -- withdrawal against claim and fulfilment


def test_a_claim_that_overtakes_a_withdrawal_changes_nothing_here(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    desk.withdraw(wish_id)
    _hear(desk, claims_made((wish_id, standing("taken", 1))))
    _hear(desk, claims_ended((wish_id, standing("withdrawn", 2)), how="withdrawn"))
    assert desk.state(wish_id) == "withdrawn"
    assert len(desk.announced(WishWithdrawn)) == 1


def test_what_came_true_before_claims_heard_of_the_withdrawal_stays_true(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    _hear(desk, claims_made((wish_id, standing("taken", 1))))
    desk.withdraw(wish_id)
    _hear(desk, fulfilment(wish_id, standing("fulfilled", 2)))
    assert desk.state(wish_id) == "fulfilled"
    assert [move.action for move in desk.wish(wish_id).moves[-2:]] == ["withdraw", "fulfil"]


def test_a_withdrawal_and_a_fulfilment_at_the_same_moment_end_fulfilled_or_refused(desk: Desk) -> None:
    wishes = [desk.urgent().wish_id for _ in range(8)]

    def withdraw(wish_id: UUID) -> None:
        with suppress(IllegalMove):
            desk.withdraw(wish_id)

    def fulfil(wish_id: UUID) -> None:
        _hear(desk, fulfilment(wish_id, standing("fulfilled", 2)))

    with ThreadPoolExecutor(8) as pool:
        for wish_id in wishes:
            pool.submit(withdraw, wish_id)
            pool.submit(fulfil, wish_id)
    assert {desk.state(wish_id) for wish_id in wishes} == {"fulfilled"}
    assert desk.unexplained() == []


def test_a_fulfilled_wish_is_not_withdrawn(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    _hear(desk, fulfilment(wish_id, standing("fulfilled", 2)))
    with pytest.raises(IllegalMove):
        desk.withdraw(wish_id)


# -- any order, any number of times


def _life_of_an_offer(wish_id: UUID, turns: int, ends: str) -> list[Event]:
    """Return what claims tells of one place: taken and freed again so often, and how it ends."""
    events: list[Event] = []
    for version in range(1, turns + 1):
        free = version % 2 == 0
        stands = standing("open", version, 1) if free else standing("taken", version)
        events.append(claims_ended((wish_id, stands)) if free else claims_made((wish_id, stands)))
    if ends == "fulfilled":
        events.append(fulfilment(wish_id, standing("fulfilled", turns + 1)))
    return events


def _expected(turns: int, ends: str, *, is_withdrawn: bool) -> str:
    if ends == "fulfilled":
        return "fulfilled"
    if is_withdrawn:
        return "withdrawn"
    return "claimed" if turns % 2 else "released"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.data())
def test_in_any_order_and_doubled_the_wish_ends_where_its_offer_does(
    desk_for_many: Desk, drawn: st.DataObject
) -> None:
    desk = desk_for_many
    wish_id = desk.urgent().wish_id
    turns = drawn.draw(st.integers(1, 5), label="turns")
    ends = drawn.draw(st.sampled_from(["fulfilled", "under way"]), label="ends")
    is_withdrawn = drawn.draw(st.booleans(), label="withdrawn")
    told = _life_of_an_offer(wish_id, turns, ends)
    steps: list[Event | None] = [*told, *told, *([None] if is_withdrawn else [])]
    for step in drawn.draw(st.permutations(steps), label="order"):
        if step is not None:
            _hear(desk, step)
        elif WISH_LIFECYCLE.allows(WishState(desk.state(wish_id)), WishAction.WITHDRAW):
            desk.withdraw(wish_id)
    wish = desk.wish(wish_id)
    was_withdrawn = any(move.action == "withdraw" for move in wish.moves)
    assert wish.state == _expected(turns, ends, is_withdrawn=was_withdrawn)
    assert wish.state == wish.moves[-1].state
    for before, after in pairwise(wish.moves):
        assert WISH_LIFECYCLE.after(WishState(before.state), WishAction(after.action)) == after.state


def test_a_place_that_is_kept_is_not_on_the_board_until_it_is_free_again(desk: Desk) -> None:
    wish_id = desk.urgent().wish_id
    about: dict[str, Any] = {
        "wish_id": wish_id,
        "title": "想要一台收音机",
        "wish_code": "ABCD2345",
        "area_path": "/",
    }

    def turn(how: str, state: str, version: int) -> WaitingMoved:
        stands = standing(state, version, int(state == "open"))
        one = TurnMoved(
            waiting_id=id_of("turn"), member_id=id_of("member"), how=how, standing=stands, **about
        )
        return WaitingMoved(turns=[one])

    opened = PoolMoved(
        pool_id=id_of("pool"),
        how="opened",
        target=900,
        pledged=10,
        pledgers=[],
        standing=standing("taken", 1),
        **about,
    )
    _hear(desk, opened)
    assert desk.state(wish_id) == "claimed"
    _hear(desk, turn("timed_out", "open", 3), turn("offered", "taken", 2))
    assert desk.state(wish_id) == "released"
    _hear(desk, turn("offered", "taken", 4))
    assert desk.state(wish_id) == "claimed"
