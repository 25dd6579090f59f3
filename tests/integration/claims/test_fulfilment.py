"""Delivered, confirmed by somebody else than the doer, or not done: on real PostgreSQL."""

from typing import Any
from uuid import UUID

import eventlet
import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, Refusal, SignInNeeded
from services.chassis.rights import ANYONE, OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.claims.contracts import (
    ClaimDelivered,
    Claimed,
    ClaimsEnded,
    ClaimWish,
    ConfirmByResident,
    ConfirmFulfilment,
    DeliverClaim,
    DoerCannotConfirm,
    FulfilmentConfirmed,
    ListClaims,
    NoLongerOffered,
    NothingDelivered,
    ReasonNeeded,
    ReportNotDone,
    ReportNotDoneByResident,
    TooManyTries,
    UnknownClaim,
    UnusableSatisfaction,
    WrongConfirmationCode,
)
from services.wishes.contracts import ReleasedWish, Urgency, WishKind, confirmation_index
from tests.support.claims import (
    COMMUNITY_PATH,
    CONFIRMATION_CODE,
    NOON,
    ClaimsAtHand,
    as_member,
    as_worker,
    later,
)


def a_claim(claims: ClaimsAtHand, wish: ReleasedWish | None = None) -> tuple[ReleasedWish, UUID, Claimed]:
    """Return a wish, a member, and the claim they have on it."""
    member, wish = claims.a_member(), wish or claims.a_released_wish()
    return wish, member, claims.claim(member, wish)


def a_delivered_claim(
    claims: ClaimsAtHand, wish: ReleasedWish | None = None
) -> tuple[ReleasedWish, UUID, Claimed]:
    """Return a wish, a member, and their claim, of which they said that it is done."""
    wish, member, claimed = a_claim(claims, wish)
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id))
    return wish, member, claimed


def by_codes(wish: ReleasedWish, code: str = CONFIRMATION_CODE, **said: Any) -> ConfirmByResident:
    """Return what a resident sends to confirm."""
    return ConfirmByResident(wish_code=wish.code, confirmation_code=code, **said)


def states(claims: ClaimsAtHand) -> list[str]:
    """Return the states of all claims, oldest first."""
    return [row.state for row in claims.rows("SELECT state FROM claims.claim ORDER BY id")]


# -- delivered


def test_the_doer_says_that_it_is_done_and_the_community_reads_the_note(claims: ClaimsAtHand) -> None:
    wish, member, claimed = a_claim(claims)
    claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id, note="轮椅已送到"))
    (event,) = claims.told(ClaimDelivered)
    assert (event.claim_id, event.wish_id, event.resident_id) == (
        claimed.claim_id,
        wish.wish_id,
        wish.resident_id,
    )
    (listed,) = claims.ask(ListClaims(by=as_worker(), below=COMMUNITY_PATH, state="delivered")).items
    assert (listed.id, listed.note, listed.delivered_at) == (claimed.claim_id, "轮椅已送到", NOON)


def test_what_is_delivered_stays_an_open_claim_until_it_is_confirmed(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=1)
    _, member, _ = a_delivered_claim(claims)
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 1
    with pytest.raises(Refusal):
        claims.claim(member, claims.a_released_wish())


# -- confirmed


def test_the_resident_confirms_with_their_two_codes(claims: ClaimsAtHand) -> None:
    wish, member, claimed = a_delivered_claim(claims, claims.a_released_wish(urgency=Urgency.URGENT))
    claims.ask(by_codes(wish, satisfaction=5))
    (event,) = claims.told(FulfilmentConfirmed)
    assert (event.claim_id, event.member_id, event.by_resident) == (claimed.claim_id, member, True)
    assert (event.kind, event.urgency, event.satisfaction) == (WishKind.GOODS, Urgency.URGENT, 5)
    assert (event.community_id, event.confirmed_at) == (wish.community_id, NOON)
    assert (event.standing.state, event.standing.places_left, event.standing.version) == ("fulfilled", 0, 3)
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 0


def test_codes_are_taken_as_people_type_them(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)
    typed = f" {wish.code[:4].lower()} {wish.code[4:]}", "３１４ １５９"
    claims.ask(ConfirmByResident(wish_code=typed[0], confirmation_code=typed[1]))
    assert states(claims) == ["confirmed"]


def test_a_second_worker_confirms_after_asking(claims: ClaimsAtHand) -> None:
    _, _, claimed = a_delivered_claim(claims)
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id, satisfaction=4))
    (event,) = claims.told(FulfilmentConfirmed)
    assert (event.by_resident, event.satisfaction) == (False, 4)


