"""Volunteer teams (志愿服务队) as others see them: members of one skill who act as one (seed 003)."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "ChangeTeam",
    "CloseTeam",
    "CreateTeam",
    "ListTeams",
    "MyTeams",
    "TeamCopy",
    "TeamList",
    "TeamView",
    "TeamsChanged",
    "UnknownTeam",
    "UnusableTeam",
]


class TeamCopy(Contract, frozen=True, kw_only=True):
    """A team as others keep it; any of its members may act for it."""

    id: UUID
    name: str
    skill: str
    leader_id: UUID
    member_ids: tuple[UUID, ...]  # the leader among them
    area_path: str
    is_active: bool
    version: int


class TeamsChanged(Event, frozen=True, kw_only=True):
    """Teams were made, changed or closed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "teams_changed.v1"

    teams: list[TeamCopy]


class TeamView(View, frozen=True, kw_only=True):
    """A team."""

    id: UUID
    area_id: UUID
    name: str
    skill: str
    leader_id: UUID
    member_ids: tuple[UUID, ...]
    is_active: bool


class TeamList(View, frozen=True, kw_only=True):
    """A page of teams."""

    items: list[TeamView]
    next: str | None = None


class CreateTeam(Command, frozen=True, kw_only=True):
    """Make a team of members of an area; the leader is among the members, named or not."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = TeamView

    area_id: UUID
    name: str
    skill: str
    leader_id: UUID
    member_ids: tuple[UUID, ...]


class ChangeTeam(Command, frozen=True, kw_only=True):
    """Change a team; what is None stays as it is."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = TeamView

    team_id: UUID
    name: str | None = None
    skill: str | None = None
    leader_id: UUID | None = None
    member_ids: tuple[UUID, ...] | None = None


class CloseTeam(Command, frozen=True, kw_only=True):
    """A team acts no more; what it did stays."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE

    team_id: UUID


class ListTeams(Page, frozen=True, kw_only=True):
    """The teams of an area and below, oldest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = TeamList

    area_id: UUID


class MyTeams(Page, frozen=True, kw_only=True):
    """The active teams of the signed-in member."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = TeamList


# -- refusals


class UnknownTeam(Refusal):
    """There is no such team."""

    code = "directory.unknown_team"
    kind = RefusalKind.UNKNOWN


class UnusableTeam(Refusal):
    """A team has a name, a skill, a leader and at most 200 active members."""

    code = "directory.unusable_team"
    kind = RefusalKind.INVALID
