"""The tooling keeps its promises: requirements are pinned and complete, make tells what it can."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
REQUIREMENTS = TOP / "requirements"
SCRIPTS = [*sorted((TOP / "deploy").rglob("*.sh")), TOP / ".ci" / "run"]
OUR_OWN = {"services", "tests", "deploy"}


def wanted(list_name: str) -> set[str]:
    """Return the names in requirements/LIST.in, as the index spells them."""
    lines = (REQUIREMENTS / f"{list_name}.in").read_text().splitlines()
    return {normal(re.split(r"[<>=]", line)[0]) for line in lines if line and line[0] not in "#-"}


def normal(name: str) -> str:
    """Return the normal spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_by(folder: str) -> set[str]:
    """Return the packages of others that the modules in `folder` import."""
    found: set[str] = set()
    for module in (TOP / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names) - OUR_OWN


@pytest.mark.parametrize("list_name", ["installer", "runtime", "dev", "homeserver"])
def test_every_requirement_is_pinned_with_hashes(list_name: str) -> None:
    pinned = re.findall(
        r"(?m)^([\w.-]+)==\S+.*\\\n +--hash=sha256:", text := (REQUIREMENTS / f"{list_name}.txt").read_text()
    )
    assert wanted(list_name) <= {normal(name) for name in pinned}
    assert len(pinned) == len(re.findall(r"(?m)^[\w.-]+==", text))
    assert "://" not in text


@pytest.mark.parametrize(("folder", "lists"), [("services", ["runtime"]), ("tests", ["runtime", "dev"])])
def test_what_is_imported_is_required(folder: str, lists: list[str]) -> None:
    distributions = packages_distributions()
    named = set().union(*map(wanted, lists))
    undeclared = {
        package
        for package in imported_by(folder)
        if not {normal(name) for name in distributions.get(package, [package])} & named
    }
    assert not undeclared


def test_make_alone_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (\S+)$", (TOP / "Makefile").read_text(), re.MULTILINE)
    listed = subprocess.run(["make"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    assert set(targets) == set(re.findall(r"^  (\S+) ", listed, re.MULTILINE))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_parses_and_can_be_run(script: Path) -> None:
    shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
    subprocess.run([shell, "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111
