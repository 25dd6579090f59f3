"""`wishtree seed`: lay out a city's areas, units and members, without wishes."""

from typing import Annotated, Any

import typer

from services.console.layouts import lay_out_city
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.rehearsal.scenario import load
from services.console.speech import AsJson, answering, err, out, tell


def seed(
    scenario: Annotated[
        str, typer.Option("--scenario", help="A scenario of Wishtree or a TOML file.")
    ] = "chuanhui",
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Lay out areas, units and members of a scenario; what exists already is left as it is."""
    with answering(as_json):
        layout = load(scenario).lay_out()
        with settings_at(home, config) as settings, answering_place(settings) as place:
            counted = lay_out_city(place.ask, layout, err if not as_json else None)
            tell({"scenario": layout.scenario.key, **counted}, as_json, _print)


def _print(document: dict[str, Any]) -> None:
    out.print(
        f"{document['scenario']}: {document['areas']} 区域 areas, {document['units']} 单位 units, "
        f"{document['members']} 党员 members"
    )
