"""`wishtree notify burst`: what a burst would be, what bursts there are; start, pause or resume one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from services.chassis.contracts import Done
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.speech import AsJson, answering, out, tell
from services.notify.contracts import (
    BurstList,
    BurstSchedule,
    BurstView,
    GetBurst,
    ListBursts,
    PauseBurst,
    PlanBurst,
    ResumeBurst,
    StartBurst,
)

app = typer.Typer(help="What is told to very many people at once.", no_args_is_help=True)

PLANNED_WITHIN = 60.0
"""Seconds to count everybody of a city."""

BurstId = Annotated[UUID, typer.Argument(metavar="BURST", help="The id that `list` shows.")]


@app.command("plan")
def plan(
    channel: Annotated[str, typer.Argument(help="A channel: sms, email, …")],
    area: Annotated[str, typer.Option("--area", help="The path of an area; without it everybody.")] = "/",
    at: Annotated[
        datetime | None, typer.Option("--at", help="When it would begin, by your clock; without it now.")
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show when how many would be told if every member of an area were told something by a channel."""
    begins_at = at.astimezone() if at else None
    query = PlanBurst(by=OPERATOR_AT_THE_CONSOLE, channel=channel, area_path=area, begins_at=begins_at)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(query, PLANNED_WITHIN), as_json, _print_schedule)


@app.command("list")
def bursts(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the newest bursts and how they stand."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(ListBursts(by=OPERATOR_AT_THE_CONSOLE)), as_json, _print_list)


@app.command("show")
def show(
    burst_id: BurstId, config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Show how far a burst has come, and when the rest will be told."""
    query = GetBurst(by=OPERATOR_AT_THE_CONSOLE, burst_id=burst_id)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(query, PLANNED_WITHIN), as_json, _print_burst)


@app.command("start")
def start(
    burst_id: BurstId, config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Let a burst begin that waits for it."""
    command = StartBurst(by=OPERATOR_AT_THE_CONSOLE, burst_id=burst_id)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(command, PLANNED_WITHIN), as_json, _print_done)


@app.command("pause")
def pause(
    burst_id: BurstId, config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Let nothing more of a burst go out for now; what is under way arrives."""
    command = PauseBurst(by=OPERATOR_AT_THE_CONSOLE, burst_id=burst_id)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(command, PLANNED_WITHIN), as_json, _print_done)


@app.command("resume")
def resume(
    burst_id: BurstId, config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Let the rest of a paused burst go out."""
    command = ResumeBurst(by=OPERATOR_AT_THE_CONSOLE, burst_id=burst_id)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(command, PLANNED_WITHIN), as_json, _print_done)


def _print_schedule(schedule: BurstSchedule) -> None:
    out.print(f"{schedule.number} people, at most {schedule.a_second:g} a second")
    table = Table("from", "to", "people")
    for slot in schedule.slots:
        begins, ends = slot.begins_at.astimezone(), slot.ends_at.astimezone()
        table.add_row(f"{begins:%m-%d %H:%M}", f"{ends:%m-%d %H:%M}", str(slot.number))
    out.print(table)


def _print_list(listed: BurstList) -> None:
    if not listed.items:
        out.print("没有群发 there is no burst")
        return
    table = Table("burst", "topic", "channel", "area", "state", "people")
    for burst in listed.items:
        row = (burst.id, burst.topic, burst.channel, burst.area_path, burst.state, burst.number)
        table.add_row(*map(str, row))
    out.print(table)


def _print_burst(burst: BurstView) -> None:
    out.print(f"{burst.topic} by {burst.channel} in {burst.area_path}: {burst.state}", markup=False)
    stands = ", ".join(f"{number} {state}" for state, number in sorted(burst.by_state.items()))
    out.print(f"{burst.number} people; {stands}; {burst.left} left", markup=False)
    _print_schedule(burst.schedule)


def _print_done(done: Done) -> None:
    out.print("[green]✓[/green]")
