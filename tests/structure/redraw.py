"""Draws who hears which event, and every lifecycle, into a page: `python -m tests.structure.redraw`."""

import pkgutil
from importlib import import_module
from pathlib import Path

import services
from services.chassis.lifecycle import Lifecycle
from services.chassis.messaging.entrypoints import contracts_of
from tests.structure.census import HOSTED, events, service_class

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
MARK = "<!-- lifecycles -->\n"
EVENTS, EVENTS_END = "<!-- events -->\n", "<!-- end of events -->\n"


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


def listed() -> str:
    """Return the table of events as it ought to stand on the page: who tells each, and who hears it."""
    hearers: dict[str, set[str]] = {event.name: set() for event in events()}
    for room in HOSTED:
        for event in contracts_of(service_class(room))[1].values():
            hearers[event.name].add(room)
    rows = sorted((event.source, event.name) for event in events())
    told = [f"| `{name}` | {source} | {', '.join(sorted(hearers[name])) or '–'} |" for source, name in rows]
    return "\n" + "\n".join(["| event | told by | heard by |", "|---|---|---|", *told]) + "\n\n"


def drawn() -> str:
    """Return the section of diagrams as it ought to stand on the page."""
    found = sorted(lifecycles().items())
    return "".join(f"\n### {title}\n\n```mermaid\n{drawing.mermaid()}\n```\n" for title, drawing in found)


def main() -> None:
    """Write the diagrams."""
    before = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    above, _, rest = before.partition(EVENTS)
    below = rest.partition(EVENTS_END)[2]
    page = above + EVENTS + listed() + EVENTS_END + below + MARK + drawn()
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
