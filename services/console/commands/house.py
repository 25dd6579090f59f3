"""`wishtree up` and `wishtree serve`: run the house, embedded or as processes of a city."""

import signal
from collections.abc import Sequence
from typing import Annotated, Any

import eventlet
import typer
from prometheus_client import start_http_server

from services.chassis import thrift
from services.chassis.hosting import House
from services.chassis.settings import Settings
from services.console import demo
from services.console.place import (
    DEFAULT_HOME,
    SERVICES,
    Config,
    Home,
    classes,
    declare_all_queues,
    refuse_old_tables,
    settings_at,
    upgrade_tables,
)
from services.console.speech import AsJson, answering, err, out, tell
from services.console.surroundings import free_to_listen

Port = Annotated[int, typer.Option("--port", envvar="PORT", min=1, max=65535, help="Port of the web door.")]


def up(
    home: Home = DEFAULT_HOME,
    port: Port = 8000,
    with_demo: Annotated[
        bool, typer.Option("--demo", help="Lay out a demo city when the house is new.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole of Wishtree on this machine, with its own database, without a broker."""
    web: dict[str, Any] = {"address": f"127.0.0.1:{port}", "public_url": f"http://127.0.0.1:{port}"}
    own = demo.service_settings(port) if with_demo else {}

    def greet(house: House) -> None:
        document: dict[str, Any] = {
            "url": settings.public_url,
            "home": str(home.expanduser()),
            "services": SERVICES,
        }
        if with_demo:
            document["demo"] = demo.signing_in(settings, home)
            demo.prepare(house, home)
        tell(document, as_json, _greet)

    with answering(as_json):
        free_to_listen(web["address"])
        with settings_at(home, **web, services=own) as settings:
            err.print("[dim]正在启动 Starting …[/dim]")
            upgrade_tables(settings)
            _run(settings, SERVICES, greet)


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


def _run(settings: Settings, names: Sequence[str], when_started: Any) -> None:
    """Run a house until SIGINT or SIGTERM, then stop it without losing anything."""
    thrift.keep_little()
    asked_to_stop = eventlet.event.Event()

    def stop(*_: object) -> None:
        if not asked_to_stop.ready():
            eventlet.hubs.get_hub().schedule_call_global(0, asked_to_stop.send, None)

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, stop)
    house = House(settings, classes(names))
    house.start()
    when_started(house)
    eventlet.spawn(_end_with, house, stop)
    asked_to_stop.wait()
    err.print("[dim]正在停止 Stopping …[/dim]")
    house.stop()


def _end_with(house: House, stop: Any) -> None:
    """Stop the process when a service ended by itself; a supervisor starts it again."""
    try:
        house.wait()
    finally:
        stop()


def _greet(document: dict[str, Any]) -> None:
    out.print(f"\n🌳 [bold]Wishtree 心愿树[/bold]  {document['url']}")
    if "demo" in document:
        demo.show(document["demo"], document["url"])
    out.print("Ctrl-C 停止 stops.\n")
