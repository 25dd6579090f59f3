"""`wishtree user`: accounts of staff and units."""

import secrets
from typing import Annotated

import typer

from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.console.commands.importing import area_named
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.speech import AsJson, answering, out, tell
from services.directory.contracts import AddAccount

app = typer.Typer(help="Accounts of staff.", no_args_is_help=True)


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What they type to sign in.")],
    role: Annotated[Role, typer.Option("--role", help="What they are there.")],
    area: Annotated[str, typer.Option("--area", help="Name or path of the area in which they are it.")],
    name: Annotated[str, typer.Option("--name", help="Their name.")] = "",
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add an account with a fresh password, which is shown once."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        password = secrets.token_urlsafe(12)
        path = area_named(place, area).path
        command = AddAccount(
            by=OPERATOR_AT_THE_CONSOLE,
            login=login,
            password=password,
            name=name or login,
            role=role,
            area_path=path,
        )
        place.ask(command)
        document = {"login": login, "password": password, "role": role, "area": path}
        tell(
            document,
            as_json,
            lambda made: out.print(f"{made['login']} / {made['password']}  {role} @ {path}"),
        )
