"""`wishtree notify burst`: what a burst would be, what bursts there are; start, pause or resume one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from services.chassis.contracts import Done
from services.chassis.rights import EVERYWHERE, OPERATOR_AT_THE_CONSOLE
from services.console.commands.importing import area_named
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.speech import (
    AsJson,
    PageAfter,
    PageLength,
    answering,
    moment,
    out,
    tell,
    tell_of_next_page,
)
from services.console.usage import WrongUsage
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
    area: Annotated[
        str | None, typer.Option("--area", help="Name or path of an area; without it everybody.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help="When it would begin, by your clock; without it now.")
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show when how many would be told if every member of an area were told something by a channel."""
    with answering(as_json):
        begins_at = _by_this_clock(at) if at else None
        with settings_at(home, config) as settings, answering_place(settings) as place:
            path = area_named(place, area).path if area else EVERYWHERE
            query = PlanBurst(
                by=OPERATOR_AT_THE_CONSOLE, channel=channel, area_path=path, begins_at=begins_at
            )
            tell(place.ask(query, PLANNED_WITHIN), as_json, _print_schedule)


@app.command("list")
def bursts(
    limit: PageLength = 20,
    after: PageAfter = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the newest bursts and how they stand."""
    query = ListBursts(by=OPERATOR_AT_THE_CONSOLE, limit=limit, after=after)
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(query), as_json, _print_list)


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


def _by_this_clock(at: datetime) -> datetime:
    """Return the instant that this machine's clock shows as `at`; raise `WrongUsage` where there is none."""
    try:
        return at.astimezone()
    except (ValueError, OverflowError):  # the first and the last year there are
        raise WrongUsage(problem="not_a", name="--at", expected="datetime") from None


def _print_schedule(schedule: BurstSchedule) -> None:
    out.print(f"{schedule.number} people, at most {schedule.a_second:g} a second")
    table = Table("from", "to", "people")
    for slot in schedule.slots:
        table.add_row(moment(slot.begins_at), moment(slot.ends_at), str(slot.number))
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
    tell_of_next_page(listed.next)


def _print_burst(burst: BurstView) -> None:
    out.print(f"{burst.topic} by {burst.channel} in {burst.area_path}: {burst.state}", markup=False)
    stands = ", ".join(f"{number} {state}" for state, number in sorted(burst.by_state.items()))
    out.print(f"{burst.number} people; {stands}; {burst.left} left", markup=False)
    _print_schedule(burst.schedule)


def _print_done(done: Done) -> None:
    out.print("[green]✓[/green]")
