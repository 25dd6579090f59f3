"""Reading teams, a page at a time."""

from typing import Any

from sqlalchemy import Select, literal, select

from services.chassis.paging import one_more, page_of
from services.chassis.work import Work
from services.directory.contracts import ListTeams, MyTeams, TeamList, TeamView
from services.directory.models import Team
from services.directory.queries.areas import area_of
from services.directory.queries.paging import after_id


def list_teams(work: Work, query: ListTeams) -> TeamList:
    """Return the teams of an area and below, oldest first; raise `UnknownArea`."""
    area = area_of(work.session, query.area_id)
    work.permit(area.path)
    return _page(work, query, select(Team).where(Team.care_path.startswith(area.path, autoescape=True)))


def my_teams(work: Work, query: MyTeams) -> TeamList:
    """Return the active teams to which the caller belongs."""
    work.permit_self(query.by.member_id)
    is_mine = literal(query.by.member_id, Team.id.type) == Team.member_ids.any_()
    return _page(work, query, select(Team).where(Team.is_active, is_mine))


def team_view(team: Team) -> TeamView:
    """Return a team as it is shown."""
    return TeamView(
        id=team.id,
        area_id=team.area_id,
        name=team.name,
        skill=team.skill,
        leader_id=team.leader_id,
        member_ids=tuple(team.member_ids),
        is_active=team.is_active,
    )


def _page(work: Work, query: ListTeams | MyTeams, wanted: Select[Any]) -> TeamList:
    if after := after_id(query):
        wanted = wanted.where(Team.id > after)
    teams, following = page_of(work.session.scalars(one_more(wanted.order_by(Team.id), query)), query)
    return TeamList(items=[team_view(team) for team in teams], next=following)
