"""Claiming, undoing and returning, and looking up whom to call, on real PostgreSQL."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import inspect

from services.chassis.audit import first_broken_link
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.migrations import metadata_of
from services.chassis.refusals import IllegalMove, KeyUsedOtherwise, Refusal, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.claims.contracts import (
    AlreadyYours,
    Claimed,
    ClaimsEnded,
    ClaimWish,
    DeliverClaim,
    LookUpContact,
    MyClaims,
    NoLongerYours,
    NoPlaceLeft,
    NotAMember,
    ReturnClaim,
    TooLateToUndo,
    TooManyOpenClaims,
    UndoClaim,
    UnknownClaim,
    UnknownOffer,
    UnusableText,
    WishesClaimed,
)
from services.directory.contracts import MembersChanged
from services.wishes.contracts import WishWithdrawn
from tests.support.claims import (
    CONTACT,
    NOON,
    ClaimsAtHand,
    a_member_copy,
    as_member,
    as_worker,
    later,
)

# -- claiming


def test_a_member_claims_a_wish_and_hears_by_when(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish(service_days=7)
    claimed = claims.claim(member, wish)
    assert claimed.due_on == date(2026, 11, 9)
    assert claimed.undo_until == NOON + timedelta(minutes=10)
    (event,) = claims.told(WishesClaimed)
    (made,) = event.claims
    assert (made.claim_id, made.wish_id, made.member_id) == (claimed.claim_id, wish.wish_id, member)
    assert (made.resident_id, made.title, made.wish_code) == (wish.resident_id, wish.title, wish.code)
    assert (made.due_on, made.claimed_at, made.area_path) == (claimed.due_on, NOON, wish.area_path)
    assert (made.standing.state, made.standing.places_left, made.standing.version) == ("taken", 0, 2)


def test_the_days_of_service_count_from_the_civil_day(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    later(simulated_clock, hours=13)  # one in the morning of the third, in Shanghai
    assert claims.claim(claims.a_member(), claims.a_released_wish(service_days=1)).due_on == date(2026, 11, 4)


def test_the_same_key_claims_once_and_answers_the_same(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish(places=2)
    assert claims.claim(member, wish, key="click") == claims.claim(member, wish, key="click")
    assert claims.row("SELECT count(*) AS claims FROM claims.claim").claims == 1
    assert len(claims.told(WishesClaimed)) == 1


def test_the_same_key_claims_no_other_wish_in_one_batch_or_the_next(claims: ClaimsAtHand) -> None:
    member, wish, other = claims.a_member(), claims.a_released_wish(), claims.a_released_wish()
    one, two = (
        ClaimWish(by=as_member(member), wish_id=asked.wish_id, key="click") for asked in (wish, other)
    )
    claimed, refused = claims.claim_all(one, two)
    assert isinstance(claimed, Claimed)
    assert isinstance(refused, KeyUsedOtherwise)
    assert [type(answer) for answer in claims.claim_all(two)] == [KeyUsedOtherwise]
    assert claims.claim_all(one) == [claimed]
    assert claims.row("SELECT count(*) AS claims FROM claims.claim").claims == 1


def test_the_key_of_one_undo_undoes_no_other_claim(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    first, second = (claims.claim(member, claims.a_released_wish()) for _ in range(2))
    claims.ask(UndoClaim(by=as_member(member), claim_id=first.claim_id, key="click"))
    with pytest.raises(KeyUsedOtherwise):
        claims.ask(UndoClaim(by=as_member(member), claim_id=second.claim_id, key="click"))
    assert claims.row("SELECT count(*) AS held FROM claims.claim WHERE state = 'held'").held == 1


def test_the_same_key_of_another_member_is_another_claim(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=2)
    first, second = (claims.claim(member, wish, key="1") for member in claims.some_members(2))
    assert first.claim_id != second.claim_id


@pytest.mark.parametrize("key", ["x" * 10_000, "\x00", "'; --", "钥匙"])
def test_no_key_breaks_the_batch_it_travels_in(claims: ClaimsAtHand, key: str) -> None:
    wish = claims.a_released_wish(places=2)
    odd, plain = claims.some_members(2)
    answers = claims.claim_all(
        ClaimWish(by=as_member(odd), wish_id=wish.wish_id, key=key),
        ClaimWish(by=as_member(plain), wish_id=wish.wish_id, key="1"),
    )
    assert [type(answer) for answer in answers] == [Claimed, Claimed]
    assert claims.claim(odd, wish, key=key) == answers[0]


def test_a_batch_answers_each_with_their_own_place_or_reason(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=1)
    wish, other = claims.a_released_wish(), claims.a_released_wish(places=9)
    winner, loser, eager = claims.some_members(3)
    account = Actor(account_id=new_id())
    unit_officer = Actor(account_id=new_id(), member_id=winner, grants=(Grant(Role.UNIT_OFFICER, "/unit/"),))
    asked = [
        (as_member(winner), wish.wish_id, Claimed),
        (as_member(winner), wish.wish_id, AlreadyYours),
        (as_member(loser), wish.wish_id, NoPlaceLeft),
        (as_member(loser), new_id(), UnknownOffer),
        (ANYONE, other.wish_id, SignInNeeded),
        (account, other.wish_id, NotAMember),
        (unit_officer, other.wish_id, NotAMember),
        (as_member(new_id()), other.wish_id, NotAMember),
        (as_member(winner), other.wish_id, TooManyOpenClaims),
        (as_member(eager), other.wish_id, Claimed),
        (as_member(eager), other.wish_id, AlreadyYours),
    ]
    commands = [ClaimWish(by=by, wish_id=wish_id, key=f"{n}") for n, (by, wish_id, _) in enumerate(asked)]
    assert [type(answer) for answer in claims.claim_all(*commands)] == [kind for _, _, kind in asked]


def test_a_batch_without_anybody_who_may_claim_writes_nothing(claims: ClaimsAtHand) -> None:
    (answer,) = claims.claim_all(ClaimWish(by=ANYONE, wish_id=new_id()))
    assert isinstance(answer, SignInNeeded)
    assert claims.told(WishesClaimed) == []


def test_a_batch_counts_those_it_turned_away_by_reason(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish()
    members = claims.some_members(5)
    claims.claim_all(*(ClaimWish(by=as_member(member), wish_id=wish.wish_id) for member in members))
    counted = claims.rows("SELECT code, claims FROM claims.turned_away")
    assert [tuple(row) for row in counted] == [("claims.no_place_left", 4)]


def test_the_settings_of_the_community_of_the_wish_hold(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=2, undo_minutes=30)
    member = claims.a_member()
    claimed = [claims.claim(member, claims.a_released_wish()) for _ in range(2)]
    assert claimed[0].undo_until == NOON + timedelta(minutes=30)
    with pytest.raises(TooManyOpenClaims) as refused:
        claims.claim(member, claims.a_released_wish())
    assert refused.value.arguments == {"limit": 2}
    elsewhere = claims.a_released_wish(community_id=new_id(), area_path="/city/west/bridge/mill/")
    claims.claim(member, elsewhere)  # in an area not heard of: three


def test_a_member_who_left_claims_no_more_and_keeps_what_they_did(claims: ClaimsAtHand) -> None:
    member = a_member_copy(claims.seals)
    gone = a_member_copy(claims.seals, id=member.id, is_active=False, version=2)
    claims.hear(MembersChanged(members=[member]))
    claims.claim(member.id, claims.a_released_wish())
    claims.hear(MembersChanged(members=[gone]))
    with pytest.raises(NotAMember):
        claims.claim(member.id, claims.a_released_wish())
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 1


# -- undo and return


def test_a_claim_undone_within_minutes_frees_its_place(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    first, second = claims.some_members(2)
    wish = claims.a_released_wish()
    claimed = claims.claim(first, wish)
    later(simulated_clock, minutes=10)
    claims.ask(UndoClaim(by=as_member(first), claim_id=claimed.claim_id))
    (event,) = claims.told(ClaimsEnded)
    (ended,) = event.claims
    assert (ended.how, ended.claim_id, ended.member_id) == ("undone", claimed.claim_id, first)
    assert (ended.standing.state, ended.standing.places_left, ended.standing.version) == ("open", 1, 3)
    claims.claim(second, wish)
    assert _open_claims(claims, first) == 0


def test_after_the_minutes_a_claim_can_be_returned_but_not_undone(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    later(simulated_clock, minutes=10, seconds=1)
    with pytest.raises(TooLateToUndo):
        claims.ask(UndoClaim(by=as_member(member), claim_id=claimed.claim_id))
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id, reason="要出差"))
    (mine,) = claims.ask(MyClaims(by=as_member(member))).items
    assert (mine.state, mine.reason) == ("returned", "要出差")


def test_a_reason_travels_and_rests_sealed(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id, reason="李大爷住院了"))
    (event,) = claims.told(ClaimsEnded)
    (ended,) = event.claims
    assert ended.reason == ""
    assert ended.sealed_reason
    assert claims.seals.open(ended.sealed_reason) == "李大爷住院了"
    kept = claims.rows("SELECT said FROM claims.claim_move UNION ALL SELECT body FROM claims.outbox")
    assert not any("李大爷" in (row.said or "") for row in kept)


def test_who_returned_a_wish_may_claim_it_again(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    claimed = claims.claim(member, wish, key="first")
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id))
    again = claims.claim(member, wish, key="second")
    assert again.claim_id != claimed.claim_id


def test_a_claim_ends_once_however_often_it_is_asked(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    command = ReturnClaim(by=as_member(member), claim_id=claimed.claim_id, key="click")
    assert claims.ask(command) == claims.ask(command)
    with pytest.raises(IllegalMove):
        claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id, key="another"))
    assert len(claims.told(ClaimsEnded)) == 1
    assert _open_claims(claims, member) == 0


def test_nobody_undoes_or_returns_or_delivers_for_somebody_else(claims: ClaimsAtHand) -> None:
    member, other = claims.some_members(2)
    claimed = claims.claim(member, claims.a_released_wish())
    for command in (UndoClaim, ReturnClaim, DeliverClaim, LookUpContact):
        for stranger in (as_member(other), as_worker()):
            with pytest.raises(UnknownClaim):
                claims.ask(command(by=stranger, claim_id=claimed.claim_id))
        with pytest.raises(SignInNeeded):
            claims.ask(command(by=ANYONE, claim_id=claimed.claim_id))
        with pytest.raises(UnknownClaim):
            claims.ask(command(by=as_member(member), claim_id=new_id()))


def test_a_reason_longer_than_can_be_read_is_refused(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    with pytest.raises(UnusableText):
        claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id, reason="因" * 501))


def test_the_history_of_a_claim_says_who_and_when(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    member, account = claims.a_member(), new_id()
    wish = claims.a_released_wish()
    by = as_member(member, account)
    claimed = claims.ask(ClaimWish(by=by, wish_id=wish.wish_id))
    later(simulated_clock, days=1)
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id))
    history = claims.rows("SELECT state, at, by FROM claims.claim_move ORDER BY at")
    assert [tuple(move) for move in history] == [
        ("held", NOON, str(account)),
        ("returned", NOON + timedelta(days=1), str(member)),
    ]


# -- whom to call


def test_the_claimant_sees_whom_to_call_and_every_look_is_recorded(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    look = LookUpContact(by=as_member(member), claim_id=claimed.claim_id, key="the same click")
    for _ in range(2):
        contact = claims.ask(look)
        assert (contact.name, contact.phone) == (CONTACT["name"], CONTACT["phone"])
        assert (contact.address, contact.details) == (CONTACT["address"], CONTACT["details"])
    looks = claims.rows("SELECT actor, action, subject FROM claims.audit ORDER BY id")
    assert [tuple(entry) for entry in looks] == [(str(member), "look_up_contact", str(claimed.claim_id))] * 2
    with claims.workshop.engine.connect() as connection:
        assert first_broken_link(connection, metadata_of("claims"), claims.seals) is None


def test_after_the_end_of_a_claim_nobody_sees_whom_to_call(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    claimed = claims.claim(member, wish)
    look = LookUpContact(by=as_member(member), claim_id=claimed.claim_id, key="click")
    assert claims.ask(look)
    claims.ask(ReturnClaim(by=as_member(member), claim_id=claimed.claim_id))
    with pytest.raises(NoLongerYours):
        claims.ask(look)
    assert claims.row("SELECT count(*) AS looks FROM claims.audit").looks == 1


def test_the_contact_is_erased_when_the_offer_is_over(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish()
    claims.hear(WishWithdrawn(wish_id=wish.wish_id, version=wish.version + 1))
    assert claims.row("SELECT contact FROM claims.offer").contact is None


def test_no_table_of_claims_keeps_personal_data_in_the_clear(claims: ClaimsAtHand) -> None:
    member = claims.a_member()
    claimed = claims.claim(member, claims.a_released_wish())
    claims.ask(LookUpContact(by=as_member(member), claim_id=claimed.claim_id))
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id, note=f"{CONTACT['name']}很高兴"))
    for table in inspect(claims.workshop.engine).get_table_names(schema="claims"):
        rows = claims.rows(f"SELECT to_jsonb(kept)::text AS row FROM claims.{table} AS kept")
        assert not any(secret in row.row for row in rows for secret in CONTACT.values())


def _open_claims(claims: ClaimsAtHand, member: UUID) -> int:
    row = claims.row("SELECT open_claims FROM claims.member WHERE id = :id", id=member)
    return int(row.open_claims)


def test_every_refusal_has_its_words_in_both_languages() -> None:
    from services.chassis.words import catalogue
    from services.claims import contracts

    named = [kind for kind in vars(contracts).values() if isinstance(kind, type)]
    codes = {kind.code for kind in named if issubclass(kind, Refusal)}
    assert codes
    assert all(sorted(catalogue().get(code, {})) == ["en", "zh"] for code in codes)
