"""Suggestions both ways on real PostgreSQL: who fits and lives near comes first, and points count nothing."""

from uuid import UUID

import pytest

from services.chassis.contracts import new_id
from services.chassis.refusals import Malformed, NotPermitted
from services.claims.contracts import (
    GetOffer,
    ListOffers,
    MemberSuggestions,
    NotAMember,
    ReturnClaim,
    SuggestMembers,
    SuggestWishes,
    WishSuggestions,
)
from services.directory.contracts import MembersChanged
from services.wishes.contracts import Claimant
from tests.support.claims import (
    COMMUNITY_PATH,
    ClaimsAtHand,
    a_member_copy,
    as_member,
    as_worker,
)

NEXT_DOOR = "/city/east/main-street/lake/"
FAR = "/city/west/other-street/garden/"


def somebody(claims: ClaimsAtHand, **changes: object) -> UUID:
    """Let the service hear of a member of these gifts."""
    member = a_member_copy(claims.seals, **changes)
    claims.hear(MembersChanged(members=[member]))
    return member.id


def test_wishes_that_need_what_a_member_can_come_first_then_the_near_ones(claims: ClaimsAtHand) -> None:
    member = somebody(claims, skills=("理发",), willingness=("轮椅",))
    far = claims.a_released_wish(area_path=FAR, title="一袋大米", community_id=new_id())
    near = claims.a_released_wish(title="一袋面粉")
    beside = claims.a_released_wish(area_path=NEXT_DOOR, title="一袋米", community_id=new_id())
    willing = claims.a_released_wish(area_path=FAR, title="一把轮椅", community_id=new_id())
    skilled = claims.a_released_wish(area_path=FAR, title="上门理发", skill="理发", community_id=new_id())
    claims.a_released_wish(title="修水管", skill="水电")
    claims.claim(somebody(claims), claims.a_released_wish(title="已认领"))
    fits: WishSuggestions = claims.ask(SuggestWishes(by=as_member(member)))
    in_order = [wish.wish_id for wish in (skilled, willing, near, beside, far)]
    assert [fit.offer.wish_id for fit in fits.items] == in_order
    assert [fit.nearness for fit in fits.items] == [1, 1, 4, 3, 1]
    assert [fit.skill_fits for fit in fits.items] == [True, False, False, False, False]


def test_members_are_suggested_who_can_who_want_and_who_live_near(claims: ClaimsAtHand) -> None:
    far = somebody(claims, area_path=FAR)
    near = somebody(claims)
    willing = somebody(claims, area_path=FAR, willingness=("理发",))
    skilled = somebody(claims, area_path=FAR, skills=("理发",))
    somebody(claims, is_active=False)
    wish = claims.a_released_wish(title="上门理发", skill="理发")
    question = SuggestMembers(by=as_worker(), wish_id=wish.wish_id)
    fits: MemberSuggestions = claims.ask(question)
    assert [fit.member_id for fit in fits.items] == [skilled, willing, near, far]
    with pytest.raises(NotPermitted):
        claims.ask(SuggestMembers(by=as_worker("/city/west/"), wish_id=wish.wish_id))


def test_who_has_no_room_or_no_time_or_holds_it_already_is_not_suggested(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=1)
    free = somebody(claims, free_hours=("sat_morning",))
    busy, holder = somebody(claims), somebody(claims)
    wish = claims.a_released_wish(places=3)
    claims.claim(busy, claims.a_released_wish())
    claims.claim(holder, wish)
    fits: MemberSuggestions = claims.ask(SuggestMembers(by=as_worker(), wish_id=wish.wish_id))
    assert [fit.member_id for fit in fits.items] == [free]
    hours = SuggestMembers(by=as_worker(), wish_id=wish.wish_id, free_hours="sat_morning")
    (fit,) = claims.ask(hours).items
    assert (fit.member_id, fit.is_free) == (free, True)
    evening = SuggestMembers(by=as_worker(), wish_id=wish.wish_id, free_hours="sun_evening")
    assert claims.ask(evening).items == []


def test_suggestions_come_in_pages_without_a_gap(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    wishes = {claims.a_released_wish().wish_id for _ in range(7)}
    seen, after = [], None
    while True:
        page: WishSuggestions = claims.ask(SuggestWishes(by=as_member(member), after=after, limit=3))
        seen += [fit.offer.wish_id for fit in page.items]
        if (after := page.next) is None:
            break
    assert len(seen) == 7
    assert set(seen) == wishes
    with pytest.raises(Malformed):
        claims.ask(SuggestWishes(by=as_member(member), after="here"))


def test_who_gave_a_wish_back_is_suggested_for_it_again_and_who_has_it_is_not(claims: ClaimsAtHand) -> None:
    gave_back, has_it = claims.some_members(2)
    wish = claims.a_released_wish(places=2)
    returned = claims.claim(gave_back, wish)
    claims.claim(has_it, wish)
    claims.ask(ReturnClaim(by=as_member(gave_back), claim_id=returned.claim_id))
    fits = claims.ask(SuggestMembers(by=as_worker(), wish_id=wish.wish_id)).items
    assert [fit.member_id for fit in fits] == [gave_back]


def test_what_suits_a_unit_is_shown_as_such_and_suggested_to_no_member(claims: ClaimsAtHand) -> None:
    member, for_unit = claims.a_member(), claims.a_released_wish(suitable=Claimant.UNIT)
    for_one = claims.a_released_wish(suitable=Claimant.MEMBER)
    fits = claims.ask(SuggestWishes(by=as_member(member))).items
    assert [fit.offer.wish_id for fit in fits] == [for_one.wish_id]
    assert claims.ask(GetOffer(wish_id=for_unit.wish_id)).suitable is Claimant.UNIT
    (shown,) = claims.ask(ListOffers(suitable=Claimant.UNIT)).items
    assert shown.wish_id == for_unit.wish_id


def test_only_those_who_are_registered_get_suggestions(claims: ClaimsAtHand) -> None:
    with pytest.raises(NotAMember):
        claims.ask(SuggestWishes(by=as_member(new_id())))


def test_nearness_is_counted_in_steps_that_both_share(claims: ClaimsAtHand) -> None:
    member = somebody(claims, area_path="/city/west/main-street/garden/")
    claims.a_released_wish()
    (fit,) = claims.ask(SuggestWishes(by=as_member(member))).items
    assert fit.nearness == len(["city"])
    assert COMMUNITY_PATH.startswith("/city/")
