"""Nobody is ranked unless an area asks for it, and then with agreed names only (国办函〔2026〕12号)."""

import pytest

from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor
from services.chassis.words import say_refusal
from services.directory.contracts import AreaCopy, MemberCopy
from services.points import queries, usecases
from services.points.contracts import ChooseNameShown, NameShown, RankingIsOff, RankMembers, UnknownArea
from tests.support.points import CITY, COMMUNITY, OFFICER, Points, a_unit, an_area

READER = Actor(member_id=new_id())


def with_points(points: Points, area: AreaCopy, name: str, deeds: int) -> MemberCopy:
    member = points.member_of(a_unit(), name)
    for _ in range(deeds):
        points.confirm(area.id, member.id, area_path=area.path)
    return member


def choose(points: Points, member: MemberCopy, shows: NameShown) -> None:
    command = ChooseNameShown(by=Actor(member_id=member.id), shows=shows)
    points.workshop.run(command, usecases.choose_name_shown)


def ranking(points: Points, area: AreaCopy, by: Actor = READER) -> list[tuple[int, str, int]]:
    query = RankMembers(by=by, area_id=area.id, year=2026)
    listed = points.workshop.read(query, queries.rank_members).items
    return [(each.place, each.name, each.points) for each in listed]


def test_without_being_turned_on_there_is_no_ranking_but_advice(points: Points) -> None:
    area = an_area()
    points.know_areas(area)
    with_points(points, area, "王小明", 2)
    for caller in (READER, OFFICER):
        with pytest.raises(RankingIsOff) as refused:
            ranking(points, area, caller)
    assert "积分卡" in say_refusal(refused.value, "zh")
    assert "card" in say_refusal(refused.value, "en")


def test_a_ranking_shows_agreed_names_initials_and_nobody_who_declined(points: Points) -> None:
    area = an_area(ranking=True)
    points.know_areas(area)
    agreed, silent, declined, other = (
        with_points(points, area, name, deeds)
        for name, deeds in (("王小明", 3), ("李建国", 3), ("赵一", 2), ("钱二", 1))
    )
    choose(points, agreed, NameShown.NAME)
    choose(points, declined, NameShown.NOTHING)
    choose(points, other, NameShown.NAME)
    choose(points, other, NameShown.INITIALS)
    assert sorted(ranking(points, area)) == [(1, "李**", 15), (1, "王小明", 15), (4, "钱*", 5)]
    assert silent.id


def test_a_community_that_keeps_rankings_off_is_left_out_of_its_citys(points: Points) -> None:
    city, here = an_area(CITY, ranking=True), an_area(ranking=True)
    off = an_area("/zhoukou/chuanhui/qiyi/xinhua/")
    points.know_areas(city, here, off)
    with_points(points, here, "王小明", 1)
    with_points(points, off, "李建国", 2)
    assert ranking(points, city) == [(1, "王**", 5)]
    points.know_areas(an_area(COMMUNITY, here.id, version=2))
    assert ranking(points, city) == []


def test_only_who_is_signed_in_asks_and_only_members_choose(points: Points) -> None:
    area = an_area(ranking=True)
    points.know_areas(area)
    with pytest.raises(SignInNeeded):
        ranking(points, area, ANYONE)
    with pytest.raises(UnknownArea):
        ranking(points, an_area())
    for caller, refusal in ((ANYONE, SignInNeeded), (OFFICER, NotPermitted)):
        command = ChooseNameShown(by=caller, shows=NameShown.NAME)
        with pytest.raises(refusal):
            points.workshop.run(command, usecases.choose_name_shown)
