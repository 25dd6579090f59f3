"""Claims by units, teams, several jointly and of whole batches, on real PostgreSQL."""

from uuid import UUID

import pytest

from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.claims.contracts import (
    AlreadyYours,
    ClaimantKind,
    Claimed,
    ClaimForTeam,
    ClaimForUnit,
    ClaimJointly,
    ClaimList,
    ClaimsDueSoon,
    ClaimsEnded,
    ConfirmFulfilment,
    DeliverClaim,
    DoerCannotConfirm,
    FinishJointPart,
    FulfilmentConfirmed,
    JointParts,
    JointParty,
    JointShare,
    ListJointParts,
    LookUpContact,
    MyClaims,
    NamedPerson,
    NamedPersonNeeded,
    NoPlaceLeft,
    ReturnClaim,
    TooManyOpenClaims,
    UnknownClaim,
    UnknownClaimant,
    UnusableParts,
    WishesClaimed,
)
from services.directory.contracts import UnitKind
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import ReleasedWish
from tests.support.claims import (
    COMMUNITY,
    CONTACT,
    ClaimsAtHand,
    as_member,
    as_worker,
)
from tests.support.collective import SOMEBODY, a_team, a_unit, as_officer


def for_unit(claims: ClaimsAtHand, unit: UUID, wish: ReleasedWish, named: NamedPerson = SOMEBODY) -> Claimed:
    """Let the officer of a unit claim for it."""
    command = ClaimForUnit(by=as_officer(unit), wish_id=wish.wish_id, unit_id=unit, named=named)
    claimed: Claimed = claims.ask(command)
    return claimed


# -- units


@pytest.mark.parametrize(
    ("unit_kind", "kind"),
    [
        (UnitKind.ORGAN, ClaimantKind.UNIT),
        (UnitKind.BRANCH, ClaimantKind.BRANCH),
        (UnitKind.COMPANY, ClaimantKind.COMPANY),
        (UnitKind.ENTERPRISE, ClaimantKind.COMPANY),
    ],
)
def test_a_unit_a_branch_and_a_company_claim_with_somebody_named(
    claims: ClaimsAtHand, unit_kind: UnitKind, kind: ClaimantKind
) -> None:
    unit, wish = a_unit(claims, unit_kind), claims.a_released_wish()
    claimed = for_unit(claims, unit, wish)
    (event,) = claims.told(WishesClaimed)
    (made,) = event.claims
    assert (made.claim_id, made.claimant_kind, made.claimant_id) == (claimed.claim_id, kind, unit)
    assert made.member_id is None
    assert made.standing.state == "taken"
    kept = claims.row("SELECT named_person FROM claims.claim").named_person
    assert "何主任" not in kept
    assert "何主任" in claims.seals.open(kept)
    with pytest.raises(NoPlaceLeft):
        claims.claim(claims.a_member(), wish)


def test_only_the_officer_of_a_unit_claims_for_it(claims: ClaimsAtHand) -> None:
    unit, other, wish = a_unit(claims), a_unit(claims), claims.a_released_wish()
    grants = (Grant(Role.MEMBER, "/"),)
    member = Actor(member_id=claims.a_member(), unit_id=unit, grants=grants)
    for caller, refusal in (
        (as_officer(other), NotPermitted),
        (member, NotPermitted),
        (ANYONE, SignInNeeded),
    ):
        with pytest.raises(refusal):
            claims.ask(ClaimForUnit(by=caller, wish_id=wish.wish_id, unit_id=unit, named=SOMEBODY))
    gone = a_unit(claims, is_active=False)
    with pytest.raises(UnknownClaimant):
        for_unit(claims, gone, wish)


@pytest.mark.parametrize(
    "named",
    [
        NamedPerson(),
        NamedPerson(name="何主任"),
        NamedPerson(name="何主任", phone="12"),
        NamedPerson(member_id=new_id()),
    ],
)
def test_somebody_who_can_be_reached_answers_for_a_unit(claims: ClaimsAtHand, named: NamedPerson) -> None:
    with pytest.raises(NamedPersonNeeded):
        for_unit(claims, a_unit(claims), claims.a_released_wish(), named)


def test_a_unit_has_a_limit_of_its_own_and_its_claims_count_for_no_member(claims: ClaimsAtHand) -> None:
    claims.settle_area(open_claims=1, unit_open_claims=2)
    unit, member = a_unit(claims), claims.a_member()
    first, second, third, own = (claims.a_released_wish() for _ in range(4))
    named = NamedPerson(member_id=member)
    claimed = for_unit(claims, unit, first, named)
    with pytest.raises(AlreadyYours):
        for_unit(claims, unit, first, named)
    for_unit(claims, unit, second, named)
    with pytest.raises(TooManyOpenClaims):
        for_unit(claims, unit, third, named)
    claims.claim(member, own)
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 1
    claims.ask(ReturnClaim(by=as_officer(unit), claim_id=claimed.claim_id))
    assert claims.row("SELECT open_claims FROM claims.member").open_claims == 1
    (event,) = claims.told(ClaimsEnded)
    assert (event.claims[0].claimant_id, event.claims[0].member_id) == (unit, member)
    for_unit(claims, unit, third, named)


