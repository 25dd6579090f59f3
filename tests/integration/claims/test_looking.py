"""Whom to call: shown on the record to those who have something to do, and forgotten after that."""

import msgspec
import pytest

from services.chassis.refusals import SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.claims.contracts import (
    ClaimForUnit,
    ConfirmFulfilment,
    DeliverClaim,
    LookUpContact,
    LookUpNamedPerson,
    NobodyNamed,
    NoLongerYours,
    NotAMember,
    RecordCallBack,
    ReportRectified,
    ReturnClaim,
    SettleRectification,
    UnknownClaim,
)
from services.directory.contracts import MembersChanged
from tests.support.claims import CONTACT, ClaimsAtHand, a_member_copy, as_member
from tests.support.collective import SOMEBODY, a_unit, as_officer
from tests.support.programme import ELSEWHERE, WORKER


def test_who_is_no_member_any_more_does_not_see_whom_to_call(claims: ClaimsAtHand) -> None:
    member = a_member_copy(claims.seals)
    claims.hear(MembersChanged(members=[member]))
    claim_id = claims.claim(member.id, claims.a_released_wish()).claim_id
    claims.hear(MembersChanged(members=[msgspec.structs.replace(member, is_active=False, version=2)]))
    with pytest.raises(NotAMember):
        claims.ask(LookUpContact(by=as_member(member.id), claim_id=claim_id))


def test_whoever_has_something_to_put_right_sees_whom_to_call_until_it_is(claims: ClaimsAtHand) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    claim_id, by = claims.claim(member, wish).claim_id, as_member(member)
    claims.ask(DeliverClaim(by=by, claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=claim_id, satisfaction=1))
    look = LookUpContact(by=by, claim_id=claim_id)
    assert claims.ask(look).phone == CONTACT["phone"]
    to_put_right = claims.row("SELECT id FROM claims.rectification").id
    claims.ask(ReportRectified(by=by, rectification_id=to_put_right))
    claims.ask(SettleRectification(by=WORKER, rectification_id=to_put_right, is_put_right=True))
    with pytest.raises(NoLongerYours):
        claims.ask(look)
    assert claims.row("SELECT contact FROM claims.offer").contact is None


@pytest.mark.parametrize(("outcome", "is_kept"), [("satisfied", False), ("wanting", True)])
def test_whom_to_call_is_kept_while_a_call_back_may_find_it_wanting(
    claims: ClaimsAtHand, outcome: str, is_kept: bool
) -> None:
    claims.settle_area(call_back_percent=100)
    member, wish = claims.a_member(), claims.a_released_wish()
    claim_id, by = claims.claim(member, wish).claim_id, as_member(member)
    claims.ask(DeliverClaim(by=by, claim_id=claim_id))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=claim_id))
    with pytest.raises(NoLongerYours):
        claims.ask(LookUpContact(by=by, claim_id=claim_id))  # nothing is to be done by them
    claims.ask(RecordCallBack(by=WORKER, claim_id=claim_id, outcome=outcome, note="轮子松了"))
    assert (claims.row("SELECT contact FROM claims.offer").contact is not None) == is_kept


def test_who_answers_for_a_unit_is_read_on_the_record_and_forgotten_at_the_end(claims: ClaimsAtHand) -> None:
    claims.settle_area(call_back_percent=0)
    unit, wishes = a_unit(claims), [claims.a_released_wish() for _ in range(2)]
    by = as_officer(unit)
    returned, kept = (
        claims.ask(ClaimForUnit(by=by, wish_id=wish.wish_id, unit_id=unit, named=SOMEBODY)).claim_id
        for wish in wishes
    )
    for caller in (by, WORKER):
        named = claims.ask(LookUpNamedPerson(by=caller, claim_id=kept))
        assert (named.name, named.phone) == (SOMEBODY.name, f"+86{SOMEBODY.phone}")
    looks = claims.rows("SELECT action, subject FROM claims.audit")
    assert [tuple(look) for look in looks] == [("look_up_named_person", str(kept))] * 2
    claims.ask(ReturnClaim(by=by, claim_id=returned))
    claims.ask(DeliverClaim(by=by, claim_id=kept))
    claims.ask(ConfirmFulfilment(by=WORKER, claim_id=kept))
    assert {row.named_person for row in claims.rows("SELECT named_person FROM claims.claim")} == {None}
    with pytest.raises(NobodyNamed):
        claims.ask(LookUpNamedPerson(by=WORKER, claim_id=kept))


def test_who_answers_for_a_unit_is_for_its_officer_and_the_workers_of_the_place(claims: ClaimsAtHand) -> None:
    unit, wish = a_unit(claims), claims.a_released_wish()
    claim = ClaimForUnit(by=as_officer(unit), wish_id=wish.wish_id, unit_id=unit, named=SOMEBODY)
    claim_id = claims.ask(claim).claim_id
    employee = Actor(member_id=claims.a_member(), unit_id=unit, grants=(Grant(Role.MEMBER, "/"),))
    for stranger, refusal in (
        (employee, UnknownClaim),
        (ELSEWHERE, UnknownClaim),
        (as_officer(a_unit(claims)), UnknownClaim),
        (ANYONE, SignInNeeded),
    ):
        with pytest.raises(refusal):
            claims.ask(LookUpNamedPerson(by=stranger, claim_id=claim_id))
