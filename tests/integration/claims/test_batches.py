"""Whole households and whole months claimed in one go: all of them, or as many as there may be."""

import msgspec
import pytest

from services.chassis.contracts import new_id
from services.claims.contracts import (
    BatchTooLarge,
    ClaimBatch,
    ClaimedBatch,
    NothingToClaim,
    TooManyOpenClaims,
    UnusableBatch,
    WishesClaimed,
)
from services.claims.usecases.collective import LARGEST_BATCH
from services.directory.contracts import UnitKind
from tests.support.claims import COMMUNITY, ClaimsAtHand, a_wish, as_member
from tests.support.collective import SOMEBODY, a_team, a_unit, as_officer


def test_the_wishes_of_one_household_are_claimed_together(claims: ClaimsAtHand) -> None:
    resident, member = new_id(), claims.a_member()
    ours = [claims.a_released_wish(resident_id=resident) for _ in range(3)]
    claims.a_released_wish()
    batch: ClaimedBatch = claims.ask(ClaimBatch(by=as_member(member), household_of=ours[1].wish_id))
    assert [claimed.wish_id for claimed in batch.claims] == [wish.wish_id for wish in ours]
    assert batch.left_out == 0
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 3
    (event,) = claims.told(WishesClaimed)
    assert len(event.claims) == 3


def test_a_batch_is_all_or_nothing_or_as_many_as_there_may_be(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=2)
    member = claims.a_member()
    wishes = [claims.a_released_wish(period="2026-11") for _ in range(3)]
    whole = ClaimBatch(by=as_member(member), community_id=COMMUNITY, period="2026-11")
    with pytest.raises(BatchTooLarge):
        claims.ask(whole)
    assert claims.told(WishesClaimed) == []
    some = ClaimBatch(by=as_member(member), community_id=COMMUNITY, period="2026-11", all_or_nothing=False)
    batch: ClaimedBatch = claims.ask(some)
    assert [claimed.wish_id for claimed in batch.claims] == [wish.wish_id for wish in wishes[:2]]
    assert batch.left_out == 1
    with pytest.raises(NothingToClaim):
        claims.ask(some)


def test_a_household_of_more_wishes_than_one_may_take_says_so(claims: ClaimsAtHand) -> None:
    resident, member = new_id(), claims.a_member()
    ours = [claims.a_released_wish(resident_id=resident) for _ in range(4)]
    whole = ClaimBatch(by=as_member(member), household_of=ours[0].wish_id)
    with pytest.raises(BatchTooLarge) as refused:
        claims.ask(whole)
    assert refused.value.arguments == {"wanted": 4, "room": 3}
    for wish in ours[:3]:
        claims.claim(member, wish)
    with pytest.raises(TooManyOpenClaims):
        claims.ask(whole)


def test_a_batch_larger_than_one_go_is_refused_whole_and_counted_to_its_end(claims: ClaimsAtHand) -> None:
    claims.settle_area(unit_open_claims=500)
    unit = a_unit(claims)
    claims.release(*(a_wish(claims.seals) for _ in range(LARGEST_BATCH + 2)))
    batch = ClaimBatch(
        by=as_officer(unit), unit_id=unit, named=SOMEBODY, community_id=COMMUNITY, all_or_nothing=False
    )
    with pytest.raises(BatchTooLarge):
        claims.ask(msgspec.structs.replace(batch, all_or_nothing=True))
    claimed: ClaimedBatch = claims.ask(batch)
    assert (len(claimed.claims), claimed.left_out) == (LARGEST_BATCH, 2)
    rest: ClaimedBatch = claims.ask(msgspec.structs.replace(batch, all_or_nothing=True))
    assert (len(rest.claims), rest.left_out) == (2, 0)


def test_a_unit_and_a_team_claim_a_community_s_batch(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=1)
    unit, leader = a_unit(claims, UnitKind.COMPANY), claims.a_member()
    team = a_team(claims, leader)
    for _ in range(4):
        claims.a_released_wish(places=2)
    batch: ClaimedBatch = claims.ask(
        ClaimBatch(by=as_officer(unit), unit_id=unit, named=SOMEBODY, community_id=COMMUNITY)
    )
    assert len(batch.claims) == 4
    again: ClaimedBatch = claims.ask(ClaimBatch(by=as_member(leader), team_id=team, community_id=COMMUNITY))
    assert len(again.claims) == 4
    states = {row.state for row in claims.rows("SELECT state FROM claims.offer")}
    assert states == {"taken"}


def test_a_batch_is_of_one_place_and_for_one_claimant(claims: ClaimsAtHand) -> None:
    member = as_member(claims.a_member())
    wish = claims.a_released_wish()
    for question in (
        ClaimBatch(by=member),
        ClaimBatch(by=member, household_of=wish.wish_id, community_id=COMMUNITY),
        ClaimBatch(by=member, household_of=wish.wish_id, unit_id=new_id(), team_id=new_id()),
    ):
        with pytest.raises(UnusableBatch):
            claims.ask(question)