def test_the_doer_never_confirms_their_own_work_in_any_guise(claims: ClaimsAtHand) -> None:
    member, account = claims.a_member(), new_id()
    wish = claims.a_released_wish()
    claimed = claims.ask(ClaimWish(by=as_member(member, account), wish_id=wish.wish_id))
    guises = [as_worker(account_id=new_id(), member_id=member), as_worker(account_id=account)]
    for guise in guises:
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=guise, claim_id=claimed.claim_id))
    with pytest.raises(DoerCannotConfirm):
        claims.ask(ConfirmByResident(by=as_member(member), wish_code=wish.code, confirmation_code="314159"))
    assert claims.told(FulfilmentConfirmed) == []


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (ANYONE, SignInNeeded),
        (as_member(UUID(int=7)), NotPermitted),
        (as_worker("/city/east/main-street/meadow/"), NotPermitted),
        (Actor(account_id=UUID(int=8), grants=(Grant(Role.GRID_WORKER, COMMUNITY_PATH),)), NotPermitted),
    ],
)
def test_only_who_has_the_right_in_the_area_confirms_or_reports(
    claims: ClaimsAtHand, by: Actor, refusal: type[Refusal]
) -> None:
    _, _, claimed = a_delivered_claim(claims)
    for command in (
        ConfirmFulfilment(by=by, claim_id=claimed.claim_id),
        ReportNotDone(by=by, claim_id=claimed.claim_id, reason="没有收到"),
    ):
        with pytest.raises(refusal):
            claims.ask(command)


def test_an_officer_above_may_confirm_and_so_may_the_console(claims: ClaimsAtHand) -> None:
    for by in (Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, "/city/"),)), OPERATOR_AT_THE_CONSOLE):
        _, _, claimed = a_delivered_claim(claims)
        claims.ask(ConfirmFulfilment(by=by, claim_id=claimed.claim_id))
    assert states(claims) == ["confirmed", "confirmed"]


def test_the_resident_may_confirm_although_the_doer_forgot_to_say_so(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_claim(claims)
    claims.ask(by_codes(wish))
    history = claims.rows("SELECT state FROM claims.claim_move WHERE by = 'resident' ORDER BY state")
    assert [move.state for move in history] == ["confirmed", "delivered"]
    assert claims.told(ClaimDelivered) == []


def test_of_several_held_places_none_is_confirmed_by_a_guess(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=2)
    a_claim(claims, wish)
    a_claim(claims, wish)
    with pytest.raises(NothingDelivered):
        claims.ask(by_codes(wish))


def test_places_are_confirmed_one_by_one_in_the_order_of_delivery(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    wish = claims.a_released_wish(places=2)
    slow, quick = a_claim(claims, wish), a_claim(claims, wish)
    for _, member, claimed in (quick, slow):
        later(simulated_clock, hours=1)
        claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id))
    for _ in range(2):
        claims.ask(by_codes(wish))
    first, second = claims.told(FulfilmentConfirmed)
    assert (first.claim_id, first.standing.state) == (quick[2].claim_id, "taken")
    assert (second.claim_id, second.standing.state) == (slow[2].claim_id, "fulfilled")


def test_what_is_confirmed_is_not_confirmed_again(claims: ClaimsAtHand) -> None:
    wish, _, claimed = a_delivered_claim(claims)
    claims.ask(by_codes(wish))
    with pytest.raises(NothingDelivered):
        claims.ask(by_codes(wish))
    with pytest.raises(IllegalMove):
        claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id))
    assert len(claims.told(FulfilmentConfirmed)) == 1


def test_a_fulfilled_wish_is_no_longer_offered_and_forgets_whom_to_call(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=0)
    wish, _, _ = a_delivered_claim(claims)
    claims.ask(by_codes(wish))
    with pytest.raises(NoLongerOffered):
        claims.claim(claims.a_member(), wish)
    assert claims.row("SELECT contact FROM claims.offer").contact is None


def test_a_confirmation_asked_twice_with_one_key_is_one(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)
    command = by_codes(wish, key="click")
    assert claims.ask(command) == claims.ask(command)
    assert len(claims.told(FulfilmentConfirmed)) == 1


@pytest.mark.parametrize("level", [0, 6, -1])
def test_satisfaction_has_five_levels(claims: ClaimsAtHand, level: int) -> None:
    wish, _, claimed = a_delivered_claim(claims)
    with pytest.raises(UnusableSatisfaction):
        claims.ask(by_codes(wish, satisfaction=level))
    with pytest.raises(UnusableSatisfaction):
        claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id, satisfaction=level))


