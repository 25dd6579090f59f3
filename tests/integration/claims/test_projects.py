"""Projects: proposed with a plan, approved by another, claimed by units, signed off by a second party."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Command, new_id
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.claims.contracts import (
    ApproveProject,
    ClaimProject,
    CompleteProject,
    DoerCannotConfirm,
    EscalationsRaised,
    GetLetterOfIntent,
    LeaveProject,
    ListOpenProjects,
    ListProjects,
    MilestonePlan,
    MilestonesNeeded,
    MilestonesOpen,
    MyProjects,
    NotAUnitOfficer,
    NumberInTitle,
    PlanNeeded,
    ProjectMoved,
    ProposeProject,
    ProposerCannotApprove,
    ProposeUnitProject,
    ReachMilestone,
    ReviseProject,
    SendBackProject,
    ShortcomingNeeded,
    SignOffProject,
    UnknownMilestone,
    UnknownPlace,
    UnknownProject,
    UnknownState,
    WithdrawalReasonNeeded,
    WithdrawProject,
)
from services.directory.contracts import UnitCopy, UnitKind, UnitsChanged
from tests.support.claims import COMMUNITY, COMMUNITY_PATH, ClaimsAtHand, as_member
from tests.support.programme import ELSEWHERE, WORKER, as_officer, remind

TODAY = date(2026, 11, 2)
PLAN = "十栋楼加装扶手，分两期施工。"
MILESTONES = [
    MilestonePlan(title="立项", due_on=TODAY + timedelta(days=7)),
    MilestonePlan(title="完工", due_on=TODAY + timedelta(days=30)),
]


@pytest.fixture
def claims(house: ClaimsAtHand, simulated_clock: SimulatedClock) -> ClaimsAtHand:
    house.forget_everything()
    house.settle_area()
    return house


def a_unit_officer(claims: ClaimsAtHand, **changes: Any) -> Actor:
    """Let the service hear of a unit and return its officer."""
    said: dict[str, Any] = {
        "id": new_id(),
        "parent_id": None,
        "name": "名创优品党支部",
        "kind": UnitKind.COMPANY,
        "path": f"/{new_id().hex}/",
        "street_id": None,
        "street_path": "/city/east/main-street/",
        "contact_name": None,
        "contact_phone": None,
        "contact_email": None,
        "is_active": True,
        "version": 1,
    }
    unit = UnitCopy(**(said | changes))
    claims.hear(UnitsChanged(units=[unit]))
    return Actor(account_id=new_id(), unit_id=unit.id, grants=(Grant(Role.UNIT_OFFICER, unit.path),))


def propose(claims: ClaimsAtHand, by: Actor = WORKER) -> UUID:
    """Return a project that a community proposed."""
    command = ProposeProject(by=by, area_id=COMMUNITY, title="扶您上下楼", plan=PLAN)
    project: UUID = claims.ask(command).id
    return project


def claimed(claims: ClaimsAtHand, officer: Actor) -> UUID:
    """Return a project that was approved and claimed by this unit."""
    project = propose(claims)
    claims.ask(ApproveProject(by=as_officer(), project_id=project))
    claims.ask(ClaimProject(by=officer, project_id=project, contact="龚女士 3311", milestones=MILESTONES))
    return project


def reach_all(claims: ClaimsAtHand, officer: Actor) -> None:
    """Let a unit reach every milestone."""
    for row in claims.rows("SELECT id FROM claims.milestone"):
        claims.ask(ReachMilestone(by=officer, milestone_id=row.id))


def steps(claims: ClaimsAtHand) -> list[str]:
    """Return what was told of projects, in order."""
    return [event.how for event in claims.told(ProjectMoved)]


def test_a_project_from_its_plan_to_the_sign_off(claims: ClaimsAtHand) -> None:
    officer = a_unit_officer(claims)
    project = claimed(claims, officer)
    with pytest.raises(MilestonesOpen):
        claims.ask(CompleteProject(by=officer, project_id=project))
    reach_all(claims, officer)
    claims.ask(CompleteProject(by=officer, project_id=project))
    with pytest.raises(ShortcomingNeeded):
        claims.ask(SignOffProject(by=WORKER, project_id=project, is_accepted=False))
    claims.ask(SignOffProject(by=WORKER, project_id=project, is_accepted=False, reason="扶手松动"))
    claims.ask(CompleteProject(by=officer, project_id=project))
    claims.ask(SignOffProject(by=WORKER, project_id=project, is_accepted=True))
    assert steps(claims) == [
        "proposed",
        "approved",
        "claimed",
        "completed",
        "not_accepted",
        "completed",
        "signed_off",
    ]
    (listed,) = claims.ask(ListProjects(by=WORKER, below=COMMUNITY_PATH, state="signed_off")).items
    assert (listed.plan, listed.unit_ids) == (PLAN, [officer.unit_id])
    assert [one.title for one in listed.milestones] == ["立项", "完工"]
    assert PLAN not in str(claims.rows("SELECT * FROM claims.project"))


def test_a_unit_proposes_and_answers_what_was_sent_back(claims: ClaimsAtHand) -> None:
    officer, other = a_unit_officer(claims), a_unit_officer(claims)
    command = ProposeUnitProject(by=officer, area_id=COMMUNITY, title="微课堂", plan="每周一课")
    project = claims.ask(command).id
    with pytest.raises(ShortcomingNeeded):
        claims.ask(SendBackProject(by=as_officer(), project_id=project, reason=""))
    claims.ask(SendBackProject(by=as_officer(), project_id=project, reason="缺少场地"))
    (mine,) = claims.ask(MyProjects(by=officer)).items
    assert (mine.state, mine.reason) == ("sent_back", "缺少场地")
    with pytest.raises(UnknownProject):
        claims.ask(ReviseProject(by=other, project_id=project, plan="每周两课"))
    claims.ask(ReviseProject(by=officer, project_id=project, plan="每周一课，在党群中心"))
    assert steps(claims) == ["proposed", "sent_back", "revised"]
    assert claims.ask(MyProjects(by=other)).items == []
    employee = Actor(member_id=claims.a_member(), unit_id=officer.unit_id, grants=(Grant(Role.MEMBER, "/"),))
    with pytest.raises(NotAUnitOfficer):
        claims.ask(MyProjects(by=employee))


def test_a_plan_is_approved_by_somebody_else(claims: ClaimsAtHand) -> None:
    proposer = as_officer()
    project = propose(claims, by=proposer)
    with pytest.raises(ProposerCannotApprove):
        claims.ask(ApproveProject(by=proposer, project_id=project))
    with pytest.raises(NotPermitted):
        claims.ask(ApproveProject(by=WORKER, project_id=project))
    with pytest.raises(NotPermitted):
        claims.ask(SendBackProject(by=as_officer("/city/west/"), project_id=project, reason="不行"))
    with pytest.raises(UnknownProject):
        claims.ask(ApproveProject(by=as_officer(), project_id=new_id()))
    claims.ask(ApproveProject(by=as_officer(), project_id=project))
    with pytest.raises(IllegalMove):
        claims.ask(ApproveProject(by=as_officer(), project_id=project))


def test_other_units_join_and_each_has_its_letter(claims: ClaimsAtHand) -> None:
    lead, other = a_unit_officer(claims), a_unit_officer(claims)
    project = claimed(claims, lead)
    for _ in range(2):
        claims.ask(ClaimProject(by=other, project_id=project, contact="李先生 3312"))
    (shown,) = claims.ask(ListOpenProjects(by=ANYONE)).items
    assert (shown.title, shown.state, shown.units) == ("扶您上下楼", "claimed", 2)
    letter = claims.ask(GetLetterOfIntent(by=other, project_id=project, unit_id=other.unit_id or COMMUNITY))
    assert (letter.contact, letter.plan, len(letter.milestones)) == ("李先生 3312", PLAN, 2)
    assert (
        claims.ask(
            GetLetterOfIntent(by=WORKER, project_id=project, unit_id=lead.unit_id or COMMUNITY)
        ).contact
        == "龚女士 3311"
    )
    for stranger in (lead, ELSEWHERE):
        with pytest.raises(UnknownProject):
            claims.ask(GetLetterOfIntent(by=stranger, project_id=project, unit_id=other.unit_id or COMMUNITY))


def test_a_claim_names_milestones_to_come_and_who_answers_for_it(claims: ClaimsAtHand) -> None:
    officer, project = a_unit_officer(claims), propose(claims)
    claims.ask(ApproveProject(by=as_officer(), project_id=project))
    past = [MilestonePlan(title="立项", due_on=TODAY - timedelta(days=1))]
    for contact, milestones in (("龚女士", []), ("龚女士", past), ("", MILESTONES)):
        with pytest.raises(MilestonesNeeded):
            claims.ask(ClaimProject(by=officer, project_id=project, contact=contact, milestones=milestones))


def test_no_number_of_a_person_stands_in_a_title_that_everyone_reads(claims: ClaimsAtHand) -> None:
    officer, project = a_unit_officer(claims), propose(claims)
    claims.ask(ApproveProject(by=as_officer(), project_id=project))
    title = "为3栋王秀英13800138000家装扶手"
    unsafe = [MilestonePlan(title=title, due_on=TODAY)]
    commands: list[Command] = [
        ProposeProject(by=WORKER, area_id=COMMUNITY, title=title, plan=PLAN),
        ProposeUnitProject(by=officer, area_id=COMMUNITY, title=title, plan=PLAN),
        ClaimProject(by=officer, project_id=project, contact="龚女士", milestones=unsafe),
    ]
    for command in commands:
        with pytest.raises(NumberInTitle):
            claims.ask(command)


def test_a_unit_that_cannot_go_on_leaves_and_with_the_last_one_the_project_is_open(
    claims: ClaimsAtHand,
) -> None:
    lead, other, late = (a_unit_officer(claims) for _ in range(3))
    project = claimed(claims, lead)
    claims.ask(ClaimProject(by=other, project_id=project, contact="李先生 3312"))
    claims.ask(LeaveProject(by=lead, project_id=project, reason="人手不够"))
    (going_on,) = claims.ask(MyProjects(by=other)).items
    assert (going_on.state, going_on.unit_ids, len(going_on.milestones)) == ("claimed", [other.unit_id], 2)
    with pytest.raises(UnknownProject):
        claims.ask(LeaveProject(by=lead, project_id=project))
    claims.ask(LeaveProject(by=other, project_id=project))
    told = claims.told(ProjectMoved)[-2:]
    assert [(event.how, event.left_unit_id) for event in told] == [
        ("left", lead.unit_id),
        ("left", other.unit_id),
    ]
    (shown,) = claims.ask(ListOpenProjects(by=ANYONE)).items
    assert (shown.state, shown.units) == ("approved", 0)
    with pytest.raises(MilestonesNeeded):
        claims.ask(ClaimProject(by=late, project_id=project, contact="周女士 3313"))
    claims.ask(ClaimProject(by=late, project_id=project, contact="周女士 3313", milestones=MILESTONES[:1]))
    assert len(claims.ask(MyProjects(by=late)).items[0].milestones) == 1


def test_a_project_that_is_wanted_no_more_is_withdrawn_with_a_reason(claims: ClaimsAtHand) -> None:
    officer, unit = as_officer(), a_unit_officer(claims)
    by_unit = claims.ask(ProposeUnitProject(by=unit, area_id=COMMUNITY, title="微课堂", plan="每周一课")).id
    under_way = claimed(claims, unit)
    with pytest.raises(WithdrawalReasonNeeded):
        claims.ask(WithdrawProject(by=officer, project_id=under_way, reason=" "))
    for stranger in (a_unit_officer(claims), as_officer("/city/west/")):
        with pytest.raises((UnknownProject, NotPermitted)):
            claims.ask(WithdrawProject(by=stranger, project_id=under_way, reason="不办了"))
    claims.ask(WithdrawProject(by=officer, project_id=under_way, reason="楼要拆了"))
    claims.ask(WithdrawProject(by=unit, project_id=by_unit, reason="没有场地"))
    assert claims.ask(ListOpenProjects(by=ANYONE)).items == []
    found = claims.ask(ListProjects(by=WORKER, below=COMMUNITY_PATH, state="withdrawn")).items
    assert {item.reason for item in found} == {"楼要拆了", "没有场地"}
    with pytest.raises(IllegalMove):
        claims.ask(ClaimProject(by=unit, project_id=under_way, contact="张", milestones=MILESTONES))
    remind(claims, TODAY + timedelta(days=20))
    assert claims.told(EscalationsRaised) == []  # its milestones are nobody's concern any more


def test_a_unit_that_claims_again_corrects_whom_to_call(claims: ClaimsAtHand) -> None:
    officer = a_unit_officer(claims)
    project = claimed(claims, officer)
    claims.ask(ClaimProject(by=officer, project_id=project, contact="周女士 3313"))
    ours = GetLetterOfIntent(by=officer, project_id=project, unit_id=officer.unit_id or COMMUNITY)
    assert claims.ask(ours).contact == "周女士 3313"
    claims.ask(ClaimProject(by=officer, project_id=project, contact=""))
    assert claims.ask(ours).contact == "周女士 3313"
    assert steps(claims).count("claimed") == 1


def test_only_officers_of_active_units_claim_and_complete(claims: ClaimsAtHand) -> None:
    officer, gone, other = (
        a_unit_officer(claims),
        a_unit_officer(claims, is_active=False),
        a_unit_officer(claims),
    )
    project = claimed(claims, officer)
    milestone = claims.rows("SELECT id FROM claims.milestone")[0].id
    member = as_member(claims.a_member())
    commands: list[Command] = [
        ClaimProject(by=gone, project_id=project, contact="张"),
        ClaimProject(by=member, project_id=project, contact="张"),
        ReachMilestone(by=WORKER, milestone_id=milestone),
        CompleteProject(by=member, project_id=project),
        ProposeUnitProject(by=member, area_id=COMMUNITY, title="微课堂", plan="每周一课"),
    ]
    for command in commands:
        with pytest.raises(NotAUnitOfficer):
            claims.ask(command)
    with pytest.raises(UnknownMilestone):
        claims.ask(ReachMilestone(by=other, milestone_id=milestone))
    with pytest.raises(UnknownProject):
        claims.ask(CompleteProject(by=other, project_id=project))
    with pytest.raises(SignInNeeded):
        claims.ask(CompleteProject(by=ANYONE, project_id=project))


def test_a_second_party_signs_off(claims: ClaimsAtHand) -> None:
    officer = a_unit_officer(claims)
    project = claimed(claims, officer)
    reach_all(claims, officer)
    claims.ask(CompleteProject(by=officer, project_id=project))
    worker_there = Actor(
        account_id=new_id(), unit_id=officer.unit_id, grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY_PATH),)
    )
    with pytest.raises(DoerCannotConfirm):
        claims.ask(SignOffProject(by=worker_there, project_id=project, is_accepted=True))
    with pytest.raises(NotPermitted):
        claims.ask(SignOffProject(by=ELSEWHERE, project_id=project, is_accepted=True))


def test_an_overdue_milestone_is_heard_of_above(claims: ClaimsAtHand) -> None:
    claimed(claims, a_unit_officer(claims))
    for days in (9, 10, 11, 13, 14):
        remind(claims, TODAY + timedelta(days=days))
    raised = [one for event in claims.told(EscalationsRaised) for one in event.escalations]
    assert [(one.kind, one.title, one.step) for one in raised] == [
        ("milestone", "立项", 1),
        ("milestone", "立项", 2),
    ]


def test_a_proposal_is_for_a_place_of_one_s_own_with_title_and_plan(claims: ClaimsAtHand) -> None:
    with pytest.raises(NotPermitted):
        propose(claims, by=ELSEWHERE)
    with pytest.raises(UnknownPlace):
        claims.ask(ProposeProject(by=WORKER, area_id=new_id(), title="微课堂", plan=PLAN))
    for title, plan in (("", PLAN), ("长" * 41, PLAN), ("微课堂", " ")):
        with pytest.raises(PlanNeeded):
            claims.ask(ProposeProject(by=WORKER, area_id=COMMUNITY, title=title, plan=plan))
    with pytest.raises(NotPermitted):
        claims.ask(ListProjects(by=ELSEWHERE, below=COMMUNITY_PATH))
    with pytest.raises(UnknownState):
        claims.ask(ListProjects(by=WORKER, below=COMMUNITY_PATH, state="lost"))
