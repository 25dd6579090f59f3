"""The house stays readable: no module outgrows its room, and no function its page (STYLE)."""

import ast
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from services.chassis.contracts import Contract
from services.chassis.refusals import Refusal
from tests.structure.census import ROOMS, module_of, modules, subclasses_of

TOP = Path(__file__).parents[2]
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 30
"""Without its name, what it takes, what its docstring says, and lines that only close a bracket."""

FILES = [path for folder in ("services", "tests", "deploy") for path in sorted((TOP / folder).rglob("*.py"))]
OFFERING = [room for room in ROOMS if module_of(room, "contracts")]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> int:
    """Return in how many lines a function computes."""
    first, *others = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    begins = others[0] if is_docstring and others else first
    return sum(bool(line.strip(" )]},")) for line in source[begins.lineno - 1 : function.end_lineno])


def test_no_file_is_longer_than_its_reader_is_patient() -> None:
    long = {str(path.relative_to(TOP)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: lines for name, lines in long.items() if lines > LINES_OF_A_FILE} == {}


def test_no_function_of_the_services_is_longer_than_a_page() -> None:
    functions = [
        (f"{path.relative_to(TOP)}:{node.lineno}", length(node, path.read_text().splitlines()))
        for path in FILES
        if path.is_relative_to(TOP / "services") and "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [where for where, lines in functions if lines > LINES_OF_A_FUNCTION] == []
    assert functions


def test_every_module_opens_with_a_sentence() -> None:
    assert [module.__name__ for module in modules() if not (module.__doc__ or "").strip()] == []


@pytest.mark.parametrize("room", OFFERING)
def test_what_the_contracts_of_a_service_offer_is_offered_once_and_kept_back_nowhere(room: str) -> None:
    """They pass on all that their modules offer: of two of one name, the second would hide the first."""
    package = import_module(f"services.{room}.contracts")
    parts = [module for module in modules() if module.__name__.startswith(f"{package.__name__}.")]
    offered = Counter(name for part in parts for name in part.__all__ if defined_in(part, name))
    assert [name for name, times in offered.items() if times > 1] == []
    defined = {
        kind
        for base in (Contract, Refusal)
        for kind in subclasses_of(base)
        if f"{kind.__module__}.".startswith(f"{package.__name__}.") and not kind.__name__.startswith("_")
    }
    assert {kind.__name__ for kind in defined if vars(package).get(kind.__name__) is not kind} == set()


def defined_in(module: object, name: str) -> bool:
    """Say whether a name is a module's own, not one that it only passes on."""
    return getattr(getattr(module, name), "__module__", None) in {None, getattr(module, "__name__", "")}
