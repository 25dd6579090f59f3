"""Projects: those that are open, those of an area or unit, and the letter of intent."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, func, select

from services.chassis.rights import Right
from services.chassis.work import Work
from services.claims.contracts import (
    GetLetterOfIntent,
    LetterOfIntent,
    ListOpenProjects,
    ListProjects,
    MilestoneView,
    MyProjects,
    NotAUnitOfficer,
    OpenProject,
    OpenProjects,
    ProjectList,
    ProjectView,
    UnknownProject,
)
from services.claims.domain import ProjectState, is_officer_of
from services.claims.models import Milestone, Project, ProjectClaim
from services.claims.queries.paging import is_in_state, lies_below, page_of

PUBLIC = (ProjectState.APPROVED, ProjectState.CLAIMED, ProjectState.COMPLETED, ProjectState.SIGNED_OFF)


def list_open_projects(work: Work, query: ListOpenProjects) -> OpenProjects:
    """Return a page of the projects that were approved, with how many units claimed each."""
    of_project = ProjectClaim.project_id == Project.id
    units = select(func.count()).select_from(ProjectClaim).where(of_project).scalar_subquery()
    wanted = select(
        Project.id, Project.code, Project.title, Project.area_path, Project.state, units.label("units")
    ).where(Project.state.in_(PUBLIC), lies_below(Project.area_path, query.below))
    items, following = page_of(
        work,
        query,
        wanted,
        Project.id,
        lambda row: OpenProject(
            id=row.id,
            code=row.code,
            title=row.title,
            area_path=row.area_path,
            state=row.state,
            units=row.units,
        ),
    )
    return OpenProjects(items=items, next=following)


def list_projects(work: Work, query: ListProjects, now: datetime) -> ProjectList:
    """Return a page of the projects below a path; raise `UnknownState` for a state that is none."""
    work.permit(query.below)
    in_state = is_in_state(Project.state, query.state, ProjectState)
    return _projects(work, query, lies_below(Project.area_path, query.below) & in_state, now)


def my_projects(work: Work, query: MyProjects, now: datetime) -> ProjectList:
    """Return a page of what the caller's unit proposed or claimed, for its officer: `NotAUnitOfficer`."""
    work.permit_self(query.by.account_id, query.by.member_id, query.by.unit_id)
    if not is_officer_of(query.by, query.by.unit_id):
        raise NotAUnitOfficer()
    claimed = select(ProjectClaim.project_id).where(ProjectClaim.unit_id == query.by.unit_id)
    is_ours = (Project.proposer_unit_id == query.by.unit_id) | Project.id.in_(claimed)
    return _projects(work, query, is_ours, now)


def _projects(
    work: Work, query: ListProjects | MyProjects, whose: ColumnElement[bool], now: datetime
) -> ProjectList:
    wanted = select(*Project.__mapper__.columns).where(whose)
    items, following = page_of(work, query, wanted, Project.id, lambda row: _view(work, row))
    ids = [item.id for item in items]
    milestones, units = _milestones(work, ids, work.day_of(now)), _units(work, ids)
    whole = [
        msgspec.structs.replace(item, milestones=milestones[item.id], unit_ids=units[item.id])
        for item in items
    ]
    return ProjectList(items=whole, next=following)


def _view(work: Work, row: Row[Any]) -> ProjectView:
    return ProjectView(
        id=row.id,
        code=row.code,
        title=row.title,
        plan=work.seals.open(row.plan),
        area_id=row.area_id,
        area_path=row.area_path,
        state=row.state,
        proposed_at=row.proposed_at,
        proposer_unit_id=row.proposer_unit_id,
        unit_ids=[],
        milestones=[],
        reason=work.seals.open_or_empty(row.reason),
    )


def _milestones(work: Work, projects: Iterable[UUID], today: date) -> dict[UUID, list[MilestoneView]]:
    found: dict[UUID, list[MilestoneView]] = defaultdict(list)
    of_projects = select(Milestone).where(Milestone.project_id.in_(list(projects)))
    for one in work.session.scalars(of_projects.order_by(Milestone.due_on, Milestone.id)):
        view = MilestoneView(
            id=one.id,
            title=one.title,
            due_on=one.due_on,
            reached_at=one.reached_at,
            is_overdue=one.reached_at is None and one.due_on < today,
        )
        found[one.project_id].append(view)
    return found


def _units(work: Work, projects: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    of_projects = select(ProjectClaim).where(ProjectClaim.project_id.in_(list(projects)))
    for claim in work.session.scalars(of_projects.order_by(ProjectClaim.claimed_at, ProjectClaim.unit_id)):
        found[claim.project_id].append(claim.unit_id)
    return found


def get_letter_of_intent(work: Work, query: GetLetterOfIntent, now: datetime) -> LetterOfIntent:
    """Return the letter of a unit, for its officer or who sees the ledger; `UnknownProject` for others."""
    caller = query.by
    work.permit_self(caller.account_id, caller.member_id, caller.unit_id)
    project = work.session.get(Project, query.project_id)
    claim = work.session.get(ProjectClaim, (query.project_id, query.unit_id))
    if project is None or claim is None:
        raise UnknownProject()
    if not (is_officer_of(caller, query.unit_id) or caller.may(Right.SEE_LEDGER, project.area_path)):
        raise UnknownProject()
    return LetterOfIntent(
        project_id=project.id,
        code=project.code,
        title=project.title,
        plan=work.seals.open(project.plan),
        area_id=project.area_id,
        unit_id=claim.unit_id,
        contact=work.seals.open(claim.contact),
        claimed_at=claim.claimed_at,
        milestones=_milestones(work, [project.id], work.day_of(now))[project.id],
    )
