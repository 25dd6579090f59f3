"""Scenarios of several districts: stations, and how wishes and members are shared out."""

from collections import Counter

import pytest

from services.console.rehearsal.layout import Layout
from services.console.rehearsal.scenario import UnusableScenario, load


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
