"""`wishtree doctor`, `config` and `version`: whether the house is well, and with which settings it runs."""

import platform
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version as version_of
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import msgspec
import structlog
import typer
from sqlalchemy import text

from services.chassis import clock, migrations
from services.chassis.database import database_now, engine_for
from services.chassis.messaging import dead_letters as letters
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings, WrongSettings
from services.chassis.showing import hidden, shown
from services.chassis.words import say, say_refusal
from services.console.invariants import check_invariants
from services.console.place import DEFAULT_HOME, SERVICES, STORING, Config, Home, settings_at
from services.console.speech import AsJson, answering, language, out, tell
from services.console.surroundings import reaching_the_broker, reaching_the_database

config = typer.Typer(help="Check and show the settings.", no_args_is_help=True)

log = structlog.get_logger(__name__)


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
        _check_services(settings)
        tell(
            {"settings": "ok"},
            as_json,
            lambda _: out.print("[green]✓[/green] 设置可用 the settings can be used"),
        )


@config.command("show")
def show(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show the settings in force, and no text of them that could be a secret."""
    with answering(as_json), settings_at(home, config) as settings:
        tell(seen(settings), as_json, lambda found: out.print_json(data=found))


def seen(settings: Settings) -> dict[str, Any]:
    """Return the settings in force as they may be seen; of a section that cannot be read, its names alone."""
    sections = {name: hidden(section) for name, section in settings.services.items()}
    for name, module in _modules():
        try:
            own = settings.of(name, _shape(name, module))
        except WrongSettings:  # `config check` says what is wrong
            continue
        sections[name] = getattr(module, "show", shown)(own)
    return shown(settings) | {"services": sections}


def _check_services(settings: Settings) -> None:
    """Let every service look at its own section."""
    if unknown := sorted(set(settings.services) - set(SERVICES)):
        raise WrongSettings(f"[services.{unknown[0]}] is no service; there are {sorted(SERVICES)}.")
    for name, module in _modules():
        own = settings.of(name, _shape(name, module))
        if hasattr(module, "check"):  # what only the service itself can say of its settings
            module.check(own)


def _modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the services that have settings, each with the module that describes them."""
    for name in SERVICES:
        if find_spec(f"services.{name}.settings"):
            yield name, import_module(f"services.{name}.settings")


def _shape(name: str, module: ModuleType) -> type[msgspec.Struct]:
    shape: type[msgspec.Struct] = getattr(module, f"{name.capitalize()}Settings")
    return shape


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
    with reaching_the_broker(settings):
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
