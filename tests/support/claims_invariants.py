"""What must hold of claims, lines, pledges, dispatches and visits, whatever happened before."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID

from services.chassis.lifecycle import Lifecycle
from services.claims.contracts import (
    ClaimsEnded,
    DispatchesMoved,
    FreePlacesGivenUp,
    FulfilmentConfirmed,
    PoolMoved,
    Standing,
    VisitsMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.claims.domain import (
    ARRANGEMENT_LIFECYCLE,
    CLAIM_LIFECYCLE,
    DISPATCH_LIFECYCLE,
    KEEPS_ITS_PLACE,
    OPEN_DISPATCHES,
    PLEDGE_LIFECYCLE,
    POOL_LIFECYCLE,
    UNDER_WAY,
    VISIT_LIFECYCLE,
    WAITING_LIFECYCLE,
    ClaimState,
    DispatchState,
    OfferState,
    PoolState,
    VisitState,
    WaitingState,
)
from tests.support.claims_life import LIMIT, ClaimsLived, Seen
from tests.support.machines import shortest_way

LIVES: dict[str, Lifecycle[Any, Any]] = {
    "claim": CLAIM_LIFECYCLE,
    "waiting": WAITING_LIFECYCLE,
    "pool": POOL_LIFECYCLE,
    "pledge": PLEDGE_LIFECYCLE,
    "dispatch": DISPATCH_LIFECYCLE,
    "arrangement": ARRANGEMENT_LIFECYCLE,
    "visit": VISIT_LIFECYCLE,
}
"""The lifecycle of each table whose rows have one; that of offers is held against their numbers."""


def is_a_life(states: Sequence[ClaimState]) -> bool:
    """Say whether a claim may have come through these states, in this order."""
    steps = {(before, after) for (before, _), after in CLAIM_LIFECYCLE.moves.items()}
    return states[0] == CLAIM_LIFECYCLE.starts and steps.issuperset(pairwise(states))


class Sound(ClaimsLived):
    """The invariants; each takes what the tables say."""

    def every_row_moves_as_its_table_says(self, seen: Seen) -> None:
        """Find the moves by which every row came from where it was before; there is a way for each."""
        turned_down = Counter(
            row.dispatch_id for row in seen.dispatch_answer if row.answer in ("declined", "timed_out")
        )
        for table, lifecycle in LIVES.items():
            states = type(lifecycle.starts)
            for row in getattr(seen, table):
                now = (row.state, turned_down[row.id])
                before = self.lives.get((table, row.id), (lifecycle.starts, 0))
                self.lives[table, row.id] = now
                if now != before:
                    way = shortest_way(lifecycle, states(before[0]), states(row.state))
                    self.moves_made.update((table, *move) for move in way)

    def places_are_never_given_twice(self, seen: Seen) -> None:
        """Count who holds a place, and for whom one is kept: a turn that was offered, or a pool."""
        held, confirmed = (
            seen.claims_by("offer_id", states) for states in (KEEPS_ITS_PLACE, (ClaimState.CONFIRMED,))
        )
        kept = Counter(turn.offer_id for turn in seen.waiting if turn.state == WaitingState.OFFERED)
        kept.update(pool.offer_id for pool in seen.pool if pool.state == PoolState.GATHERING)
        claimed = [(row.offer_id, row.claimant_id) for row in seen.claim if row.state in KEEPS_ITS_PLACE]
        assert len(claimed) == len(set(claimed))
        for offer in seen.offer.values():
            assert offer.taken == held[offer.id]
            assert offer.reserved == kept[offer.id]
            assert offer.taken + offer.reserved <= offer.places
            assert offer.confirmed == confirmed[offer.id]

    def nobody_waits_where_a_place_is_free(self, seen: Seen) -> None:
        """See that a free place was offered to the line: who still waits there has the wish already."""
        has_it = {(row.offer_id, row.claimant_id) for row in seen.claim if row.state in KEEPS_ITS_PLACE}
        in_line: dict[UUID, list[UUID]] = defaultdict(list)
        for turn in seen.waiting:
            if turn.state == WaitingState.WAITING:
                in_line[turn.offer_id].append(turn.member_id)
        for offer in seen.offer.values():
            assert offer.waiting == len(in_line[offer.id])
            if offer.state == OfferState.OPEN:
                assert all((offer.id, member) in has_it for member in in_line[offer.id])

    def the_ledger_of_pledges_adds_up(self, seen: Seen) -> None:
        """Sum up what was promised and what was handed over; a pool has one claim at most."""
        ledger: dict[UUID, Counter[str]] = defaultdict(Counter)
        for one in seen.pledge:
            ledger[one.pool_id][one.state] += one.amount
        of_pools = Counter(row.claimant_id for row in seen.claim)
        for pool in seen.pool:
            sums = ledger[pool.id]
            assert pool.received == sums["received"]
            assert pool.pledged == sums["pledged"] + sums["received"] <= pool.target
            assert (pool.state in ("reached", "fulfilled")) <= (pool.pledged == pool.target)
            assert of_pools[pool.id] <= 1

    def nobody_holds_more_than_they_may(self, seen: Seen) -> None:
        """Count what each member has under way."""
        under_way = seen.claims_by("claimant_id", UNDER_WAY)
        for member in seen.member:
            assert member.open_claims == under_way[member.id] <= LIMIT

    def offers_stand_as_their_numbers_say(self, seen: Seen) -> None:
        """Hold the state of each offer against its numbers."""
        for offer in seen.offer.values():
            full = OfferState.TAKEN if offer.taken + offer.reserved == offer.places else OfferState.OPEN
            by_numbers = OfferState.FULFILLED if offer.confirmed == offer.places else full
            assert offer.state in (by_numbers, OfferState.WITHDRAWN)
            if offer.state == OfferState.WITHDRAWN:
                assert offer.taken == offer.confirmed

    def whom_to_call_is_known_while_there_is_something_to_do(self, seen: Seen) -> None:
        """See that whom to call is kept for what is under way, asked about or put right, and no longer."""
        asked = {one.id for one in seen.call_back if one.state in ("drawn", "unreached")}
        asked |= {one.claim_id for one in seen.rectification if one.state != "done"}
        kept_for = {claim.offer_id for claim in seen.claim if claim.id in asked}
        for offer in seen.offer.values():
            is_over = offer.state in (OfferState.FULFILLED, OfferState.WITHDRAWN)
            assert (offer.contact is None) == (is_over and offer.id not in kept_for)
        for claim in seen.claim:
            if claim.named_person is not None:
                assert claim.state in UNDER_WAY or claim.id in asked

    def every_claim_explains_itself(self, seen: Seen) -> None:
        """Hold the history of each claim against the table."""
        moves = defaultdict(set)
        for move in seen.claim_move:
            moves[move.claim_id].add(ClaimState(move.state))
        for claim in seen.claim:
            ways = permutations(moves[claim.id])
            assert any(is_a_life(states) and states[-1] == claim.state for states in ways)
            assert (claim.ended_at is not None) == (claim.state not in KEEPS_ITS_PLACE)
            assert (claim.confirmed_at is not None) == (claim.state == ClaimState.CONFIRMED)

    def who_accepted_has_the_claim(self, seen: Seen) -> None:
        """See that an accepted dispatch made one claim, of whom was asked, on the wish it was about."""
        claims = {row.id: row for row in seen.claim}
        made = [row.claim_id for row in seen.dispatch if row.claim_id]
        assert len(made) == len(set(made))
        for one in seen.dispatch:
            assert (one.state == DispatchState.ACCEPTED) == (one.claim_id is not None)
            if one.claim_id:
                claim = claims[one.claim_id]
                asked = (one.offer_id, one.team_id or one.member_id)
                assert (claim.offer_id, claim.claimant_id) == asked

    def one_is_asked_at_a_time_and_in_turn(self, seen: Seen) -> None:
        """See that a dispatch asks its candidates in order, each once, and none before its turn."""
        answered = defaultdict(set)
        for answer in seen.dispatch_answer:
            if answer.answer != "accepted":
                answered[answer.dispatch_id].add(answer.candidate_id)
        for one in seen.dispatch:
            assert answered[one.id] == set(one.candidates[: one.position])
            if one.state == DispatchState.PROPOSED:
                assert (one.team_id or one.member_id) == one.candidates[one.position]
                assert one.answer_by is not None

    def no_more_are_asked_than_there_were_places(self, seen: Seen) -> None:
        """Count the open dispatches of each wish; places may be gone since, but were there once."""
        is_open = Counter(one.offer_id for one in seen.dispatch if one.state in OPEN_DISPATCHES)
        assert all(number <= self.most_places[offer_id] for offer_id, number in is_open.items())

    def a_visit_is_planned_while_somebody_comes(self, seen: Seen) -> None:
        """See that an arrangement has one planned visit while it lasts, and none afterwards."""
        planned = Counter(row.arrangement_id for row in seen.visit if row.state == VisitState.PLANNED)
        for pair in seen.arrangement:
            assert planned[pair.id] == (pair.state == ARRANGEMENT_LIFECYCLE.starts)
        assert all((row.done_on is not None) == (row.state == VisitState.DONE) for row in seen.visit)

    # -- what was told

    def what_was_told_of_claims_is_what_happened(self, seen: Seen) -> None:
        """See that each claim, each end and each fulfilment was announced once."""
        made = Counter(claim.claim_id for event in seen.told(WishesClaimed) for claim in event.claims)
        ended = Counter(claim.claim_id for event in seen.told(ClaimsEnded) for claim in event.claims)
        confirmed = Counter(event.claim_id for event in seen.told(FulfilmentConfirmed))
        assert made == Counter(row.id for row in seen.claim)
        assert ended == Counter(row.id for row in seen.claim if row.state not in KEEPS_ITS_PLACE)
        assert confirmed == Counter(row.id for row in seen.claim if row.state == ClaimState.CONFIRMED)

    def what_was_told_of_lines_and_pledges_is_what_happened(self, seen: Seen) -> None:
        """See that each turn that was offered or ended, and each pool that moved, was announced once."""
        turns = Counter((t.waiting_id, t.how) for event in seen.told(WaitingMoved) for t in event.turns)
        offered = [(row.id, "offered") for row in seen.waiting if row.offered_until]
        ends = ("declined", "timed_out", "closed")
        assert turns == Counter([*offered, *_now_in(seen.waiting, ends)])
        pools = Counter((event.pool_id, event.how) for event in seen.told(PoolMoved))
        filled_at_once = {(one.pool_id, one.amount) for one in seen.pledge}
        opened = [(row.id, "opened") for row in seen.pool if (row.id, row.target) not in filled_at_once]
        of_pools = {row.claimant_id for row in seen.claim}
        reached = [(row.id, "reached") for row in seen.pool if row.id in of_pools]
        assert pools == Counter([*opened, *reached, *_now_in(seen.pool, ("lapsed", "closed"))])

    def what_was_told_of_dispatches_and_visits_is_what_happened(self, seen: Seen) -> None:
        """See that every answer and end of a dispatch, every arrangement and missed visit was told once."""
        told = Counter((m.dispatch_id, m.how) for event in seen.told(DispatchesMoved) for m in event.moves)
        ends = {state.value for state in DISPATCH_LIFECYCLE.final_states}
        answers = Counter((row.dispatch_id, row.answer) for row in seen.dispatch_answer)
        for one in seen.dispatch:
            for how in ("declined", "timed_out", "accepted"):
                assert told[one.id, how] == answers[one.id, how]
            assert all(told[one.id, end] == (one.state == end) for end in ends)
        visits = [move for event in seen.told(VisitsMoved) for move in event.moves]
        once = Counter((move.arrangement_id, move.how) for move in visits if move.visit_id is None)
        for pair in seen.arrangement:
            assert once[pair.id, "arranged"] == 1
            has_ended = pair.state != ARRANGEMENT_LIFECYCLE.starts
            assert once[pair.id, "ended"] + once[pair.id, "left"] == has_ended
        missed = Counter(move.visit_id for move in visits if move.how == "missed")
        assert set(missed.values()) <= {1}
        assert {row.id for row in seen.visit if row.state == VisitState.MISSED} <= set(missed)

    def the_newest_standing_is_how_the_offer_stands(self, seen: Seen) -> None:
        """See that standings that say different things have different versions, and the last one is true."""
        told = standings_in(seen)
        for offer in seen.offer.values():
            said = {(one.version, one.state, one.places_left) for one in told[offer.id]}
            assert len({version for version, _, _ in said}) == len(said)
            newest = max(told[offer.id], key=lambda one: one.version, default=None)
            if newest and newest.version == offer.version:
                left = offer.places - offer.taken - offer.reserved if offer.state == OfferState.OPEN else 0
                assert (newest.state, newest.places_left) == (offer.state, left)


def _now_in(rows: Iterable[Any], states: Sequence[str]) -> list[tuple[UUID, str]]:
    return [(row.id, row.state) for row in rows if row.state in states]


def standings_in(seen: Seen) -> dict[UUID, list[Standing]]:
    """Return what was told of how each offer stands."""
    told = defaultdict(list)
    for claimed in seen.told(WishesClaimed):
        for made in claimed.claims:
            told[made.wish_id].append(made.standing)
    for over in seen.told(ClaimsEnded):
        for ended in over.claims:
            told[ended.wish_id].append(ended.standing)
    for confirmed in seen.told(FulfilmentConfirmed):
        told[confirmed.wish_id].append(confirmed.standing)
    for moved in seen.told(WaitingMoved):
        for turn in moved.turns:
            told[turn.wish_id].append(turn.standing)
    for pool in seen.told(PoolMoved):
        told[pool.wish_id].append(pool.standing)
    for enough in seen.told(FreePlacesGivenUp):
        told[enough.wish_id].append(enough.standing)
    return told


INVARIANTS = (
    Sound.every_row_moves_as_its_table_says,
    Sound.places_are_never_given_twice,
    Sound.nobody_waits_where_a_place_is_free,
    Sound.the_ledger_of_pledges_adds_up,
    Sound.nobody_holds_more_than_they_may,
    Sound.offers_stand_as_their_numbers_say,
    Sound.whom_to_call_is_known_while_there_is_something_to_do,
    Sound.every_claim_explains_itself,
    Sound.who_accepted_has_the_claim,
    Sound.one_is_asked_at_a_time_and_in_turn,
    Sound.no_more_are_asked_than_there_were_places,
    Sound.a_visit_is_planned_while_somebody_comes,
    Sound.what_was_told_of_claims_is_what_happened,
    Sound.what_was_told_of_lines_and_pledges_is_what_happened,
    Sound.what_was_told_of_dispatches_and_visits_is_what_happened,
    Sound.the_newest_standing_is_how_the_offer_stands,
)
"""All of them."""
