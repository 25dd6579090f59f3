"""What others tell, doubled, late and out of order: releases, withdrawals, members, areas."""

from itertools import permutations

import eventlet
import msgspec
import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Event, new_id
from services.claims.contracts import (
    Claimed,
    ClaimsEnded,
    ClaimWish,
    ConfirmByResident,
    DeliverClaim,
    GetOffer,
    LookUpContact,
    NoLongerOffered,
    UnknownOffer,
)
from services.directory.contracts import AreasChanged, AreaSettings, MembersChanged
from services.wishes.contracts import Urgency, WishesReleased, WishWithdrawn
from tests.support.claims import (
    CONFIRMATION_CODE,
    NOON,
    ClaimsAtHand,
    a_member_copy,
    a_wish,
    an_area_copy,
    as_member,
    later,
)

# -- releases


def test_released_wishes_are_on_the_board_an_urgent_one_too(claims: ClaimsAtHand) -> None:
    urgent = a_wish(claims.seals, urgency=Urgency.URGENT, period=None, places=2)
    claims.hear(WishesReleased(wishes=[a_wish(claims.seals), urgent]))
    offer = claims.ask(GetOffer(wish_id=urgent.wish_id))
    assert (offer.state, offer.places, offer.places_left, offer.released_at) == ("open", 2, 2, NOON)


def test_a_release_heard_twice_is_heard_once(claims: ClaimsAtHand) -> None:
    wish = a_wish(claims.seals, places=2)
    event = WishesReleased(wishes=[wish])
    claims.hear(event)
    claims.claim(claims.a_member(), wish)
    claims.hear(event)  # the same letter again
    claims.release(wish)  # the same wish in another letter
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).places_left == 1
    assert claims.row("SELECT version FROM claims.offer").version == 2


def test_a_newer_release_brings_the_offer_up_to_date_and_keeps_what_is_taken(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    wish = claims.a_released_wish()
    member = claims.a_member()
    claimed = claims.claim(member, wish)
    later(simulated_clock, days=30)
    contact = claims.seals.seal(msgspec.json.encode({"name": "林阿婆", "phone": None}).decode())
    newer = msgspec.structs.replace(
        wish, title="一副拐杖", places=3, contact=contact, version=wish.version + 1
    )
    claims.release(newer)
    offer = claims.ask(GetOffer(wish_id=wish.wish_id))
    assert (offer.title, offer.state, offer.places, offer.places_left) == ("一副拐杖", "open", 3, 2)
    assert offer.released_at == NOON  # it visibly ages
    assert claims.ask(LookUpContact(by=as_member(member), claim_id=claimed.claim_id)).phone is None
    claims.release(wish)  # stale
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).title == "一副拐杖"


def test_fewer_places_than_are_taken_leave_those_who_have_one(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=3)
    for member in claims.some_members(2):
        claims.claim(member, wish)
    claims.release(msgspec.structs.replace(wish, places=1, version=9))
    offer = claims.ask(GetOffer(wish_id=wish.wish_id))
    assert (offer.state, offer.places, offer.places_left) == ("taken", 2, 0)


def test_of_one_wish_twice_in_a_letter_the_newest_counts(claims: ClaimsAtHand) -> None:
    wish = a_wish(claims.seals)
    newest = msgspec.structs.replace(wish, title="新", version=5)
    older = msgspec.structs.replace(wish, title="旧", version=4)
    claims.release(wish, newest, older)
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).title == "新"


def test_the_largest_letter_is_read(claims: ClaimsAtHand) -> None:
    claims.release(*(a_wish(claims.seals) for _ in range(500)))
    assert claims.row("SELECT count(*) AS offers FROM claims.offer").offers == 500


def test_two_letters_about_one_wish_at_once_both_count(claims: ClaimsAtHand) -> None:
    wishes = [a_wish(claims.seals) for _ in range(50)]
    newer = [msgspec.structs.replace(wish, places=4, version=8) for wish in reversed(wishes)]
    pool = eventlet.GreenPool()
    for letter in (wishes, newer, wishes, newer):
        pool.spawn_n(claims.release, *letter)
    pool.waitall()
    assert {row.places for row in claims.rows("SELECT places FROM claims.offer")} == {4}


# -- withdrawals


def test_a_withdrawn_wish_ends_the_claims_on_it_and_whoever_held_it_is_told(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=4)
    held, delivered, confirmed = claims.some_members(3)
    done = claims.claim(confirmed, wish)
    claims.ask(DeliverClaim(by=as_member(confirmed), claim_id=done.claim_id))
    claims.ask(ConfirmByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE))
    ending = [claims.claim(member, wish) for member in (held, delivered)]
    claims.ask(DeliverClaim(by=as_member(delivered), claim_id=ending[1].claim_id))

    event = WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1)
    claims.hear(event)
    claims.hear(event)

    (ended,) = claims.told(ClaimsEnded)
    assert {(claim.claim_id, claim.how) for claim in ended.claims} == {
        (claim.claim_id, "withdrawn") for claim in ending
    }
    assert {(claim.standing.state, claim.standing.places_left) for claim in ended.claims} == {
        ("withdrawn", 0)
    }
    offer = claims.row("SELECT taken, confirmed, state FROM claims.offer")
    assert tuple(offer) == (1, 1, "withdrawn")
    assert claims.row("SELECT sum(open_claims) AS held FROM claims.member").held == 0
    with pytest.raises(NoLongerOffered):
        claims.claim(held, wish)