def test_the_officer_and_who_was_named_see_it_through_and_nobody_else(claims: ClaimsAtHand) -> None:
    unit, named, stranger = a_unit(claims), claims.a_member(), claims.a_member()
    wish = claims.a_released_wish()
    claimed = for_unit(claims, unit, wish, NamedPerson(member_id=named))
    for caller in (as_member(stranger), as_officer(a_unit(claims))):
        with pytest.raises(UnknownClaim):
            claims.ask(LookUpContact(by=caller, claim_id=claimed.claim_id))
    for caller in (as_member(named), as_officer(unit)):
        assert claims.ask(LookUpContact(by=caller, claim_id=claimed.claim_id)).name == CONTACT["name"]
        mine: ClaimList = claims.ask(MyClaims(by=caller))
        assert [item.id for item in mine.items] == [claimed.claim_id]
    claims.ask(DeliverClaim(by=as_officer(unit), claim_id=claimed.claim_id))


def test_nobody_of_a_unit_that_did_it_confirms(claims: ClaimsAtHand) -> None:
    unit, named = a_unit(claims), claims.a_member()
    claimed = for_unit(claims, unit, claims.a_released_wish(), NamedPerson(member_id=named))
    claims.ask(DeliverClaim(by=as_officer(unit), claim_id=claimed.claim_id))
    for worker in (as_worker(member_id=named), as_worker(unit_id=unit)):
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=worker, claim_id=claimed.claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id))
    (confirmed,) = claims.told(FulfilmentConfirmed)
    assert (confirmed.claimant_kind, confirmed.claimant_id) == (ClaimantKind.UNIT, unit)


def test_a_reminder_says_whose_claim_it_is(claims: ClaimsAtHand) -> None:
    unit = a_unit(claims)
    claimed = for_unit(claims, unit, claims.a_released_wish())
    claims.hear(RemindersDue(on=claimed.due_on))
    (event,) = claims.told(ClaimsDueSoon)
    assert (event.claims[0].member_id, event.claims[0].claimant_id) == (None, unit)


# -- teams


def test_a_team_acts_as_one(claims: ClaimsAtHand) -> None:
    leader, helper, stranger = claims.some_members(3)
    team, wish = a_team(claims, leader, helper), claims.a_released_wish()
    with pytest.raises(NotPermitted):
        claims.ask(ClaimForTeam(by=as_member(stranger), wish_id=wish.wish_id, team_id=team))
    claimed = claims.ask(ClaimForTeam(by=as_member(helper), wish_id=wish.wish_id, team_id=team))
    (event,) = claims.told(WishesClaimed)
    (made,) = event.claims
    assert (made.claimant_kind, made.claimant_id) == (ClaimantKind.TEAM, team)
    assert (made.member_id, made.people) == (helper, (helper, leader))
    claims.ask(DeliverClaim(by=as_member(leader), claim_id=claimed.claim_id))
    for one in (leader, helper):
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=as_worker(member_id=one), claim_id=claimed.claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id))
    assert claims.told(FulfilmentConfirmed)[0].people == (helper, leader)
    assert {row.open_claims for row in claims.rows("SELECT open_claims FROM claims.member")} == {0}


def test_a_team_that_was_closed_claims_no_more(claims: ClaimsAtHand) -> None:
    leader, wish = claims.a_member(), claims.a_released_wish()
    team = a_team(claims, leader)
    a_team(claims, leader, id=team, is_active=False, version=2)
    with pytest.raises(UnknownClaimant):
        claims.ask(ClaimForTeam(by=as_member(leader), wish_id=wish.wish_id, team_id=team))


# -- jointly


def joint(claims: ClaimsAtHand, lead: UUID, wish: ReleasedWish, *others: JointShare) -> Claimed:
    """Let a unit lead a joint claim."""
    command = ClaimJointly(
        by=as_officer(lead),
        wish_id=wish.wish_id,
        unit_id=lead,
        own_share="买轮椅",
        others=list(others),
        named=SOMEBODY,
    )
    claimed: Claimed = claims.ask(command)
    return claimed


