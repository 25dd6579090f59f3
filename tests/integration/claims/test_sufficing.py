"""What was taken is enough: a wish with places left over comes true without them."""

from datetime import date

import pytest

from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted
from services.claims.contracts import (
    ConfirmFulfilment,
    DeliverClaim,
    EscalationsRaised,
    FreePlacesGivenUp,
    GetOffer,
    GiveUpFreePlaces,
    NobodyTookIt,
    NoLongerOffered,
    NoPlaceLeft,
    ReturnClaim,
    UnknownOffer,
)
from services.wishes.contracts import ReleasedWish
from tests.support.claims import ClaimsAtHand, as_member
from tests.support.programme import ELSEWHERE, WORKER, remind


def come_true(claims: ClaimsAtHand, wish: ReleasedWish) -> None:
    """Let a member take a place, deliver and be confirmed."""
    member = claims.a_member()
    claim_id = claims.claim(member, wish).claim_id
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=claim_id))


def test_a_wish_of_which_enough_came_true_has_come_true(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=0)
    wish = claims.a_released_wish(places=5)
    for _ in range(2):
        come_true(claims, wish)
    for _ in range(2):
        claims.ask(GiveUpFreePlaces(by=WORKER, wish_id=wish.wish_id, key="once"))
    offer = claims.ask(GetOffer(wish_id=wish.wish_id))
    assert (offer.state, offer.places, offer.places_left) == ("fulfilled", 2, 0)
    (told,) = claims.told(FreePlacesGivenUp)
    assert (told.places, told.standing.state) == (2, "fulfilled")
    assert claims.row("SELECT contact FROM claims.offer").contact is None
    with pytest.raises(NoLongerOffered):
        claims.ask(GiveUpFreePlaces(by=WORKER, wish_id=wish.wish_id))


def test_a_wish_that_somebody_still_sees_through_is_taken_and_opens_if_they_cannot(
    claims: ClaimsAtHand,
) -> None:
    wish, member = claims.a_released_wish(places=3), claims.a_member()
    come_true(claims, wish)
    claim_id = claims.claim(member, wish).claim_id
    for _ in range(2):
        claims.ask(GiveUpFreePlaces(by=WORKER, wish_id=wish.wish_id))
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).state == "taken"
    assert len(claims.told(FreePlacesGivenUp)) == 1
    with pytest.raises(NoPlaceLeft):
        claims.claim(claims.a_member(), wish)
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claim_id))
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).places_left == 1
    claims.ask(GiveUpFreePlaces(by=WORKER, wish_id=wish.wish_id))
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).state == "fulfilled"


def test_only_a_worker_of_the_place_calls_it_enough_and_only_when_somebody_took_it(
    claims: ClaimsAtHand,
) -> None:
    wish = claims.a_released_wish(places=3)
    for by, wish_id, refusal in (
        (WORKER, wish.wish_id, NobodyTookIt),
        (ELSEWHERE, wish.wish_id, NotPermitted),
        (WORKER, new_id(), UnknownOffer),
    ):
        with pytest.raises(refusal):
            claims.ask(GiveUpFreePlaces(by=by, wish_id=wish_id))


def test_a_place_left_over_is_heard_of_above(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=2)
    come_true(claims, wish)
    remind(claims, date(2027, 1, 2))
    (raised,) = (one for event in claims.told(EscalationsRaised) for one in event.escalations)
    assert (raised.kind, raised.subject_id) == ("offer", wish.wish_id)
