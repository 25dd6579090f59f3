"""Whatever members, residents, workers and the clock do, in any order: the invariants hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.chassis import clock
from services.chassis.contracts import Command
from services.chassis.refusals import Refusal
from services.claims.contracts import (
    AcceptPlace,
    ClaimBatch,
    Claimed,
    ClaimForTeam,
    ClaimForUnit,
    ClaimsEnded,
    ClaimWish,
    ConfirmByResident,
    ConfirmFulfilment,
    DeclinePlace,
    DeliverClaim,
    FulfilmentConfirmed,
    GiveBackPledge,
    LeaveLine,
    PledgeTowardsWish,
    PoolMoved,
    ReceivePledge,
    ReportNotDone,
    ReportNotDoneByResident,
    ReturnClaim,
    Standing,
    UndoClaim,
    WaitForPlace,
    WaitingMoved,
    WishesClaimed,
    WithdrawPledge,
)
from services.claims.domain import CLAIM_LIFECYCLE, KEEPS_ITS_PLACE, UNDER_WAY, ClaimState, OfferState
from services.directory.contracts import MembersChanged
from services.scheduler.contracts import LapsesDue
from services.wishes.contracts import ReleasedWish, WishWithdrawn
from tests.support.claims import (
    COMMUNITY,
    CONFIRMATION_CODE,
    NOON,
    ClaimsAtHand,
    a_member_copy,
    a_wish,
    as_member,
    as_worker,
    claims_on_a_database,
)
from tests.support.collective import SOMEBODY, a_team, a_unit, an_hour, as_officer

LIMIT = 2
"""Open claims a member may have in the area of these wishes."""

members = some.integers(0, 3)
wishes = some.integers(0, 2)
claims_made = some.integers(0, 30)


def is_a_life(states: Sequence[ClaimState]) -> bool:
    """Say whether a claim may have come through these states, in this order."""
    steps = {(before, after) for (before, _), after in CLAIM_LIFECYCLE.moves.items()}
    return states[0] == CLAIM_LIFECYCLE.starts and steps.issuperset(pairwise(states))


class LifeOfClaims(RuleBasedStateMachine):
    """Four members, three wishes, and everything that can happen to them."""

    house: ClaimsAtHand
    hands: clock.SimulatedClock

    @initialize(places=some.tuples(*[some.integers(1, 3)] * 3))
    def begin(self, places: tuple[int, ...]) -> None:
        self.house.forget_everything()
        self.hands.set(NOON)
        self.house.settle_area(open_claims=LIMIT)
        copies = [a_member_copy(self.house.seals) for _ in range(4)]
        self.house.hear(MembersChanged(members=copies))
        self.members = [member.id for member in copies]
        self.unit = a_unit(self.house)
        self.team = a_team(self.house, self.members[0], self.members[1])
        self.wishes = [a_wish(self.house.seals, places=number, value=3) for number in places]
        self.house.release(*self.wishes)

    # -- what members do

    @rule(member=members, wish=wishes, key=some.sampled_from([None, "1", "2"]))
    def claim(self, member: int, wish: int, key: str | None) -> None:
        self.claim_together([(member, wish, key)])

    @rule(asked=some.lists(some.tuples(members, wishes, some.sampled_from([None, "1"])), max_size=12))
    def claim_together(self, asked: list[tuple[int, int, str | None]]) -> None:
        commands = [
            ClaimWish(by=as_member(self.members[member]), wish_id=self.wishes[wish].wish_id, key=key)
            for member, wish, key in asked
        ]
        answers = self.house.claim_all(*commands)
        assert all(isinstance(answer, Claimed | Refusal) for answer in answers)

    @rule(number=claims_made)
    def undo(self, number: int) -> None:
        for member, claim_id in self.some_claim(number):
            self.ask(UndoClaim(by=as_member(member), claim_id=claim_id))

    @rule(number=claims_made)
    def give_back(self, number: int) -> None:
        for member, claim_id in self.some_claim(number):
            self.ask(ReturnClaim(by=as_member(member), claim_id=claim_id))

    @rule(number=claims_made)
    def deliver(self, number: int) -> None:
        for member, claim_id in self.some_claim(number):
            self.ask(DeliverClaim(by=as_member(member), claim_id=claim_id))

    # -- claims of more than one, lines and pledges

    @rule(wish=wishes)
    def claim_for_unit(self, wish: int) -> None:
        by, wish_id = as_officer(self.unit), self.wishes[wish].wish_id
        self.ask(ClaimForUnit(by=by, wish_id=wish_id, unit_id=self.unit, named=SOMEBODY))

    @rule(wish=wishes)
    def give_back_for_unit(self, wish: int) -> None:
        of_unit = "SELECT id FROM claims.claim WHERE claimant_kind = 'unit' AND offer_id = :wish"
        for row in self.house.rows(of_unit, wish=self.wishes[wish].wish_id):
            self.ask(ReturnClaim(by=as_officer(self.unit), claim_id=row.id))

    @rule(member=members, wish=wishes)
    def claim_for_team(self, member: int, wish: int) -> None:
        by, wish_id = as_member(self.members[member]), self.wishes[wish].wish_id
        self.ask(ClaimForTeam(by=by, wish_id=wish_id, team_id=self.team))

    @rule(member=members, all_or_nothing=some.booleans())
    def claim_everything(self, member: int, all_or_nothing: bool) -> None:
        by = as_member(self.members[member])
        self.ask(ClaimBatch(by=by, community_id=COMMUNITY, all_or_nothing=all_or_nothing))

    @rule(member=members, wish=wishes)
    def wait_for_place(self, member: int, wish: int) -> None:
        self.ask(WaitForPlace(by=as_member(self.members[member]), wish_id=self.wishes[wish].wish_id))

    @rule(number=claims_made, how=some.sampled_from([AcceptPlace, AcceptPlace, DeclinePlace, LeaveLine]))
    def answer_a_turn(self, number: int, how: type[AcceptPlace | DeclinePlace | LeaveLine]) -> None:
        rows = self.house.rows("SELECT id, member_id FROM claims.waiting ORDER BY state = 'offered', id")
        for turn in rows[-1 - number % len(rows) :][:1] if rows else []:
            self.ask(how(by=as_member(turn.member_id), waiting_id=turn.id))

    @rule()
    def pass_on_what_nobody_answered(self) -> None:
        self.house.hear(an_hour(clock.now()))

    @rule(member=members, wish=wishes, amount=some.integers(1, 3))
    def pledge(self, member: int, wish: int, amount: int) -> None:
        by, wish_id = as_member(self.members[member]), self.wishes[wish].wish_id
        self.ask(PledgeTowardsWish(by=by, wish_id=wish_id, amount=amount))

    @rule(number=claims_made, how=some.sampled_from([WithdrawPledge, ReceivePledge, GiveBackPledge]))
    def move_a_pledge(self, number: int, how: type[WithdrawPledge | ReceivePledge | GiveBackPledge]) -> None:
        rows = self.house.rows("SELECT id, member_id FROM claims.pledge ORDER BY id")
        for one in rows[number % len(rows) :][:1] if rows else []:
            by = as_member(one.member_id) if how is WithdrawPledge else as_worker()
            self.ask(how(by=by, pledge_id=one.id))

    # -- what residents and workers do

    @rule(wish=wishes, code=some.sampled_from([CONFIRMATION_CODE, CONFIRMATION_CODE, "000000"]))
    def confirm_as_resident(self, wish: int, code: str) -> None:
        self.ask(ConfirmByResident(wish_code=self.wishes[wish].code, confirmation_code=code, satisfaction=5))

    @rule(number=claims_made)
    def confirm_as_worker(self, number: int) -> None:
        for _, claim_id in self.some_claim(number):
            self.ask(ConfirmFulfilment(by=as_worker(), claim_id=claim_id))

    @rule(number=claims_made)
    def confirm_one_s_own(self, number: int) -> None:
        for member, claim_id in self.some_claim(number):
            before = self.confirmed()
            self.ask(ConfirmFulfilment(by=as_worker(member_id=member), claim_id=claim_id))
            assert self.confirmed() == before

    @rule(number=claims_made)
    def report_not_done(self, number: int) -> None:
        for _, claim_id in self.some_claim(number):
            self.ask(ReportNotDone(by=as_worker(), claim_id=claim_id, reason="没有送到"))

    @rule(wish=wishes)
    def report_not_done_as_resident(self, wish: int) -> None:
        code = self.wishes[wish].code
        self.ask(ReportNotDoneByResident(wish_code=code, confirmation_code=CONFIRMATION_CODE))

    # -- what others tell

    @rule(wish=wishes, places=some.integers(1, 4))
    def release_again(self, wish: int, places: int) -> None:
        self.house.release(self.newer(wish, places=places))

    @rule(wish=wishes)
    def withdraw(self, wish: int) -> None:
        newer = self.newer(wish)
        self.house.hear(WishWithdrawn(wish_id=newer.wish_id, version=newer.version))

    @rule(days=some.integers(0, 30))
    def lapse(self, days: int) -> None:
        self.house.hear(LapsesDue(on=date(2026, 11, 2) + timedelta(days=days)))

    @rule(minutes=some.sampled_from([1, 9, 11, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.hands.set(clock.now() + timedelta(minutes=minutes))

    # -- what must hold

    @invariant()
    def places_are_never_given_twice(self) -> None:
        held = self.count("offer_id", KEEPS_ITS_PLACE)
        confirmed = self.count("offer_id", (ClaimState.CONFIRMED,))
        kept = Counter(
            row.offer_id
            for row in self.house.rows(
                "SELECT offer_id FROM claims.waiting WHERE state = 'offered'"
                " UNION ALL SELECT offer_id FROM claims.pool WHERE state = 'gathering'"
            )
        )
        for offer in self.offers().values():
            assert offer.taken == held[offer.id]
            assert offer.reserved == kept[offer.id]
            assert offer.taken + offer.reserved <= offer.places
            assert offer.confirmed == confirmed[offer.id]

    @invariant()
    def nobody_waits_where_a_place_is_free(self) -> None:
        waiting = self.house.rows(
            "SELECT offer_id, EXISTS (SELECT FROM claims.claim WHERE claim.offer_id = waiting.offer_id"
            " AND claimant_id = waiting.member_id AND claim.state IN ('held', 'delivered', 'confirmed'))"
            " AS has_a_place FROM claims.waiting WHERE state = 'waiting'"
        )
        counted = Counter(row.offer_id for row in waiting)
        for offer in self.offers().values():
            assert offer.waiting == counted[offer.id]
            if offer.state == OfferState.OPEN:
                assert all(row.has_a_place for row in waiting if row.offer_id == offer.id)

    @invariant()
    def the_ledger_of_pledges_adds_up(self) -> None:
        ledger: dict[UUID, Counter[str]] = defaultdict(Counter)
        for one in self.house.rows("SELECT pool_id, amount, state FROM claims.pledge"):
            ledger[one.pool_id][one.state] += one.amount
        for pool in self.house.rows("SELECT * FROM claims.pool"):
            sums = ledger[pool.id]
            assert pool.received == sums["received"]
            assert pool.pledged == sums["pledged"] + sums["received"] <= pool.target
            assert (pool.state in ("reached", "fulfilled")) <= (pool.pledged == pool.target)
            held = self.house.rows("SELECT state FROM claims.claim WHERE claimant_id = :id", id=pool.id)
            assert len(held) <= 1

    @invariant()
    def nobody_holds_more_than_they_may(self) -> None:
        under_way = self.count("claimant_id", UNDER_WAY)
        for member in self.house.rows("SELECT id, open_claims FROM claims.member"):
            assert member.open_claims == under_way[member.id] <= LIMIT

    @invariant()
    def offers_stand_as_their_numbers_say(self) -> None:
        for offer in self.offers().values():
            full = OfferState.TAKEN if offer.taken + offer.reserved == offer.places else OfferState.OPEN
            by_numbers = OfferState.FULFILLED if offer.confirmed == offer.places else full
            assert offer.state in (by_numbers, OfferState.WITHDRAWN)
            if offer.state == OfferState.WITHDRAWN:
                assert offer.taken == offer.confirmed
            assert (offer.contact is None) == (offer.state in (OfferState.FULFILLED, OfferState.WITHDRAWN))

    @invariant()
    def every_claim_explains_itself(self) -> None:
        moves = defaultdict(set)
        for move in self.house.rows("SELECT claim_id, state FROM claims.claim_move"):
            moves[move.claim_id].add(ClaimState(move.state))
        for claim in self.house.rows("SELECT id, state, ended_at, confirmed_at FROM claims.claim"):
            assert any(
                is_a_life(states) and states[-1] == claim.state for states in permutations(moves[claim.id])
            )
            assert (claim.ended_at is not None) == (claim.state not in KEEPS_ITS_PLACE)
            assert (claim.confirmed_at is not None) == (claim.state == ClaimState.CONFIRMED)

    @invariant()
    def what_was_told_is_what_happened(self) -> None:
        made = Counter(claim.claim_id for event in self.house.told(WishesClaimed) for claim in event.claims)
        ended = Counter(claim.claim_id for event in self.house.told(ClaimsEnded) for claim in event.claims)
        confirmed = Counter(event.claim_id for event in self.house.told(FulfilmentConfirmed))
        states = {row.id: row.state for row in self.house.rows("SELECT id, state FROM claims.claim")}
        assert made == Counter(list(states))  # each once
        assert ended == Counter(known for known, state in states.items() if state not in KEEPS_ITS_PLACE)
        assert confirmed == Counter(known for known, state in states.items() if state == ClaimState.CONFIRMED)

    @invariant()
    def the_newest_standing_is_how_the_offer_stands(self) -> None:
        told = self.standings()
        for offer in self.offers().values():
            said = {(standing.version, standing.state, standing.places_left) for standing in told[offer.id]}
            assert len({version for version, _, _ in said}) == len(said)
            newest = max(told[offer.id], key=lambda standing: standing.version, default=None)
            if newest and newest.version == offer.version:
                left = offer.places - offer.taken - offer.reserved if offer.state == OfferState.OPEN else 0
                assert (newest.state, newest.places_left) == (offer.state, left)

    # -- how it looks

    def ask(self, command: Command) -> None:
        with suppress(Refusal):
            self.house.ask(command)

    def some_claim(self, number: int) -> list[tuple[UUID, UUID]]:
        """Return one of the claims made so far with its member, or none."""
        rows = self.house.rows(
            "SELECT member_id, id FROM claims.claim WHERE member_id IS NOT NULL ORDER BY id"
        )
        return [(rows[number % len(rows)].member_id, rows[number % len(rows)].id)] if rows else []

    def newer(self, wish: int, **changes: int) -> ReleasedWish:
        version = self.wishes[wish].version + 1
        self.wishes[wish] = msgspec.structs.replace(self.wishes[wish], version=version, **changes)
        return self.wishes[wish]

    def offers(self) -> dict[UUID, Any]:
        return {row.id: row for row in self.house.rows("SELECT * FROM claims.offer")}

    def confirmed(self) -> int:
        return sum(self.count("offer_id", (ClaimState.CONFIRMED,)).values())

    def count(self, whose: str, states: tuple[ClaimState, ...]) -> Counter[UUID]:
        rows = self.house.rows("SELECT offer_id, member_id, claimant_id, state FROM claims.claim")
        return Counter(getattr(row, whose) for row in rows if row.state in states)

    def standings(self) -> dict[UUID, list[Standing]]:
        told = defaultdict(list)
        for claimed in self.house.told(WishesClaimed):
            for made in claimed.claims:
                told[made.wish_id].append(made.standing)
        for over in self.house.told(ClaimsEnded):
            for ended in over.claims:
                told[ended.wish_id].append(ended.standing)
        for confirmed in self.house.told(FulfilmentConfirmed):
            told[confirmed.wish_id].append(confirmed.standing)
        for moved in self.house.told(WaitingMoved):
            for turn in moved.turns:
                told[turn.wish_id].append(turn.standing)
        for pool in self.house.told(PoolMoved):
            told[pool.wish_id].append(pool.standing)
        return told


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[clock.SimulatedClock]:
    """A clock for every life that is lived."""
    simulated = clock.SimulatedClock(tmp_path / "clock", NOON)
    clock.go_by(simulated)
    yield simulated
    clock.go_by(clock.WallClock())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_invariants_hold_through_any_life(database_server_url: str, hands: clock.SimulatedClock) -> None:
    with claims_on_a_database(database_server_url) as house:
        LifeOfClaims.house, LifeOfClaims.hands = house, hands
        run_state_machine_as_test(
            LifeOfClaims,
            settings=settings(
                max_examples=25,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
