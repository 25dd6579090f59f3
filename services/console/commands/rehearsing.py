"""`wishtree rehearse`: play months of a city through the real services before going live."""

import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.chassis.database import engine_for
from services.console.invariants import check_invariants
from services.console.rehearsal.figures import count_at_places, count_figures
from services.console.rehearsal.player import Play
from services.console.rehearsal.rhythm import starts_at
from services.console.rehearsal.scenario import Scenario, load
from services.console.rehearsal.stage import Stage, stage_at
from services.console.speech import AsJson, answering, err, out, tell
from services.console.usage import WrongUsage

ZONE = ZoneInfo("Asia/Shanghai")


ScenarioName = Annotated[str, typer.Option("--scenario", help="A scenario of Wishtree, or a TOML file.")]
Communities = Annotated[int | None, typer.Option("--communities", min=1, help="How many communities.")]
Members = Annotated[int | None, typer.Option("--members", min=1, help="How many members.")]
Wishes = Annotated[int | None, typer.Option("--wishes", min=1, help="How many wishes.")]
Months = Annotated[int | None, typer.Option("--months", min=1, max=120, help="How many months.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another number, another course of events.")]
EmptyHome = Annotated[
    Path | None, typer.Option("--home", help="An empty folder to play in; else a passing one.")
]
Database = Annotated[str | None, typer.Option("--database", help="URL of an empty PostgreSQL database.")]
Broker = Annotated[str | None, typer.Option("--broker", help="URL of a RabbitMQ virtual host.")]


def rehearse(
    scenario: ScenarioName = "chuanhui",
    communities: Communities = None,
    members: Members = None,
    wishes: Wishes = None,
    months: Months = None,
    seed: Seed = None,
    home: EmptyHome = None,
    database: Database = None,
    broker: Broker = None,
    as_json: AsJson = False,
) -> None:
    """Play months of a city through the real services; exit 1 when an invariant or a target is missed."""
    with answering(as_json, level="error"):
        if bool(database) != bool(broker):
            raise WrongUsage(problem="half_a_city")
        played = months or load(scenario).months
        # What is taken in during the last month would be released after the end; so the last only completes.
        city = load(
            scenario,
            communities=communities,
            members=members,
            wishes=wishes,
            months=max(1, played - 1),
            seed=seed,
        )
        started = time.monotonic()
        with stage_at(starts_at(city, ZONE), home, database, broker) as stage, _progress() as progress:
            Play(stage, city, played, ZONE, progress).run()
            document = {"scenario": city.key, **report(stage, str(ZONE), city)}
        document["elapsed_s"] = round(time.monotonic() - started, 2)
        tell(document, as_json, _print)
        is_resized = any(size is not None for size in (communities, members, wishes, months))
        if not is_well(document, is_resized=is_resized):
            raise typer.Exit(1)


def is_well(document: dict[str, Any], *, is_resized: bool) -> bool:
    """Say whether every invariant holds, and every target is reached.

    A city of another size than the document's need not reach the document's figures.
    """
    is_sound = all(finding == "ok" for finding in document["invariants"].values())
    return is_sound and (is_resized or all(map(_is_reached, document["targets"].values())))


def report(stage: Stage, zone: str, city: Scenario) -> dict[str, Any]:
    """Return the figures, invariants and targets of a play that is over."""
    settings = stage.settings
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        figures = count_figures(connection, zone)
        figures["places"] = count_at_places(connection, city.targets_at)
    figures["messages"] = msgspec.to_builtins(stage.count_messages())
    sent_twice = sum(1 for times in stage.sink.taken.values() if times > 1)
    figures["messages"]["duplicates"] += sent_twice
    invariants = check_invariants(settings)
    if figures["messages"]["duplicates"] or figures["messages"]["lost"]:
        invariants["one_message_per_person_and_event"] = "messages were lost or sent twice"
    targets = against_targets(city, figures["programme"], figures["places"])
    return {**figures, "invariants": invariants, "targets": targets}


def against_targets(
    city: Scenario, reached: dict[str, int], at_places: dict[str, dict[str, int]]
) -> dict[str, dict[str, int]]:
    """Return each figure that the document of a city reports, there or of one place, and what it came to."""
    of_city = {
        name: {"target": target, "reached": reached.get(name, 0)} for name, target in city.targets.items()
    }
    of_places = {
        f"{place} {name}": {"target": target, "reached": at_places[place][name]}
        for place, targets in city.targets_at.items()
        for name, target in targets.items()
    }
    return of_city | of_places


def _is_reached(figure: dict[str, int]) -> bool:
    return figure["reached"] >= figure["target"]


class _progress:  # noqa: N801 - reads as a function where it is used
    """A progress bar on standard error, on a terminal only."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> Any:
        self._bar.__enter__()
        task = self._bar.add_task("", total=1.0)
        return lambda what, share: self._bar.update(task, description=what, completed=share)

    def __exit__(self, *raised: Any) -> None:
        self._bar.__exit__(*raised)


MONTH_COLUMNS = {
    "period": "月 period",
    "release_on": "发布 release",
    "submitted": "征集",
    "screened": "审核",
    "declined": "婉拒",
    "released": "发布",
    "claimed": "认领",
    "fulfilled": "圆梦",
    "carried_over": "结转",
}


def _print(document: dict[str, Any]) -> None:
    table = Table(box=None, padding=(0, 2))
    for title in MONTH_COLUMNS.values():
        table.add_column(title)
    for month in document["months"]:
        table.add_row(*(str(month[name]) for name in MONTH_COLUMNS))
    out.print(table)
    for part in ("claims", "points", "feedback", "messages", "programme"):
        out.print(f"[bold]{part}[/bold] {document[part]}")
    for name, figure in document["targets"].items():
        mark = "[green]✓[/green]" if _is_reached(figure) else "[red]✗[/red]"
        out.print(f"{mark} {name}: {figure['reached']} ({figure['target']})")
    for name, finding in document["invariants"].items():
        mark = "[green]✓[/green]" if finding == "ok" else "[red]✗[/red]"
        out.print(f"{mark} {name}" + ("" if finding == "ok" else f": {finding}"))
    out.print(f"{document['elapsed_s']} s")
