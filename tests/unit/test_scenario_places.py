"""Scenarios of several districts: stations, and how wishes and members are shared out."""

from collections import Counter

import pytest

from services.console.rehearsal.layout import Layout
from services.console.rehearsal.scenario import UnusableScenario, load, names
from services.console.rehearsal.side_roads.printing import portions


@pytest.fixture(scope="module")
def guangzhou() -> Layout:
    return load("guangzhou", months=load("guangzhou").months - 1).lay_out()


@pytest.fixture(scope="module")
def qitaihe() -> Layout:
    return load("qitaihe", months=load("qitaihe").months - 1).lay_out()


def _names(layout: Layout) -> dict[str, str]:
    return {area.code: area.name for area in layout.areas()}


def test_guangzhou_has_the_four_steps_district_street_community_station(guangzhou: Layout) -> None:
    kinds = Counter(area.kind for area in guangzhou.areas())
    assert kinds == {"city": 1, "district": 2, "street": 5, "community": 12, "station": 4}
    above = {area.name: area.parent for area in guangzhou.areas()}
    names = _names(guangzhou)
    assert names[above["光塔街道"] or ""] == "越秀区"
    assert names[above["金花街道"] or ""] == "荔湾区"
    assert names[above["蟠虬驿站"] or ""] == "蟠虬社区"


def test_liwan_collects_at_least_the_1103_wishes_that_002_counts(guangzhou: Layout) -> None:
    in_liwan = [wish for wish in guangzhou.wishes() if wish.community.startswith("440103")]
    assert len(in_liwan) >= 1103


def test_wishes_are_shared_out_by_the_weights_of_the_file(qitaihe: Layout) -> None:
    names = _names(qitaihe)
    wishes = Counter(names[wish.community] for wish in qitaihe.wishes())
    assert wishes["新城社区"] > 3 * wishes["站前社区"] > 3 * wishes["北寿社区"]
    members = Counter(names[member.community] for member in qitaihe.members())
    assert members["新城社区"] > 175, "as many as 003 has take part there"


def test_a_community_of_a_district_that_nobody_knows_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("scenarios") / "lost.toml"
    community = '{ name = "甲乙社区", street = "甲乙街道", district = "无名区" }'
    lost = f'like = "guangzhou"\n[listed]\ncommunities = [{community}]\n'
    file.write_text(lost, encoding="utf-8")
    with pytest.raises(UnusableScenario) as refused:
        load(file)
    assert "无名区" in refused.value.arguments["problem"]


@pytest.mark.parametrize("communities", [1, 3, 9])
@pytest.mark.parametrize("name", names())
def test_a_city_of_fewer_communities_takes_its_roads_where_they_are_laid_out(
    name: str, communities: int
) -> None:
    city = load(name, communities=communities, members=5, wishes=5)
    laid_out = {area.name for area in city.lay_out().areas()}
    roads = city.programme.roads_among(laid_out)
    assert set(roads) <= set(city.programme.__struct_fields__)
    for road in roads.values():
        assert set(getattr(road, "at", ())) <= laid_out
        assert {listed.at for listed in getattr(road, "listed", ())} <= laid_out
    assert [wish.community for wish in city.lay_out().wishes()]


def test_cards_are_printed_in_portions_that_a_house_prints_in_one_go() -> None:
    assert portions(1200) == [500, 500, 200]
    assert portions(98) == [98]
    assert portions(0) == []


def test_a_road_is_left_out_only_when_none_of_its_places_is_there() -> None:
    programme = load("qitaihe").programme
    assert set(programme.roads_among({"新城社区"})) >= {"pooling", "dispatching", "units", "suggesting"}
    assert "visits" not in programme.roads_among({"新城社区"}), "003 tells of visits at 新兴街道 alone"
    assert "teams" not in programme.roads_among({"新城社区"})
    assert [team.at for team in programme.roads_among({"向阳街道"})["teams"].listed] == ["向阳街道"] * 3
