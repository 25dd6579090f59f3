"""What a dashboard asks for is measured: every figure and label it names exists in the code."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

BOARDS = sorted((Path(__file__).parents[2] / "deploy" / "grafana").glob("*.json"))
MEASURED = ("services.chassis.metrics", "services.notify.measures")
SUFFIXES = re.compile(r"_(?:total|bucket|count|sum)$")
FIGURE = re.compile(r"\bwishtree_\w+")


def measured() -> dict[str, set[str]]:
    """Return the labels of every figure by its name, without what Prometheus appends."""
    modules = [import_module(name) for name in MEASURED]
    figures = [
        value for module in modules for value in vars(module).values() if hasattr(value, "_labelnames")
    ]
    return {SUFFIXES.sub("", figure._name): set(figure._labelnames) for figure in figures}


def expressions(board: Any) -> list[str]:
    """Return everything that a dashboard asks Prometheus."""
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    variables = [one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    return asked + variables


@pytest.mark.parametrize("page", BOARDS, ids=lambda page: page.stem)
def test_every_figure_and_label_of_a_dashboard_exists(page: Path) -> None:
    known = measured()
    for asked in expressions(json.loads(page.read_text(encoding="utf-8"))):
        named = {SUFFIXES.sub("", name) for name in FIGURE.findall(asked)}
        assert named, asked
        assert named <= set(known), asked
        labels = set(re.findall(r'(\w+)(?:=~|!=|=)"', asked))
        for group in re.findall(r"by \(([^)]*)\)", asked):
            labels |= {label.strip() for label in group.split(",")}
        assert labels - {"le"} <= set().union(*(known[name] for name in named)), asked


@pytest.mark.parametrize("page", BOARDS, ids=lambda page: page.stem)
def test_every_panel_says_what_it_shows_and_has_a_place_of_its_own(page: Path) -> None:
    panels = json.loads(page.read_text(encoding="utf-8"))["panels"]

    assert all(panel["title"] and panel["description"] for panel in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert all(x < 24 for x, _ in taken)


def test_there_is_a_dashboard_of_the_messages() -> None:
    assert [page.stem for page in BOARDS] == ["notify"]


def test_what_is_measured_is_told() -> None:
    told = {SUFFIXES.sub("", metric.name) for metric in REGISTRY.collect()}

    assert set(measured()) <= told
