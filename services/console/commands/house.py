"""`wishtree up` and `wishtree serve`: run the house, embedded or as processes of a city."""

import signal
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from prometheus_client import start_http_server

from services.chassis import thrift
from services.chassis.hosting import House
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.console import demo
from services.console.place import (
    DEFAULT_HOME,
    SERVICES,
    Config,
    Home,
    classes,
    declare_all_queues,
    house_at,
    refuse_old_tables,
    settings_at,
    upgrade_tables,
)
from services.console.speech import AsJson, answering, err, out, tell
from services.console.stay import Stay
from services.console.surroundings import free_to_listen

Port = Annotated[
    int | None,
    typer.Option(
        "--port", envvar="PORT", min=1, max=65535, help="Port of the web door.", show_default="8000"
    ),
]


class BrokerMissing(Refusal):
    """Some services of a city would run without a broker, so that none of their events reaches the others."""

    code = "console.broker_missing"


def up(
    home: Home = DEFAULT_HOME,
    port: Port = None,
    with_demo: Annotated[
        bool, typer.Option("--demo", help="Lay out a demo city when the house is new.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole of Wishtree on this machine, with its own database, without a broker.

    Settings stand in wishtree.toml in the data folder, if there is one, as in deploy/wishtree.toml.
    """

    def greet(house: House) -> None:
        document: dict[str, Any] = {
            "url": house.settings.public_url,
            "home": str(home.expanduser()),
            "services": SERVICES,
        }
        if with_demo:
            document["demo"] = demo.signing_in(house.settings, home)
            demo.prepare(house, home)
        tell(document, as_json, _greet)

    address = f"127.0.0.1:{port}" if port else None
    with answering(as_json), house_at(home, address=address) as settings:
        free_to_listen(settings.address)
        err.print("[dim]正在启动 Starting …[/dim]")
        upgrade_tables(settings)
        demo.note(settings, home, is_demo=with_demo)
        _run(demo.settings_of(settings) if with_demo else settings, SERVICES, greet)


def serve(
    services: Annotated[
        list[str] | None, typer.Argument(help=f"Some of {', '.join(SERVICES)}; all when none.")
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Run services of a city as one process; start as many processes of each as you need."""
    with answering(as_json, level="info"):
        names = services or list(SERVICES)
        classes(names)
        with settings_at(home, config) as settings:
            _refuse_half_a_house(settings, names)
            refuse_old_tables(settings, names)
            if "gateway" in names:
                free_to_listen(settings.address)
            declare_all_queues(settings)
            _show_metrics(settings)
            document = {
                "services": names,
                "address": settings.address if "gateway" in names else None,
                "metrics_address": settings.metrics_address,
            }
            _run(settings, names, lambda house: tell(document, as_json, lambda _: None))


def _show_metrics(settings: Settings) -> None:
    if settings.metrics_address:
        host, _, port = settings.metrics_address.rpartition(":")
        free_to_listen(settings.metrics_address)
        start_http_server(int(port), host or "127.0.0.1")


def _refuse_half_a_house(settings: Settings, names: Sequence[str]) -> None:
    """Raise `BrokerMissing` when services that are not of this process would hear nothing of it."""
    if settings.is_embedded and set(names) != set(SERVICES):
        raise BrokerMissing(services=", ".join(names))


def _run(settings: Settings, names: Sequence[str], when_started: Callable[[House], None]) -> None:
    """Run a house until SIGINT or SIGTERM, then stop it without losing anything.

    Exit 1 when it was not asked to end: a supervisor starts it again, and is to know why.
    """
    thrift.keep_little()
    stay = Stay(House(settings, classes(names)), when_started)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stay.ask_to_end)
    if not stay.last():
        raise typer.Exit(1)


def _greet(document: dict[str, Any]) -> None:
    out.print(f"\n🌳 [bold]Wishtree 心愿树[/bold]  {document['url']}")
    if "demo" in document:
        demo.show(document["demo"], document["url"])
    out.print("Ctrl-C 停止 stops.\n")