def test_a_wish_that_came_true_stays_so_when_its_withdrawal_comes_late(claims: ClaimsAtHand) -> None:
    wish, member = claims.a_released_wish(), claims.a_member()
    claims.claim(member, wish)
    claims.ask(ConfirmByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE))
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    assert claims.ask(GetOffer(wish_id=wish.wish_id)).state == "fulfilled"


def test_a_wish_released_again_after_its_withdrawal_is_offered_again(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish()
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    claims.release(msgspec.structs.replace(wish, version=wish.version + 2))
    claimed = claims.claim(member := claims.a_member(), wish)
    assert claims.ask(LookUpContact(by=as_member(member), claim_id=claimed.claim_id)).name == "林阿婆"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_releases_and_withdrawals_in_any_order_end_where_the_newest_says(
    claims: ClaimsAtHand, order: tuple[int, ...]
) -> None:
    gone, back = a_wish(claims.seals), a_wish(claims.seals)
    stories: list[list[Event]] = [
        [
            WishesReleased(wishes=[gone]),
            WishesReleased(wishes=[msgspec.structs.replace(gone, version=4)]),
            WishWithdrawn(wish_id=gone.wish_id, version=5),
        ],
        [
            WishesReleased(wishes=[back]),
            WishWithdrawn(wish_id=back.wish_id, version=4),
            WishesReleased(wishes=[msgspec.structs.replace(back, version=5)]),
        ],
    ]
    for story in stories:
        for number in order:
            claims.hear(story[number])
            claims.hear(story[number])
    assert claims.ask(GetOffer(wish_id=gone.wish_id)).state == "withdrawn"
    assert claims.ask(GetOffer(wish_id=back.wish_id)).state == "open"


def test_a_withdrawal_of_a_wish_that_was_never_released_is_kept_in_peace(claims: ClaimsAtHand) -> None:
    wish_id = new_id()
    claims.hear(WishWithdrawn(wish_id=wish_id, version=2))
    with pytest.raises(UnknownOffer):
        claims.ask(GetOffer(wish_id=wish_id))


def test_a_release_and_its_withdrawal_at_the_same_moment_leave_no_open_offer(claims: ClaimsAtHand) -> None:
    wishes = [a_wish(claims.seals) for _ in range(20)]
    pool = eventlet.GreenPool()
    for wish in wishes:
        letters = [
            WishesReleased(wishes=[wish]),
            WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1),
        ]
        for letter in letters if len(pool.coroutines_running) % 4 else reversed(letters):
            pool.spawn_n(claims.hear, letter)
    pool.waitall()
    assert {row.state for row in claims.rows("SELECT state FROM claims.offer")} == {"withdrawn"}


def test_claims_and_withdrawals_at_the_same_moment_leave_nobody_with_a_withdrawn_wish(
    claims: ClaimsAtHand,
) -> None:
    wishes = [claims.a_released_wish(places=3) for _ in range(6)]
    members = claims.some_members(12)
    pool = eventlet.GreenPool()
    for number, wish in enumerate(wishes):
        for member in members:
            command = ClaimWish(by=as_member(member), wish_id=wish.wish_id, key=str(number))
            pool.spawn_n(claims.claim_all, command)
        pool.spawn_n(claims.hear, WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    pool.waitall()
    assert {row.state for row in claims.rows("SELECT DISTINCT state FROM claims.claim")} <= {"withdrawn"}
    assert {row.taken for row in claims.rows("SELECT taken FROM claims.offer")} == {0}
    assert {row.open_claims for row in claims.rows("SELECT open_claims FROM claims.member")} == {0}


# -- members and areas


def test_of_members_and_areas_the_newest_word_counts(claims: ClaimsAtHand) -> None:
    member = a_member_copy(claims.seals, version=2)
    stale = msgspec.structs.replace(member, is_active=False, version=1)
    claims.hear(MembersChanged(members=[member]))
    claims.hear(MembersChanged(members=[stale]))
    claims.hear(AreasChanged(areas=[an_area_copy(AreaSettings(open_claims=1), version=2)]))
    claims.hear(AreasChanged(areas=[an_area_copy(AreaSettings(open_claims=9), version=1)]))
    assert isinstance(claims.claim(member.id, claims.a_released_wish()), Claimed)
    assert claims.row("SELECT open_claims FROM claims.area").open_claims == 1


def test_one_letter_may_name_a_member_twice(claims: ClaimsAtHand) -> None:
    member = a_member_copy(claims.seals)
    gone = msgspec.structs.replace(member, is_active=False, version=2)
    claims.hear(MembersChanged(members=[gone, member]))
    assert claims.row("SELECT is_active FROM claims.member").is_active is False


def test_news_of_a_member_leaves_their_open_claims_alone(claims: ClaimsAtHand) -> None:
    member = a_member_copy(claims.seals)
    claims.hear(MembersChanged(members=[member]))
    claims.claim(member.id, claims.a_released_wish())
    claims.hear(MembersChanged(members=[msgspec.structs.replace(member, unit_id=new_id(), version=2)]))
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 1


def test_the_copy_of_a_member_holds_nothing_that_names_or_reaches_them(claims: ClaimsAtHand) -> None:
    claims.a_member()
    columns = {"id", "unit_id", "community_id", "is_active", "open_claims", "version"}
    columns |= {"area_path", "skills", "willingness", "free_hours"}
    assert set(claims.row("SELECT * FROM claims.member")._mapping) == columns
