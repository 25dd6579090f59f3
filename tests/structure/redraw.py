"""Draws every lifecycle of the services into docs/architecture.md: `python -m tests.structure.redraw`."""

import pkgutil
from importlib import import_module
from pathlib import Path

import services
from services.chassis.lifecycle import Lifecycle

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
MARK = "<!-- lifecycles -->\n"


def lifecycles() -> dict[str, Lifecycle]:  # type: ignore[type-arg]  # of any states
    """Return every lifecycle by the service and name under which its table stands in the code."""
    found: dict[str, Lifecycle] = {}  # type: ignore[type-arg]
    for package in pkgutil.iter_modules(services.__path__):
        try:
            domain = import_module(f"services.{package.name}.domain")
        except ModuleNotFoundError:
            continue
        for name, thing in vars(domain).items():
            if isinstance(thing, Lifecycle):
                found[f"{package.name}: {name.removesuffix('_LIFECYCLE').lower().replace('_', ' ')}"] = thing
    return found


def drawn() -> str:
    """Return the section of diagrams as it ought to stand on the page."""
    found = sorted(lifecycles().items())
    return "".join(f"\n### {title}\n\n```mermaid\n{drawing.mermaid()}\n```\n" for title, drawing in found)


def main() -> None:
    """Write the diagrams."""
    before = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(before + MARK + drawn(), encoding="utf-8")


if __name__ == "__main__":
    main()
