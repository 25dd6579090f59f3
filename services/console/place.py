"""Where a command works: the embedded house in a folder, or a city's database and broker."""

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from services.chassis import migrations, privileges
from services.chassis.contracts import Request
from services.chassis.database import engine_for
from services.chassis.hosting import House, Outstanding, nameko_config
from services.chassis.messaging.caller import Caller
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.messaging.topology import declare_queues
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.settings import Settings, read_home_settings, read_settings
from services.console import demo
from services.console.surroundings import reaching_the_broker, reaching_the_database, secrets_in, usable_home
from services.console.usage import WrongUsage

SERVICES = ("directory", "wishes", "claims", "points", "notify", "scheduler", "gateway")
STORING = SERVICES[:-1]

Home = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="WISHTREE_HOME",
        help="Data folder of the embedded house.",
        show_default="~/.wishtree",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", envvar="WISHTREE_CONFIG", help="Settings of a city, a commented TOML file."),
]
DEFAULT_HOME = Path.home() / ".wishtree"


class TablesBehind(Refusal):
    """The tables of the database are older than this code."""

    code = "console.tables_behind"
    kind = RefusalKind.CONFLICT


class UnknownService(WrongUsage):
    """There is no service of that name."""

    code = "console.unknown_service"


@contextmanager
def settings_at(home: Path, config: Path | None = None, **overrides: Any) -> Iterator[Settings]:
    """Yield the settings of the place: a city's when one is named, else those of the house in `home`.

    Those of a demo are the demo's: another process on the same tables must not know fewer channels.
    Raises `WrongSettings`, `UnusableHome`, and `NoDatabase` when what is done there does not reach it.
    """
    if not (config or os.environ.get("WISHTREE_DATABASE_URL") or overrides.get("database_url")):
        demo_at = demo.listens_at(home)
        with house_at(home, **{"address": demo_at} | overrides) as settings:
            yield demo.settings_of(settings) if demo_at else settings
        return
    own = {} if config else secrets_in(home)
    settings = read_settings(config, **own | overrides)
    with reaching_the_database(settings):
        yield settings


@contextmanager
def house_at(home: Path, *, is_passing: bool = False, **overrides: Any) -> Iterator[Settings]:
    """Yield the settings of the house embedded in `home`, whatever city the environment names.

    Its database is started when needed and stopped by its last user; a passing one is thrown away.
    Raises `WrongSettings` and `UnusableHome`.
    """
    from services.chassis.embedded import database_in

    home = usable_home(home)
    with database_in(home, is_passing=is_passing) as url:
        yield read_home_settings(home, url, **overrides)


def service_class(name: str) -> type:
    """Return the class of the service `name`; raise `UnknownService` for any other word."""
    if name not in SERVICES:
        raise UnknownService(service=name, services=", ".join(SERVICES))
    module = importlib.import_module(f"services.{name}.service")
    found: type = getattr(module, f"{name.capitalize()}Service")
    return found


def classes(names: Sequence[str]) -> list[type]:
    """Return the classes of the services `names`."""
    return [service_class(name) for name in names]


def upgrade_tables(settings: Settings) -> None:
    """Bring every service's tables to the newest revision, and let its user of the database use them."""
    engine = engine_for(settings.database_url, settings.database_connections)
    for service in STORING:
        migrations.upgrade(service, engine)
        with engine.begin() as connection:
            privileges.grant(service, connection)


def refuse_old_tables(settings: Settings, names: Sequence[str]) -> None:
    """Raise `TablesBehind` when a service of a city would run on tables that are not its own version's."""
    storing = [name for name in names if name in STORING]
    if not storing:
        return  # the gateway has no tables, and in a city no user of the database either
    with engine_for(settings.database_url, settings.database_connections).connect() as connection:
        behind = [name for name in storing if migrations.current(name, connection) != migrations.head(name)]
    if behind:
        raise TablesBehind(services=", ".join(behind))


def declare_all_queues(settings: Settings) -> bool:
    """Declare every service's queues on a city's broker, so that no event misses a hearer."""
    if settings.is_embedded:
        return True
    heard = [
        (event, name, handler)
        for name in STORING
        for handler, event in contracts_of(service_class(name))[1].items()
    ]
    return declare_queues(nameko_config(settings), heard)


class Place:
    """A place that answers: a house in this process, or the services of a city over its broker."""

    def __init__(self, settings: Settings, house: House | None, caller: Caller) -> None:
        """Take what answers."""
        self.settings, self.house, self._caller = settings, house, caller
        self.outstanding = house.outstanding if house else Outstanding(settings, classes(STORING))

    def ask(self, request: Request, within: float | None = None) -> Any:
        """Send a command or query and return its answer."""
        return self._caller.ask(request, within)

    def settle(self, within: float = 60) -> bool:
        """Wait until every event has had its effect."""
        return (self.house or self.outstanding).settle(within)


@contextmanager
def answering_place(settings: Settings, name: str = "console") -> Iterator[Place]:
    """Yield the place at `settings`; an embedded house runs for as long as it takes, a city is asked."""
    if not settings.is_embedded:
        caller = Caller(nameko_config(settings), name)
        with reaching_the_broker(settings):
            caller.start()
        with _stopped(caller):
            yield Place(settings, None, caller)
        return
    upgrade_tables(settings)
    house = House(settings, classes(STORING))
    house.start()
    try:
        caller = house.caller(name)
        caller.start()
        with _stopped(caller):
            yield Place(settings, house, caller)
    finally:
        house.stop()


@contextmanager
def _stopped(caller: Caller) -> Iterator[None]:
    try:
        yield
    finally:
        caller.stop()
