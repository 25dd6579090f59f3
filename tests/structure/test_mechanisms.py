"""docs/mechanisms.md lists the mechanisms of the five documents: what carries and what proves each exists."""

import re
from pathlib import Path

import pytest

from tests.structure.census import ROOMS, events, refusals, requests_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mechanisms.md"
DOCUMENTS = ("000", "001", "002", "003", "004")
QUOTED = re.compile(r"`([^`]+)`")

ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| document")
]


@pytest.fixture(scope="module")
def carriers() -> set[str]:
    """Every command, query, event and refusal, by the names under which the page may call it."""
    requests = {request.__name__ for room in ROOMS for request in requests_of(room)}
    told = {name for event in events() for name in (event.__name__, event.name)}
    return requests | told | {refusal.code for refusal in refusals()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1][:40])
def test_what_carries_a_mechanism_and_what_proves_it_exist(row: list[str], carriers: set[str]) -> None:
    _, _, carried, proved = row

    named = QUOTED.findall(carried)
    assert named, "nothing carries it"
    assert set(named) <= carriers
    tests = QUOTED.findall(proved)
    assert tests, "nothing proves it"
    for test in tests:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(), test


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_has_its_mechanisms(document: str) -> None:
    assert len([row for row in ROWS if document in row[0]]) >= 3
