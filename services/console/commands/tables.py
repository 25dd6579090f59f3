"""`wishtree db`: the tables of every service and their revisions."""

from typing import Any

import typer

from services.chassis import migrations
from services.chassis.database import engine_for
from services.chassis.refusals import Refusal, RefusalKind
from services.console.place import (
    DEFAULT_HOME,
    STORING,
    Config,
    Home,
    declare_all_queues,
    settings_at,
    upgrade_tables,
)
from services.console.speech import AsJson, answering, out, tell
from services.console.surroundings import host_of

app = typer.Typer(help="Bring the tables to the newest revision; show where they are.", no_args_is_help=True)


class QueuesNotDeclared(Refusal):
    """The tables are upgraded, but the broker was away, or did not let this user declare all queues."""

    code = "console.queues_not_declared"
    kind = RefusalKind.UNAVAILABLE


@app.command("upgrade")
def upgrade(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Bring tables to the newest revision and declare the broker's queues; safe to repeat, also at once."""
    with answering(as_json), settings_at(home, config) as settings:
        upgrade_tables(settings)
        if not declare_all_queues(settings):  # an event would miss a hearer yet to come: decision 0010
            raise QueuesNotDeclared(host=host_of(settings.broker_url))
        tell(_standing(settings), as_json, _print)


@app.command("status")
def status(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show the revision of every service's tables, and the newest this code knows."""
    with answering(as_json), settings_at(home, config) as settings:
        tell(_standing(settings), as_json, _print)


def _standing(settings: Any) -> list[dict[str, Any]]:
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        return [
            {
                "service": service,
                "revision": migrations.current(service, connection),
                "newest": migrations.head(service),
            }
            for service in STORING
        ]


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        mark = "[green]✓[/green]" if row["revision"] == row["newest"] else "[yellow]·[/yellow]"
        out.print(f"{mark} {row['service']:<10} {row['revision'] or '—'}  [dim]newest {row['newest']}[/dim]")
