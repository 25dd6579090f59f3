"""Pooled pledges on real PostgreSQL: many promise one wish, what is promised is not yet received."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.chassis.refusals import NotPermitted
from services.claims.contracts import (
    AlreadyPledged,
    ClaimantKind,
    ConfirmFulfilment,
    DeliverClaim,
    DoerCannotConfirm,
    FulfilmentConfirmed,
    GetPool,
    GiveBackPledge,
    ListPledges,
    MyPledges,
    NoLongerOffered,
    NoPlaceLeft,
    NotForPooling,
    PledgeList,
    PoolMoved,
    PoolStillRuns,
    PoolView,
    ReceivePledge,
    ReturnClaim,
    TargetNotReached,
    TargetReached,
    UnknownPledge,
    UnusableAmount,
    WaitingMoved,
    WishesClaimed,
    WithdrawPledge,
)
from services.scheduler.contracts import LapsesDue
from services.wishes.contracts import ReleasedWish, WishKind, WishWithdrawn
from tests.support.claims import (
    COMMUNITY_PATH,
    ClaimsAtHand,
    as_member,
    as_worker,
)
from tests.support.collective import pledge, wait

TODAY = date(2026, 11, 2)


def pool_of(claims: ClaimsAtHand, wish: ReleasedWish) -> PoolView:
    """Return the newest pool of a wish, as everybody sees it."""
    pool: PoolView = claims.ask(GetPool(wish_id=wish.wish_id))
    return pool


def offer_of(claims: ClaimsAtHand, wish: ReleasedWish) -> Any:
    """Return the row of an offer."""
    return claims.row("SELECT * FROM claims.offer WHERE id = :id", id=wish.wish_id)


def test_pledges_that_reach_the_target_make_the_wish_claimed(claims: ClaimsAtHand) -> None:
    first, second, third = claims.some_members(3)
    wish = claims.a_released_wish(value=900)
    for member, amount in ((first, 300), (second, 200)):
        pledge(claims, member, wish, amount)
        offer = offer_of(claims, wish)
        assert (offer.taken, offer.reserved, offer.state) == (0, 1, "taken")
    assert claims.told(WishesClaimed) == []
    pledge(claims, third, wish, 400)
    pool, offer = pool_of(claims, wish), offer_of(claims, wish)
    assert (pool.target, pool.pledged, pool.received, pool.state) == (900, 900, 0, "reached")
    assert (offer.taken, offer.reserved, offer.state) == (1, 0, "taken")
    (event,) = claims.told(WishesClaimed)
    (made,) = event.claims
    assert (made.claimant_kind, made.claimant_id, made.member_id) == (ClaimantKind.POOL, pool.id, first)
    assert made.people == (first, second, third)
    opened, reached = claims.told(PoolMoved)
    assert (opened.how, opened.standing.state) == ("opened", "taken")
    assert (reached.how, reached.pledgers) == ("reached", [first, second, third])
    assert claims.row("SELECT sum(open_claims) AS open FROM claims.member").open == 0


def test_nobody_pledges_more_than_is_missing_or_twice_or_nothing(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    for amount in (0, -5, 101):
        with pytest.raises(UnusableAmount):
            pledge(claims, first, wish, amount)
    pledge(claims, first, wish, 60)
    with pytest.raises(AlreadyPledged):
        pledge(claims, first, wish, 10)
    with pytest.raises(UnusableAmount) as refused:
        pledge(claims, second, wish, 41)
    assert refused.value.arguments["missing"] == 40


def test_only_goods_on_the_board_with_a_free_place_are_pledged_for(claims: ClaimsAtHand) -> None:
    member, holder = claims.some_members(2)
    service = claims.a_released_wish(kind=WishKind.SERVICE)
    taken, gone = claims.a_released_wish(), claims.a_released_wish()
    claims.claim(holder, taken)
    claims.hear(WishWithdrawn(wish_id=gone.wish_id, version=gone.version + 1))
    for wish, refusal in ((service, NotForPooling), (taken, NoPlaceLeft), (gone, NoLongerOffered)):
        with pytest.raises(refusal):
            pledge(claims, member, wish, 10)


def test_the_place_of_a_pool_is_nobody_else_s(claims: ClaimsAtHand) -> None:
    member, other = claims.some_members(2)
    wish = claims.a_released_wish(value=100, places=2)
    pledge(claims, member, wish, 10)
    claims.claim(other, wish)
    with pytest.raises(NoPlaceLeft):
        claims.claim(member, wish)


def test_a_pledge_is_taken_back_before_the_target_and_not_after(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    one = pledge(claims, first, wish, 40)
    two = pledge(claims, second, wish, 20)
    with pytest.raises(UnknownPledge):
        claims.ask(WithdrawPledge(by=as_member(second), pledge_id=one))
    claims.ask(WithdrawPledge(by=as_member(first), pledge_id=one))
    assert pool_of(claims, wish).pledged == 20
    claims.ask(WithdrawPledge(by=as_member(second), pledge_id=two))
    offer = offer_of(claims, wish)
    assert (pool_of(claims, wish).state, offer.reserved, offer.state) == ("closed", 0, "open")
    last = pledge(claims, first, wish, 100)
    with pytest.raises(TargetReached):
        claims.ask(WithdrawPledge(by=as_member(first), pledge_id=last))


def test_a_pool_below_its_target_lapses_and_its_place_goes_to_whoever_waits(claims: ClaimsAtHand) -> None:
    claims.settle_area(pledge_days=5)
    first, waiter = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    pledge(claims, first, wish, 99)
    wait(claims, waiter, wish)
    assert pool_of(claims, wish).closes_on == TODAY + timedelta(days=5)
    claims.hear(LapsesDue(on=TODAY + timedelta(days=5)))
    assert pool_of(claims, wish).state == "gathering"
    claims.hear(LapsesDue(on=TODAY + timedelta(days=6)))
    pool = pool_of(claims, wish)
    assert (pool.state, pool.pledged) == ("lapsed", 0)
    assert [moved.how for moved in claims.told(PoolMoved)] == ["opened", "lapsed"]
    assert claims.told(PoolMoved)[-1].pledgers == [first]
    (event,) = claims.told(WaitingMoved)
    assert (event.turns[0].member_id, event.turns[0].how) == (waiter, "offered")
    mine: PledgeList = claims.ask(MyPledges(by=as_member(first)))
    assert [item.state for item in mine.items] == ["lapsed"]


def test_pledged_is_not_received_until_a_worker_who_did_not_pledge_says_so(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    one = pledge(claims, first, wish, 40)
    with pytest.raises(TargetNotReached):
        claims.ask(ReceivePledge(by=as_worker(), pledge_id=one))
    pledge(claims, second, wish, 60)
    with pytest.raises(NotPermitted):
        claims.ask(ReceivePledge(by=as_worker("/city/west/"), pledge_id=one))
    with pytest.raises(DoerCannotConfirm):
        claims.ask(ReceivePledge(by=as_worker(member_id=first), pledge_id=one))
    claims.ask(ReceivePledge(by=as_worker(), pledge_id=one))
    pool = pool_of(claims, wish)
    assert (pool.pledged, pool.received) == (100, 40)
    ledger: PledgeList = claims.ask(ListPledges(by=as_worker(), below=COMMUNITY_PATH, wish_id=wish.wish_id))
    assert [(item.amount, item.state) for item in ledger.items] == [(60, "pledged"), (40, "received")]


def test_who_pledged_first_sees_it_through_and_no_pledger_confirms(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    pledge(claims, first, wish, 40)
    pledge(claims, second, wish, 60)
    claim_id = claims.told(WishesClaimed)[0].claims[0].claim_id
    claims.ask(DeliverClaim(by=as_member(first), claim_id=claim_id))
    for pledger in (first, second):
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=as_worker(member_id=pledger), claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claim_id))
    (confirmed,) = claims.told(FulfilmentConfirmed)
    assert (confirmed.claimant_kind, confirmed.member_id) == (ClaimantKind.POOL, first)
    assert pool_of(claims, wish).state == "fulfilled"


def test_what_was_pledged_is_counted_on_after_the_wish_came_true_too(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    pledge(claims, first, wish, 40)
    last = pledge(claims, second, wish, 60)
    claim_id = claims.told(WishesClaimed)[0].claims[0].claim_id
    claims.ask(DeliverClaim(by=as_member(first), claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claim_id))
    with pytest.raises(TargetReached):
        claims.ask(WithdrawPledge(by=as_member(second), pledge_id=last))
    claims.ask(ReceivePledge(by=as_worker(), pledge_id=last))
    assert pool_of(claims, wish).received == 60


def test_a_pool_whose_claim_is_returned_closes_and_gives_back_what_was_received(claims: ClaimsAtHand) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish(value=100)
    one = pledge(claims, first, wish, 40)
    two = pledge(claims, second, wish, 60)
    claims.ask(ReceivePledge(by=as_worker(), pledge_id=two))
    with pytest.raises(PoolStillRuns):
        claims.ask(GiveBackPledge(by=as_worker(), pledge_id=two))
    claim_id = claims.told(WishesClaimed)[0].claims[0].claim_id
    claims.ask(ReturnClaim(by=as_member(first), claim_id=claim_id))
    pool, offer = pool_of(claims, wish), offer_of(claims, wish)
    assert (pool.state, pool.pledged, pool.received, offer.state) == ("closed", 60, 60, "open")
    claims.ask(GiveBackPledge(by=as_worker(), pledge_id=two))
    states = {row.id: row.state for row in claims.rows("SELECT id, state FROM claims.pledge")}
    assert states == {one: "lapsed", two: "given_back"}
    assert pool_of(claims, wish).received == 0
    pledge(claims, second, wish, 100)


def test_a_withdrawn_wish_closes_its_pool(claims: ClaimsAtHand) -> None:
    first = claims.a_member()
    wish = claims.a_released_wish(value=100)
    pledge(claims, first, wish, 40)
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    offer = offer_of(claims, wish)
    assert (pool_of(claims, wish).state, offer.reserved, offer.state) == ("closed", 0, "withdrawn")
    assert [moved.how for moved in claims.told(PoolMoved)] == ["opened", "closed"]


def test_a_wish_for_which_nobody_pledged_has_no_pool(claims: ClaimsAtHand) -> None:
    with pytest.raises(UnknownPledge):
        pool_of(claims, claims.a_released_wish())
