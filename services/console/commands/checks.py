"""`wishtree doctor`, `config` and `version`: whether the house is well, and with which settings it runs."""

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Any

import msgspec
import structlog
import typer
from sqlalchemy import text

from services.chassis import clock, migrations
from services.chassis.database import database_now, engine_for
from services.chassis.messaging import dead_letters as letters
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.chassis.words import say, say_refusal
from services.console.invariants import check_invariants
from services.console.place import DEFAULT_HOME, STORING, Config, Home, settings_at
from services.console.speech import AsJson, answering, language, out, tell
from services.console.surroundings import reaching_the_broker, reaching_the_database

config = typer.Typer(help="Check and show the settings.", no_args_is_help=True)

log = structlog.get_logger(__name__)

SECRETS_IN = ("secret", "password", "key", "token", "authorization")
"""Words in the name of a setting, or of a header, whose value is not shown."""


def version(as_json: AsJson = False) -> None:
    """Show the versions of Wishtree and of what it stands on."""
    names = (
        "wishtree",
        "nameko",
        "kombu",
        "SQLAlchemy",
        "APScheduler",
        "Jinja2",
        "eventlet",
        "psycopg2-binary",
    )
    found = {name: version_of(name) for name in names} | {"python": platform.python_version()}
    lines = "\n".join(f"{name} {number}" for name, number in found.items())
    tell(found, as_json, lambda _: out.print(lines))


def doctor(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Examine settings, database, broker, clock, events and every invariant; exit 1 when one is wrong."""
    with answering(as_json), settings_at(home, config) as settings:
        findings = {name: _finding(name, settings) for name in CHECKS}
        if findings["tables"] == "ok":
            findings |= check_invariants(settings)
        tell(findings, as_json, _print)
        if any(finding != "ok" for finding in findings.values()):
            raise typer.Exit(1)


@config.command("check")
def check(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Check that the settings can be used, each service's own among them."""
    with answering(as_json), settings_at(home, config) as settings:
        _own_settings(settings)
        tell(
            {"settings": "ok"},
            as_json,
            lambda _: out.print("[green]✓[/green] 设置可用 the settings can be used"),
        )


@config.command("show")
def show(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show the settings in force; secrets are masked."""
    with answering(as_json), settings_at(home, config) as settings:
        shown = masked(msgspec.to_builtins(settings))
        tell(shown, as_json, lambda found: out.print_json(data=found))


def masked(settings: Any, name: str = "") -> Any:
    """Return `settings` with every secret replaced; of an URL the password only."""
    if isinstance(settings, dict):
        return {key: masked(value, key) for key, value in settings.items()}
    if name.endswith("_url") and isinstance(settings, str) and "@" in settings:
        return settings.split("://")[0] + "://***@" + settings.rpartition("@")[2]
    if any(word in name.lower() for word in SECRETS_IN) or name.startswith("k"):
        return "***"
    return settings


def _own_settings(settings: Settings) -> None:
    from importlib import import_module

    for service in (*STORING, "gateway"):
        try:
            module = import_module(f"services.{service}.settings")
        except ModuleNotFoundError:
            continue
        own = settings.of(service, getattr(module, f"{service.capitalize()}Settings"))
        if hasattr(module, "check"):  # what only the service itself can say of its settings
            module.check(own)


def _finding(name: str, settings: Settings) -> str:
    try:
        with reaching_the_database(settings):
            return CHECKS[name](settings)
    except Refusal as refusal:
        return say_refusal(refusal, language())
    except Exception as fault:
        log.exception("check_failed", check=name, fault=type(fault).__name__)
        return f"{type(fault).__name__}: see the logs"


def _database(settings: Settings) -> str:
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    return "ok" if number >= 140000 else f"PostgreSQL 14 or newer is needed, this is {number}"


def _tables(settings: Settings) -> str:
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        behind = [name for name in STORING if migrations.current(name, connection) != migrations.head(name)]
    return "ok" if not behind else f"older than this code: {', '.join(behind)}; run wishtree db upgrade"


def _broker(settings: Settings) -> str:
    if settings.is_embedded:
        return "ok"
    from services.chassis.hosting import nameko_config
    from services.chassis.messaging.connections import connect

    with reaching_the_broker(settings), connect(nameko_config(settings)) as connection:
        connection.ensure_connection(max_retries=1)
    return "ok"


def _dead_letters(settings: Settings) -> str:
    dead = 0 if settings.is_embedded else letters.count_dead_letters(settings.broker_url)
    return say("console.dead_letters", language(), count=dead) if dead else "ok"


def _clock(settings: Settings) -> str:
    from sqlalchemy.orm import Session

    with Session(engine_for(settings.database_url, settings.database_connections)) as session:
        apart = abs((database_now(session) - clock.now()).total_seconds())
    return "ok" if apart < 5 else f"host and database are {apart:.0f} s apart; set up time synchronisation"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "python": lambda _: "ok" if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed",
    "database": _database,
    "tables": _tables,
    "broker": _broker,
    "dead_letters": _dead_letters,
    "clock": _clock,
}


def _print(findings: dict[str, str]) -> None:
    for name, finding in findings.items():
        mark = "[green]✓[/green]" if finding == "ok" else "[red]✗[/red]"
        out.print(f"{mark} {name}" + ("" if finding == "ok" else f": {finding}"))
