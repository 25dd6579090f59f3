"""Dispatches among claims, in any order: no place is given twice, and members are asked in turn."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from services.chassis import clock
from services.claims.contracts import (
    AcceptDispatch,
    DeclineDispatch,
    DispatchesMoved,
    DispatchWish,
    WithdrawDispatch,
)
from services.claims.domain import DISPATCH_LIFECYCLE, ClaimState, DispatchState
from tests.integration.test_claims_machine import LifeOfClaims, members, wishes
from tests.support.claims import NOON, as_member, as_worker, claims_on_a_database
from tests.support.programme import strike

dispatches = some.integers(0, 10)


class LifeOfDispatches(LifeOfClaims):
    """All that can happen to claims, and members who are asked meanwhile."""

    @rule(wish=wishes, asked=some.lists(members, min_size=1, max_size=4, unique=True))
    def dispatch(self, wish: int, asked: list[int]) -> None:
        candidates = [self.members[member] for member in asked]
        self.ask(DispatchWish(by=as_worker(), wish_id=self.wishes[wish].wish_id, member_ids=candidates))

    @rule(number=dispatches)
    def accept(self, number: int) -> None:
        for row in self.some_dispatch(number):
            self.ask(AcceptDispatch(by=as_member(row.member_id), dispatch_id=row.id))

    @rule(number=dispatches, member=members)
    def accept_for_another(self, number: int, member: int) -> None:
        for row in self.some_dispatch(number):
            before = self.count("offer_id", (ClaimState.HELD,))
            if self.members[member] != row.member_id:
                self.ask(AcceptDispatch(by=as_member(self.members[member]), dispatch_id=row.id))
                assert self.count("offer_id", (ClaimState.HELD,)) == before

    @rule(number=dispatches)
    def decline(self, number: int) -> None:
        for row in self.some_dispatch(number):
            self.ask(DeclineDispatch(by=as_member(row.member_id), dispatch_id=row.id, reason="不便"))

    @rule(number=dispatches)
    def take_back(self, number: int) -> None:
        for row in self.some_dispatch(number):
            self.ask(WithdrawDispatch(by=as_worker(), dispatch_id=row.id))

    @rule()
    def strike_the_hour(self) -> None:
        strike(self.house)

    @invariant()
    def who_accepted_has_the_claim(self) -> None:
        for row in self.house.rows("""
            SELECT dispatch.state, dispatch.claim_id, dispatch.member_id, dispatch.offer_id,
                   claim.member_id AS holder, claim.offer_id AS held
            FROM claims.dispatch LEFT JOIN claims.claim ON claim.id = dispatch.claim_id
        """):
            assert (row.state == DispatchState.ACCEPTED) == (row.claim_id is not None)
            if row.claim_id is not None:
                assert (row.member_id, row.offer_id) == (row.holder, row.held)

    @invariant()
    def one_is_asked_at_a_time_and_in_turn(self) -> None:
        for row in self.house.rows("SELECT * FROM claims.dispatch"):
            if row.state == DispatchState.PROPOSED:
                assert row.member_id == row.candidates[row.position]
                assert row.answer_by is not None
            answered = self.house.rows(
                "SELECT candidate_id, answer FROM claims.dispatch_answer WHERE dispatch_id = :id",
                id=row.id,
            )
            gone = {answer.candidate_id for answer in answered if answer.answer != "accepted"}
            assert gone == set(row.candidates[: row.position])

    @invariant()
    def every_dispatch_was_told_as_it_ended(self) -> None:
        ends = {state.value for state in DISPATCH_LIFECYCLE.final_states}
        told = Counter(
            (move.dispatch_id, move.how)
            for event in self.house.told(DispatchesMoved)
            for move in event.moves
            if move.how in ends
        )
        rows = self.house.rows("SELECT id, state FROM claims.dispatch")
        assert told == Counter((row.id, row.state) for row in rows if row.state in ends)

    def some_dispatch(self, number: int) -> list[Any]:
        """Return one of the dispatches of which somebody was asked, or none."""
        rows = self.house.rows("SELECT * FROM claims.dispatch WHERE member_id IS NOT NULL ORDER BY id")
        return [rows[number % len(rows)]] if rows else []


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[clock.SimulatedClock]:
    """A clock for every life that is lived."""
    simulated = clock.SimulatedClock(tmp_path / "clock", NOON)
    clock.go_by(simulated)
    yield simulated
    clock.go_by(clock.WallClock())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_dispatches_keep_the_invariants_of_places(
    database_server_url: str, hands: clock.SimulatedClock
) -> None:
    with claims_on_a_database(database_server_url) as house:
        LifeOfDispatches.house, LifeOfDispatches.hands = house, hands
        run_state_machine_as_test(
            LifeOfDispatches,
            settings=settings(
                max_examples=12,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
