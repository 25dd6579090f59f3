"""The verbs about volunteer teams: make one, change it, close it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.chassis.contracts import Done, new_id
from services.chassis.sheets import clean_text
from services.chassis.work import Work
from services.directory.contracts import (
    ChangeTeam,
    CloseTeam,
    CreateTeam,
    TeamCopy,
    TeamsChanged,
    TeamView,
    UnknownTeam,
    UnusableTeam,
)
from services.directory.models import Member, Team
from services.directory.queries.teams import team_view
from services.directory.usecases.reach import area_to_manage

MOST_MEMBERS_OF_A_TEAM = 200
LONGEST_NAME = 100


def create_team(work: Work, command: CreateTeam, now: datetime) -> TeamView:
    """Make a team of active members; raises `UnknownArea` and `UnusableTeam`."""
    area = area_to_manage(work, command.area_id)
    team = Team(
        id=new_id(),
        area_id=area.id,
        care_path=area.path,
        name=_words(command.name),
        skill=_words(command.skill),
        leader_id=command.leader_id,
        member_ids=_people(work, command.leader_id, command.member_ids),
        is_active=True,
        version=1,
    )
    work.session.add(team)
    _announce(work, team)
    return team_view(team)


def change_team(work: Work, command: ChangeTeam, now: datetime) -> TeamView:
    """Change what is given of a team; raises `UnknownTeam` and `UnusableTeam`."""
    team = _team_to_change(work, command.team_id)
    team.name = team.name if command.name is None else _words(command.name)
    team.skill = team.skill if command.skill is None else _words(command.skill)
    team.leader_id = command.leader_id or team.leader_id
    wanted = team.member_ids if command.member_ids is None else command.member_ids
    team.member_ids = _people(work, team.leader_id, wanted)
    team.version += 1
    _announce(work, team)
    return team_view(team)


def close_team(work: Work, command: CloseTeam, now: datetime) -> Done:
    """Let a team act no more; doing it again changes nothing. Raises `UnknownTeam`."""
    team = _team_to_change(work, command.team_id)
    if team.is_active:
        team.is_active = False
        team.version += 1
        _announce(work, team)
    return Done(id=team.id)


def _team_to_change(work: Work, team_id: UUID) -> Team:
    team = work.session.get(Team, team_id, with_for_update=True)
    if team is None:
        work.permitted_scopes()
        raise UnknownTeam()
    work.permit(team.care_path)
    return team


def _words(text: str) -> str:
    words = clean_text(text)
    if not words or len(words) > LONGEST_NAME or not words.isprintable():
        raise UnusableTeam(most=MOST_MEMBERS_OF_A_TEAM)
    return words


def _people(work: Work, leader_id: UUID, member_ids: Sequence[UUID]) -> list[UUID]:
    """Return the leader and the members, each once; raise `UnusableTeam` unless all are active."""
    people = list(dict.fromkeys([leader_id, *member_ids]))
    found = select(func.count()).where(Member.id.in_(people), Member.is_active)
    if len(people) > MOST_MEMBERS_OF_A_TEAM or work.session.scalar(found) != len(people):
        raise UnusableTeam(most=MOST_MEMBERS_OF_A_TEAM)
    return people


def _announce(work: Work, team: Team) -> None:
    copy = TeamCopy(
        id=team.id,
        name=team.name,
        skill=team.skill,
        leader_id=team.leader_id,
        member_ids=tuple(team.member_ids),
        area_path=team.care_path,
        is_active=team.is_active,
        version=team.version,
    )
    work.announce(TeamsChanged(teams=[copy]))
