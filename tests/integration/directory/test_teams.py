"""Volunteer teams and free hours, on real PostgreSQL."""

from uuid import UUID

import pytest

from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory import queries, usecases
from services.directory.contracts import (
    AreaView,
    ChangeTeam,
    CloseTeam,
    CreateTeam,
    ListMembers,
    ListTeams,
    MembersChanged,
    MyTeams,
    RemoveMember,
    SetFreeHours,
    TeamsChanged,
    TeamView,
    UnknownTeam,
    UnusableHours,
    UnusableTeam,
)
from tests.support.directory import (
    JIANZHONG,
    OPERATOR,
    WENCHANG,
    WENMING,
    a_city,
    a_member,
    announced,
    refused,
    register,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def city(workshop: Workshop) -> dict[str, AreaView]:
    """A small city with three members at home in 文明社区."""
    areas = a_city(workshop)
    people = [a_member(name=f"彭彤{one}", phone=f"1381234567{one}") for one in range(3)]
    register(workshop, areas[WENMING], *people)
    return areas


def people_of(workshop: Workshop) -> list[UUID]:
    """Return the members of the city."""
    return [member.id for event in announced(workshop, MembersChanged)[:1] for member in event.members]


def a_team(workshop: Workshop, area: AreaView, *members: UUID, by: Actor = OPERATOR) -> TeamView:
    """Make a team, led by the first of its members."""
    command = CreateTeam(
        by=by,
        area_id=area.id,
        name=" 医疗志愿服务队 ",
        skill="义诊",
        leader_id=members[0],
        member_ids=members,
    )
    view: TeamView = workshop.run(command, usecases.create_team)
    return view


def as_member(member_id: UUID) -> Actor:
    """Return this member, signed in."""
    return Actor(member_id=member_id, grants=(Grant(Role.MEMBER, "/"),))


def test_a_team_is_made_changed_and_closed_and_everybody_is_told(
    workshop: Workshop, city: dict[str, AreaView]
) -> None:
    first, second, third = people_of(workshop)
    team = a_team(workshop, city[WENMING], first, second, by=worker_at(WENMING))
    assert (team.name, team.member_ids) == ("医疗志愿服务队", (first, second))
    change = ChangeTeam(by=worker_at(WENMING), team_id=team.id, leader_id=third, skill="理发")
    changed: TeamView = workshop.run(change, usecases.change_team)
    assert (changed.leader_id, changed.skill, changed.member_ids) == (third, "理发", (third, first, second))
    workshop.run(CloseTeam(by=worker_at(WENMING), team_id=team.id), usecases.close_team)
    workshop.run(CloseTeam(by=worker_at(WENMING), team_id=team.id), usecases.close_team)
    copies = [copy for event in announced(workshop, TeamsChanged) for copy in event.teams]
    assert [(copy.version, copy.is_active) for copy in copies] == [(1, True), (2, True), (3, False)]
    assert copies[1].member_ids == (third, first, second)
    assert copies[0].area_path == WENMING


def test_a_team_is_of_active_members_and_has_a_name(workshop: Workshop, city: dict[str, AreaView]) -> None:
    first, second, _ = people_of(workshop)
    for members in ((first, new_id()), (new_id(),)):
        with refused(UnusableTeam):
            a_team(workshop, city[WENMING], *members)
    nameless = CreateTeam(
        by=OPERATOR, area_id=city[WENMING].id, name=" ", skill="义诊", leader_id=first, member_ids=()
    )
    with refused(UnusableTeam):
        workshop.run(nameless, usecases.create_team)
    workshop.run(RemoveMember(by=OPERATOR, member_id=second), usecases.remove_member)
    with refused(UnusableTeam):
        a_team(workshop, city[WENMING], first, second)


def test_a_team_is_made_and_changed_by_those_who_manage_people_there(
    workshop: Workshop, city: dict[str, AreaView]
) -> None:
    first, *_ = people_of(workshop)
    with pytest.raises(NotPermitted):
        a_team(workshop, city[WENMING], first, by=worker_at(JIANZHONG))
    team = a_team(workshop, city[WENMING], first, by=worker_at(WENCHANG))
    with pytest.raises(NotPermitted):
        workshop.run(ChangeTeam(by=worker_at(JIANZHONG), team_id=team.id), usecases.change_team)
    with refused(UnknownTeam):
        workshop.run(CloseTeam(by=OPERATOR, team_id=new_id()), usecases.close_team)


def test_teams_are_listed_by_area_and_by_member(workshop: Workshop, city: dict[str, AreaView]) -> None:
    first, second, third = people_of(workshop)
    one = a_team(workshop, city[WENMING], first, second)
    two = a_team(workshop, city[JIANZHONG], third)
    there = ListTeams(by=worker_at(WENCHANG), area_id=city[WENCHANG].id, limit=1)
    page = workshop.read(there, queries.list_teams)
    assert [team.id for team in page.items] == [one.id]
    rest = ListTeams(by=worker_at(WENCHANG), area_id=city[WENCHANG].id, after=page.next)
    assert [team.id for team in workshop.read(rest, queries.list_teams).items] == [two.id]
    mine = workshop.read(MyTeams(by=as_member(second)), queries.my_teams)
    assert [team.id for team in mine.items] == [one.id]


def test_a_member_says_when_they_are_free_and_others_do_not(
    workshop: Workshop, city: dict[str, AreaView]
) -> None:
    first, second, _ = people_of(workshop)
    hours = ("sat_morning", "mon_evening", "sat_morning")
    workshop.run(
        SetFreeHours(by=as_member(first), member_id=first, free_hours=hours), usecases.set_free_hours
    )
    copy = announced(workshop, MembersChanged)[-1].members[0]
    assert (copy.id, copy.free_hours, copy.version) == (first, hours[:2], 2)
    foreign = SetFreeHours(by=as_member(second), member_id=first, free_hours=hours)
    with pytest.raises(NotPermitted):
        workshop.run(foreign, usecases.set_free_hours)
    vague = SetFreeHours(by=as_member(first), member_id=first, free_hours=("saturday",))
    with refused(UnusableHours):
        workshop.run(vague, usecases.set_free_hours)
    noted = SetFreeHours(by=worker_at(WENMING), member_id=second, free_hours=("sun_afternoon",))
    workshop.run(noted, usecases.set_free_hours)
    listed = workshop.read(ListMembers(by=OPERATOR, area_id=city[WENMING].id), queries.list_members)
    assert [member.free_hours for member in listed.items] == [hours[:2], ("sun_afternoon",), ()]