def test_a_joint_claim_records_what_each_party_takes_upon_itself(claims: ClaimsAtHand) -> None:
    claims.settle_area()
    lead, partner, helper = a_unit(claims), a_unit(claims), claims.a_member()
    team, wish = a_team(claims, helper), claims.a_released_wish()
    claimed = joint(
        claims,
        lead,
        wish,
        JointShare(party=JointParty.UNIT, party_id=partner, share="送货上门"),
        JointShare(party=JointParty.TEAM, party_id=team, share="教会使用"),
        JointShare(party=JointParty.COMMUNITY, party_id=COMMUNITY, share="联系住户"),
    )
    made = claims.told(WishesClaimed)[0].claims[0]
    assert (made.claimant_kind, made.people[-1]) == (ClaimantKind.JOINT, helper)
    for caller, party in (
        (as_officer(partner), partner),
        (as_member(helper), team),
        (as_worker(), COMMUNITY),
    ):
        claims.ask(FinishJointPart(by=caller, claim_id=claimed.claim_id, party_id=party))
    with pytest.raises(UnknownClaim):
        claims.ask(FinishJointPart(by=as_officer(partner), claim_id=claimed.claim_id, party_id=team))
    parts: JointParts = claims.ask(ListJointParts(by=as_officer(partner), claim_id=claimed.claim_id))
    lead_part, *rest = parts.items
    assert (lead_part.party_id, lead_part.share, lead_part.is_done) == (lead, "买轮椅", False)
    assert all(part.is_done for part in rest)
    with pytest.raises(UnknownClaim):
        claims.ask(ListJointParts(by=as_member(claims.a_member()), claim_id=claimed.claim_id))
    claims.ask(DeliverClaim(by=as_officer(lead), claim_id=claimed.claim_id))
    for worker in (as_worker(unit_id=partner), as_worker(member_id=helper)):
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=worker, claim_id=claimed.claim_id))


def test_each_party_to_a_joint_claim_sees_the_parts_and_others_of_its_unit_do_not(
    claims: ClaimsAtHand,
) -> None:
    claims.settle_area()
    lead, partner, helper = a_unit(claims), a_unit(claims), claims.a_member()
    team, wish = a_team(claims, helper), claims.a_released_wish(area_path="/city/west/")
    claimed = joint(
        claims,
        lead,
        wish,
        JointShare(party=JointParty.UNIT, party_id=partner, share="送货上门"),
        JointShare(party=JointParty.TEAM, party_id=team, share="教会使用"),
        JointShare(party=JointParty.COMMUNITY, party_id=COMMUNITY, share="联系住户"),
    )
    for party in (as_officer(partner), as_member(helper), as_worker()):
        parts: JointParts = claims.ask(ListJointParts(by=party, claim_id=claimed.claim_id))
        assert len(parts.items) == 4
    employee = Actor(member_id=claims.a_member(), unit_id=partner, grants=(Grant(Role.MEMBER, "/"),))
    with pytest.raises(UnknownClaim):
        claims.ask(ListJointParts(by=employee, claim_id=claimed.claim_id))


def test_who_did_a_part_for_a_community_does_not_confirm_the_whole(claims: ClaimsAtHand) -> None:
    claims.settle_area()
    lead, wish, officer = a_unit(claims), claims.a_released_wish(), as_worker("/city/east/main-street/")
    share = JointShare(party=JointParty.COMMUNITY, party_id=COMMUNITY, share="联系住户")
    claimed = joint(claims, lead, wish, share)
    claims.ask(FinishJointPart(by=officer, claim_id=claimed.claim_id, party_id=COMMUNITY))
    claims.ask(DeliverClaim(by=as_officer(lead), claim_id=claimed.claim_id))
    for doer in (officer, as_worker()):  # one finished the part, the other works at the community
        with pytest.raises(DoerCannotConfirm):
            claims.ask(ConfirmFulfilment(by=doer, claim_id=claimed.claim_id))
    second = as_worker("/city/east/main-street/")
    claims.ask(ConfirmFulfilment(by=second, claim_id=claimed.claim_id))


def test_what_is_confirmed_as_a_whole_is_done_in_every_part(claims: ClaimsAtHand) -> None:
    lead, partner, wish = a_unit(claims), a_unit(claims), claims.a_released_wish()
    claimed = joint(claims, lead, wish, JointShare(party=JointParty.UNIT, party_id=partner, share="送货上门"))
    claims.ask(DeliverClaim(by=as_officer(lead), claim_id=claimed.claim_id))
    claims.ask(ConfirmFulfilment(by=as_worker(), claim_id=claimed.claim_id))
    parts: JointParts = claims.ask(ListJointParts(by=as_officer(lead), claim_id=claimed.claim_id))
    assert [part.is_done for part in parts.items] == [True, True]


def test_the_parts_of_a_joint_claim_are_of_several_who_exist(claims: ClaimsAtHand) -> None:
    lead, partner, wish = a_unit(claims), a_unit(claims), claims.a_released_wish()
    twice = JointShare(party=JointParty.UNIT, party_id=lead, share="也买轮椅")
    silent = JointShare(party=JointParty.UNIT, party_id=partner, share=" ")
    for others in ([], [twice], [silent]):
        with pytest.raises(UnusableParts):
            joint(claims, lead, wish, *others)
    unknown = JointShare(party=JointParty.COMMUNITY, party_id=new_id(), share="联系住户")
    with pytest.raises(UnknownClaimant):
        joint(claims, lead, wish, unknown)
