"""What dashboards and alarms ask for is measured: every figure and label they name exists in the code."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

BOARDS = sorted((Path(__file__).parents[2] / "deploy" / "grafana").glob("*.json"))
MEASURED = ("services.chassis.metrics", "services.notify.measures", "services.notify.sender.auditor")
SUFFIXES = re.compile(r"_(?:total|bucket|count|sum)$")
FIGURE = re.compile(r"\bwishtree_\w+")


def measured(*names: str) -> dict[str, set[str]]:
    """Return the labels of every figure by its name, without what Prometheus appends."""
    modules = [import_module(name) for name in names or MEASURED]
    figures = [
        value for module in modules for value in vars(module).values() if hasattr(value, "_labelnames")
    ]
    return {SUFFIXES.sub("", figure._name): set(figure._labelnames) for figure in figures}


def asked_for(asked: str) -> tuple[set[str], set[str]]:
    """Return the labels that the figures in an expression have, and those that it names itself."""
    known = measured()
    named = {SUFFIXES.sub("", name) for name in FIGURE.findall(asked)}
    assert named, asked
    assert named <= set(known), asked
    labels = set(re.findall(r'(\w+)(?:=~|!=|=)"', asked))
    for group in re.findall(r"by \(([^)]*)\)", asked):
        labels |= {label.strip() for label in group.split(",")}
    return set().union(*(known[name] for name in named)), labels - {"le"}


def expressions(board: Any) -> list[str]:
    """Return everything that a dashboard asks Prometheus."""
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    variables = [one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    return asked + variables


@pytest.mark.parametrize("page", BOARDS, ids=lambda page: page.stem)
def test_every_figure_and_label_of_a_dashboard_exists(page: Path) -> None:
    for asked in expressions(json.loads(page.read_text(encoding="utf-8"))):
        known, labels = asked_for(asked)
        assert labels <= known, asked


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


# -- alarms

RULES = sorted((Path(__file__).parents[2] / "deploy" / "prometheus").glob("*.rules.yml"))
MANUAL = Path(__file__).parents[2] / "docs" / "operate.md"
LENGTH = re.compile(r"(\d+[smhd])+")


def alarms() -> list[dict[str, Any]]:
    """Return every rule of every file, which says nothing else."""
    found: list[dict[str, Any]] = []
    for page in RULES:
        (whole,) = yaml.safe_load(page.read_text(encoding="utf-8")).items()
        assert whole[0] == "groups"
        for group in whole[1]:
            assert set(group) == {"name", "rules"}
            found += group["rules"]
    return found


def test_every_alarm_says_what_is_wrong_how_grave_it_is_and_what_to_do() -> None:
    for alarm in alarms():
        assert set(alarm) == {"alert", "expr", "for", "labels", "annotations"}, alarm
        assert LENGTH.fullmatch(alarm["for"])
        assert alarm["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(alarm["annotations"]) == {"summary", "description"}
    assert len({alarm["alert"] for alarm in alarms()}) == len(alarms())


def test_every_figure_and_label_of_an_alarm_exists() -> None:
    for alarm in alarms():
        known, labels = asked_for(alarm["expr"])
        told = set(re.findall(r"\$labels\.(\w+)", str(alarm["annotations"])))
        groups = re.findall(r"by \(([^)]*)\)", alarm["expr"])
        grouped = {label for group in groups for label in group.split(", ")}
        assert labels <= known, alarm["alert"]
        assert told <= grouped, alarm["alert"]


def test_what_stops_messages_raises_an_alarm_and_the_manual_names_it() -> None:
    assert {alarm["alert"] for alarm in alarms()} >= {
        "WishtreeAccountStopped",
        "WishtreeUrgentDeliveriesLate",
        "WishtreeDeliveriesWithoutEnd",
        "WishtreeBudgetNear",
        "WishtreeTemplateLapses",
    }
    manual = MANUAL.read_text(encoding="utf-8")
    assert [alarm["alert"] for alarm in alarms() if f"`{alarm['alert']}`" not in manual] == []


def test_everything_that_is_measured_of_messages_has_a_panel() -> None:
    (page,) = BOARDS
    asked = " ".join(expressions(json.loads(page.read_text(encoding="utf-8"))))

    shown = {SUFFIXES.sub("", name) for name in FIGURE.findall(asked)}
    assert set(measured("services.notify.measures", "services.notify.sender.auditor")) <= shown
