"""Projects: proposed, approved or sent back, claimed by units, reached step by step, signed off by others."""

import base64
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from services.chassis.contracts import Done, Sealed, new_id
from services.chassis.rights import Actor, Right
from services.chassis.work import Work
from services.claims.contracts import (
    ApproveProject,
    ClaimProject,
    CompleteProject,
    DoerCannotConfirm,
    LeaveProject,
    MilestonesNeeded,
    MilestonesOpen,
    NotAUnitOfficer,
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
    WithdrawalReasonNeeded,
    WithdrawProject,
)
from services.claims.domain import (
    MOST_MILESTONES,
    PROJECT_LIFECYCLE,
    ProjectAction,
    ProjectState,
    check_milestones,
    is_doer,
    is_officer_of,
    plan_given,
    text_given,
    title_given,
)
from services.claims.models import Area, Milestone, Project, ProjectClaim, Unit

# -- the proposer


def propose_project(work: Work, command: ProposeProject, now: datetime) -> Done:
    """Let a community propose a project; raise `UnknownPlace` and `PlanNeeded`."""
    area = _area(work, command.area_id)
    work.permit(area.path)
    return _propose(work, command, area, None, now)


def propose_unit_project(work: Work, command: ProposeUnitProject, now: datetime) -> Done:
    """Let a unit propose a project in an area; raise `NotAUnitOfficer`, `UnknownPlace` and `PlanNeeded`."""
    unit_id = _own_unit(work)
    return _propose(work, command, _area(work, command.area_id), unit_id, now)


def revise_project(work: Work, command: ReviseProject, now: datetime) -> Done:
    """Propose what was sent back anew, with a better plan; raise `UnknownProject` for those of others."""
    plan = plan_given(command.plan)
    project = _found(work, command.project_id)
    _permit_proposer(work, project, command.by)
    project.plan, project.reason = work.seals.seal(plan), None
    _step(work, project, ProjectAction.REVISE, "revised")
    return Done(id=project.id)


def _permit_proposer(work: Work, project: Project, caller: Actor) -> None:
    """Go on only for who proposed it, or the officer of the unit that did; else raise `UnknownProject`."""
    unit_id = project.proposer_unit_id
    if unit_id is not None and is_officer_of(caller, unit_id):
        work.permit_self(unit_id)
    elif unit_id is None and project.proposer_id is not None:
        work.permit_self(project.proposer_id)
    else:
        work.permit_self(caller.account_id, caller.member_id)
        raise UnknownProject()


def _propose(
    work: Work, command: ProposeProject | ProposeUnitProject, area: Area, unit_id: UUID | None, now: datetime
) -> Done:
    project_id = new_id()
    project = Project(
        id=project_id,
        code=_code_of(project_id),
        title=title_given(command.title),
        plan=work.seals.seal(plan_given(command.plan)),
        area_id=area.id,
        area_path=area.path,
        state=PROJECT_LIFECYCLE.starts.value,
        proposed_at=now,
        proposer_id=command.by.account_id,
        proposer_unit_id=unit_id,
    )
    work.session.add(project)
    _tell(work, project, "proposed")
    return Done(id=project.id)


def _code_of(project_id: UUID) -> str:
    """Return a short name for a project, of the random end of its id."""
    return f"P{base64.b32encode(project_id.bytes[-5:]).decode()}"


# -- the officer


def approve_project(work: Work, command: ApproveProject, now: datetime) -> Done:
    """Approve a plan; raise `ProposerCannotApprove` for one's own."""
    project = _in_my_area(work, command.project_id)
    _check_not_proposer(project, command)
    _step(work, project, ProjectAction.APPROVE, "approved")
    return Done(id=project.id)


def send_back_project(work: Work, command: SendBackProject, now: datetime) -> Done:
    """Send a plan back; raise `ShortcomingNeeded` without a reason."""
    reason = text_given(command.reason)
    project = _in_my_area(work, command.project_id)
    if not reason:
        raise ShortcomingNeeded()
    project.reason = work.seals.seal(reason)
    _step(work, project, ProjectAction.SEND_BACK, "sent_back", Sealed(project.reason))
    return Done(id=project.id)


def sign_off_project(work: Work, command: SignOffProject, now: datetime) -> Done:
    """Accept what was done, or send it back with a reason; never by one of the units that did it."""
    reason = text_given(command.reason)
    project = _in_my_area(work, command.project_id)
    claims = _claims(work, project.id)
    doers = [project.completed_by, *[one.unit_id for one in claims], *[one.account_id for one in claims]]
    if is_doer(doers, (command.by.account_id, command.by.unit_id, command.by.member_id)):
        raise DoerCannotConfirm()
    if command.is_accepted:
        _step(work, project, ProjectAction.SIGN_OFF, "signed_off")
        return Done(id=project.id)
    if not reason:
        raise ShortcomingNeeded()
    project.reason = work.seals.seal(reason)
    _step(work, project, ProjectAction.FIND_WANTING, "not_accepted", Sealed(project.reason))
    return Done(id=project.id)


def withdraw_project(work: Work, command: WithdrawProject, now: datetime) -> Done:
    """Take a project back for its proposer or an officer of the area; raise `WithdrawalReasonNeeded`."""
    reason = text_given(command.reason)
    project = _found(work, command.project_id)
    if not command.by.may(Right.RELEASE, project.area_path):
        _permit_proposer(work, project, command.by)
    else:
        work.permit_self(command.by.account_id)
    if not reason:
        raise WithdrawalReasonNeeded()
    project.reason = work.seals.seal(reason)
    _step(work, project, ProjectAction.WITHDRAW, "withdrawn", Sealed(project.reason))
    return Done(id=project.id)


