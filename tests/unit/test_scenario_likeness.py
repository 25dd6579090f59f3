"""A scenario may be like another one: it says only what is different there, and its programme is its own."""

from pathlib import Path

import pytest

from services.console.commands.rehearsing import against_targets
from services.console.rehearsal.scenario import UnusableScenario, load

LIKE = """
like = "chuanhui"
key = "example"
title = "演练"
[behaviour]
declined = 0.5
"""


MORE = """
[hardships.migrant_worker]
name = "外来人员"
[[listed.templates]]
text = "想要一张全家福照片。"
kind = "goods"
category = "culture"
value = 60
said_by = ["migrant_worker"]
named = "生活物资"
source = "001"
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    page = tmp_path / "example.toml"
    page.write_text(LIKE, encoding="utf-8")
    return page


def test_what_a_scenario_does_not_say_is_said_by_the_one_it_is_like(written: Path) -> None:
    pattern, other = load("chuanhui"), load(written)
    assert (other.key, other.behaviour.declined) == ("example", 0.5)
    assert other.behaviour.returned == pattern.behaviour.returned
    assert other.listed == pattern.listed


def test_its_templates_come_to_those_below_and_of_a_hardship_it_says_what_is_different(written: Path) -> None:
    pattern = load("chuanhui")
    written.write_text(LIKE + MORE, encoding="utf-8")
    other = load(written)
    assert other.hardships["migrant_worker"].name == "外来人员"
    assert other.hardships["migrant_worker"].share == pattern.hardships["migrant_worker"].share
    assert [template.text for template in other.listed.templates[-1:]] == ["想要一张全家福照片。"]
    assert other.listed.templates[:-1] == pattern.listed.templates


def test_programme_and_targets_are_never_taken_from_another(written: Path) -> None:
    other = load(written)
    assert other.programme.complaining is None
    assert other.targets == {}


def test_a_side_road_that_nobody_knows_is_refused_by_name(written: Path) -> None:
    written.write_text(LIKE + "[programme.flying]\n", encoding="utf-8")
    with pytest.raises(UnusableScenario, match="flying"):
        load(written)


def test_a_target_is_held_against_what_the_play_came_to(written: Path) -> None:
    written.write_text(LIKE + "[targets]\nwishes_fulfilled = 90\n", encoding="utf-8")
    assert against_targets(load(written), {"wishes_fulfilled": 91}, {}) == {
        "wishes_fulfilled": {"target": 90, "reached": 91}
    }


def test_a_place_has_targets_of_its_own(written: Path) -> None:
    written.write_text(LIKE + '[targets_at."中州社区"]\nteams = 6\n', encoding="utf-8")
    assert against_targets(load(written), {}, {"中州社区": {"teams": 5}}) == {
        "中州社区 teams": {"target": 6, "reached": 5}
    }
