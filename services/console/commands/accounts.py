"""`wishtree user`: accounts of staff and units."""

import secrets
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer

from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.console.commands.importing import area_named
from services.console.place import DEFAULT_HOME, Config, Home, Place, answering_place, settings_at
from services.console.speech import AsJson, answering, out, tell
from services.console.usage import WrongUsage
from services.directory.contracts import AddAccount, AreaView, ListUnits, UnknownUnit

app = typer.Typer(help="Accounts of staff and of units.", no_args_is_help=True)


class StaffRole(StrEnum):
    """Who signs in with a password; a member signs in by phone and needs no account."""

    UNIT_OFFICER = Role.UNIT_OFFICER.value
    GRID_WORKER = Role.GRID_WORKER.value
    COMMUNITY_WORKER = Role.COMMUNITY_WORKER.value
    OFFICER = Role.OFFICER.value
    OPERATOR = Role.OPERATOR.value


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What they type to sign in.")],
    role: Annotated[StaffRole, typer.Option("--role", help="What they are there.")],
    area: Annotated[str, typer.Option("--area", help="Name or path of the area in which they are it.")],
    unit: Annotated[
        str | None, typer.Option("--unit", help="Name of the unit in that area, for a unit_officer.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="Their name.")] = "",
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add an account with a fresh password, which is shown once."""
    with answering(as_json):
        if (role is StaffRole.UNIT_OFFICER) != (unit is not None):
            raise WrongUsage(problem="unit_and_role")
        with settings_at(home, config) as settings, answering_place(settings) as place:
            password = secrets.token_urlsafe(12)
            where = area_named(place, area)
            command = AddAccount(
                by=OPERATOR_AT_THE_CONSOLE,
                login=login,
                password=password,
                name=name or login,
                role=Role(role),
                **_scope(place, where, unit),
            )
            place.ask(command)
        document = {"login": login, "password": password, "role": role, "area": where.path}
        tell(document | ({"unit": unit} if unit else {}), as_json, _print)


def _scope(place: Place, where: AreaView, unit: str | None) -> dict[str, Any]:
    """Return where the role is held: in an area, or for a unit that reports there."""
    return {"area_path": where.path} if unit is None else {"unit_id": _unit_named(place, where, unit)}


def _unit_named(place: Place, where: AreaView, name: str) -> UUID:
    found = place.ask(ListUnits(by=OPERATOR_AT_THE_CONSOLE, area_id=where.id, name=name, limit=1)).items
    if not found:
        raise UnknownUnit(where="")
    unit_id: UUID = found[0].id
    return unit_id


def _print(made: dict[str, Any]) -> None:
    held_at = made.get("unit", made["area"])
    out.print(f"{made['login']} / {made['password']}  {made['role']} @ {held_at}", markup=False)