def _check_not_proposer(project: Project, command: ApproveProject) -> None:
    proposers = (project.proposer_id, project.proposer_unit_id)
    if is_doer(proposers, (command.by.account_id, command.by.unit_id)):
        raise ProposerCannotApprove()


# -- the units


def claim_project(work: Work, command: ClaimProject, now: datetime) -> Done:
    """Let a unit claim a project: the first brings the milestones, others join.

    Each unit claims once; again, it is a correction of the contact.
    """
    unit_id = _own_unit(work)
    contact = text_given(command.contact)
    project = _found(work, command.project_id)
    is_first = project.state == ProjectState.APPROVED
    state = PROJECT_LIFECYCLE.after(ProjectState(project.state), ProjectAction.CLAIM)
    if claim := work.session.get(ProjectClaim, (project.id, unit_id)):
        claim.contact = work.seals.seal(contact) if contact else claim.contact
        return Done(id=project.id)
    if not contact:
        raise MilestonesNeeded(limit=MOST_MILESTONES)
    if is_first:
        check_milestones(command.milestones, work.day_of(now))
        _plan_milestones(work, project, command)
    work.session.add(
        ProjectClaim(
            project_id=project.id,
            unit_id=unit_id,
            account_id=command.by.account_id,
            contact=work.seals.seal(contact),
            claimed_at=now,
        )
    )
    work.session.flush()
    project.state = state.value
    _tell(work, project, "claimed")
    return Done(id=project.id)


def _plan_milestones(work: Work, project: Project, command: ClaimProject) -> None:
    for one in command.milestones:
        milestone = Milestone(id=new_id(), project_id=project.id, title=one.title.strip(), due_on=one.due_on)
        work.session.add(milestone)


def leave_project(work: Work, command: LeaveProject, now: datetime) -> Done:
    """Let a unit go that cannot go on, without shame; with the last one the milestones are dropped."""
    unit_id = _own_unit(work)
    said = work.seals.seal_or_none(text_given(command.reason))
    project = _found(work, command.project_id)
    claim = work.session.get(ProjectClaim, (project.id, unit_id))
    if claim is None:
        raise UnknownProject()
    is_last = len(_claims(work, project.id)) == 1
    action = ProjectAction.GIVE_BACK if is_last else ProjectAction.LEAVE
    project.state = PROJECT_LIFECYCLE.after(ProjectState(project.state), action).value
    work.session.delete(claim)
    if is_last:
        work.session.execute(delete(Milestone).where(Milestone.project_id == project.id))
    work.session.flush()
    _tell(work, project, "left", said, unit_id)
    return Done(id=project.id)


def reach_milestone(work: Work, command: ReachMilestone, now: datetime) -> Done:
    """Note that a milestone is reached; raise `UnknownMilestone` for those of others."""
    unit_id = _own_unit(work)
    found = work.session.get(Milestone, command.milestone_id, with_for_update=True)
    if found is None or not work.session.get(ProjectClaim, (found.project_id, unit_id)):
        raise UnknownMilestone()
    found.reached_at = found.reached_at or now
    return Done(id=found.id)


def complete_project(work: Work, command: CompleteProject, now: datetime) -> Done:
    """Let a claiming unit say that all is done; raise `MilestonesOpen` while something is left."""
    unit_id = _own_unit(work)
    project = _found(work, command.project_id)
    if not work.session.get(ProjectClaim, (project.id, unit_id)):
        raise UnknownProject()
    is_open = (Milestone.project_id == project.id) & Milestone.reached_at.is_(None)
    if work.session.execute(select(Milestone.id).where(is_open)).first():
        raise MilestonesOpen()
    project.completed_by = command.by.account_id
    _step(work, project, ProjectAction.COMPLETE, "completed")
    return Done(id=project.id)


def _own_unit(work: Work) -> UUID:
    """Return the active unit whose officer the caller is; raise `NotAUnitOfficer` for everybody else."""
    caller = work.request.by if work.request else None
    unit_id = caller.unit_id if caller else None
    work.permit_self(*([caller.account_id, caller.member_id, caller.unit_id] if caller else []))
    unit = work.session.get(Unit, unit_id) if unit_id else None
    if caller is None or unit is None or not unit.is_active or not is_officer_of(caller, unit.id):
        raise NotAUnitOfficer()
    return unit.id


# -- the steps


def _area(work: Work, area_id: UUID) -> Area:
    area = work.session.get(Area, area_id)
    if area is None:
        raise UnknownPlace()
    return area


def _found(work: Work, project_id: UUID) -> Project:
    project = work.session.get(Project, project_id, with_for_update=True)
    if project is None:
        raise UnknownProject()
    return project


def _in_my_area(work: Work, project_id: UUID) -> Project:
    project = _found(work, project_id)
    work.permit(project.area_path)
    return project


def _claims(work: Work, project_id: UUID) -> list[ProjectClaim]:
    of_project = select(ProjectClaim).where(ProjectClaim.project_id == project_id)
    return list(work.session.scalars(of_project.order_by(ProjectClaim.claimed_at, ProjectClaim.unit_id)))


def _step(work: Work, project: Project, action: ProjectAction, how: str, said: Sealed | None = None) -> None:
    project.state = PROJECT_LIFECYCLE.after(ProjectState(project.state), action).value
    _tell(work, project, how, said)


def _tell(
    work: Work, project: Project, how: str, said: Sealed | None = None, left_unit_id: UUID | None = None
) -> None:
    work.announce(
        ProjectMoved(
            project_id=project.id,
            code=project.code,
            title=project.title,
            area_path=project.area_path,
            how=how,
            unit_ids=[claim.unit_id for claim in _claims(work, project.id)],
            proposer_id=project.proposer_id,
            proposer_unit_id=project.proposer_unit_id,
            sealed_reason=said,
            left_unit_id=left_unit_id,
        )
    )