# -- wrong codes


def test_five_wrong_codes_an_hour_and_then_not_even_the_right_one(
    claims: ClaimsAtHand, simulated_clock: SimulatedClock
) -> None:
    wish, _, _ = a_delivered_claim(claims)
    for _ in range(5):
        with pytest.raises(WrongConfirmationCode):
            claims.ask(by_codes(wish, "000000"))
    for code in ("000000", CONFIRMATION_CODE):
        with pytest.raises(TooManyTries):
            claims.ask(by_codes(wish, code))
    later(simulated_clock, hours=1)
    claims.ask(by_codes(wish))
    assert states(claims) == ["confirmed"]


def test_the_right_code_forgives_the_wrong_ones(claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish(places=2)
    a_delivered_claim(claims, wish)
    a_delivered_claim(claims, wish)
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(WrongConfirmationCode):
                claims.ask(by_codes(wish, "000000"))
        claims.ask(by_codes(wish))
    assert states(claims) == ["confirmed", "confirmed"]


def test_wrong_codes_are_counted_when_they_come_all_at_once(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)

    def guess(number: int) -> type[Refusal]:
        try:
            claims.ask(by_codes(wish, f"{number:06}"))
        except Refusal as refusal:
            return type(refusal)
        raise AssertionError("guessed")

    answers = list(eventlet.GreenPool(8).imap(guess, range(20)))
    assert answers.count(WrongConfirmationCode) == 5
    assert answers.count(TooManyTries) == 15


def test_a_code_of_no_wish_answers_like_a_wrong_one(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)
    real, unreal = (
        [_refusal(claims, ConfirmByResident(wish_code=code, confirmation_code="1")) for _ in range(7)]
        for code in (wish.code, "NOSUCH")
    )
    assert real == unreal


def test_one_resident_cannot_confirm_the_wish_of_another(claims: ClaimsAtHand) -> None:
    own = claims.a_released_wish(
        code="OWN2", confirmation_index=confirmation_index(claims.seals, "OWN2", "271828")
    )
    wish, _, _ = a_delivered_claim(claims)
    with pytest.raises(WrongConfirmationCode):
        claims.ask(by_codes(wish, "271828"))
    with pytest.raises(WrongConfirmationCode):
        claims.ask(by_codes(own))
    assert states(claims) == ["delivered"]


def _refusal(claims: ClaimsAtHand, command: ConfirmByResident) -> type[Refusal]:
    with pytest.raises(Refusal) as refused:
        claims.ask(command)
    return refused.type


# -- not done


def test_what_was_not_done_opens_the_wish_again(claims: ClaimsAtHand) -> None:
    wish, member, claimed = a_delivered_claim(claims)
    claims.ask(ReportNotDone(by=as_worker(), claim_id=claimed.claim_id, reason="送错了人家"))
    (event,) = claims.told(ClaimsEnded)
    (ended,) = event.claims
    assert (ended.how, ended.standing.state, ended.standing.places_left) == ("not_done", "open", 1)
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 0
    claims.claim(claims.a_member(), wish)
    with pytest.raises(IllegalMove):
        claims.ask(DeliverClaim(by=as_member(member), claim_id=claimed.claim_id))


def test_the_resident_too_may_say_that_it_was_not_done(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)
    report = ReportNotDoneByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE)
    claims.ask(report)
    assert states(claims) == ["not_done"]
    with pytest.raises(NothingDelivered):
        claims.ask(report)


def test_a_guess_at_not_done_is_counted_like_one_at_confirming(claims: ClaimsAtHand) -> None:
    wish, _, _ = a_delivered_claim(claims)
    for _ in range(5):
        with pytest.raises(WrongConfirmationCode):
            claims.ask(ReportNotDoneByResident(wish_code=wish.code, confirmation_code="1"))
    with pytest.raises(TooManyTries):
        claims.ask(by_codes(wish))


def test_a_report_of_not_done_needs_a_reason_and_something_delivered(claims: ClaimsAtHand) -> None:
    _, _, held = a_claim(claims)
    _, _, delivered = a_delivered_claim(claims)
    with pytest.raises(ReasonNeeded):
        claims.ask(ReportNotDone(by=as_worker(), claim_id=delivered.claim_id, reason="  "))
    with pytest.raises(IllegalMove):
        claims.ask(ReportNotDone(by=as_worker(), claim_id=held.claim_id, reason="没有来"))
    with pytest.raises(UnknownClaim):
        claims.ask(ReportNotDone(by=as_worker(), claim_id=new_id(), reason="没有来"))
