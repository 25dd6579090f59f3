"""`wishtree queue` and `wishtree jobs`: events that failed, and periods that wait for a decision."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Engine, func, select, update

from services.chassis.database import engine_for
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging.dead_letters import count_dead_letters, return_dead_letters
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.settings import Settings
from services.chassis.words import say, say_refusal
from services.console.place import DEFAULT_HOME, STORING, Config, Home, answering_place, settings_at
from services.console.speech import AsJson, answering, err, language, out, tell
from services.console.surroundings import NoBroker, reaching_the_broker
from services.scheduler.contracts import ListJobs, SettleHeldPeriod

app = typer.Typer(help="Events whose handler failed: list them, try them again.", no_args_is_help=True)
jobs = typer.Typer(
    help="The scheduler's jobs: how they stand, and periods held for a decision.", no_args_is_help=True
)


class UnknownEvent(Refusal):
    """No event of that number failed, or it took effect meanwhile."""

    code = "console.unknown_event"
    kind = RefusalKind.UNKNOWN


@app.command("list")
def list_setbacks(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help="How many failed events to show, oldest first.")
    ] = 50,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show outboxes not yet sent, events that failed (to be tried again, or parked), and dead letters.

    Without its broker the rest is shown all the same; exit 1.
    """
    with answering(as_json), settings_at(home, config) as settings:
        engine = engine_for(settings.database_url, settings.database_connections)
        found: dict[str, Any] = {"unsent": {name: _unsent(engine, name) for name in STORING}}
        found |= {"counts": _counts(engine), "failed": _failed(engine, limit)}
        try:
            tell(found | {"dead": _at_the_broker(settings, count_dead_letters)}, as_json, _print)
        except NoBroker as away:
            tell(found | {"dead": None}, as_json, _print)
            err.print(say_refusal(away, language()))
            raise typer.Exit(1) from None


@app.command("replay")
def replay(
    setback: Annotated[
        UUID | None, typer.Argument(help="One failed event; all parked ones and dead letters when none.")
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Try parked events again, and return dead letters; what took effect meanwhile has no second effect.

    Exit 1 when there are dead letters that this user of the broker may not return.
    """
    with answering(as_json), settings_at(home, config) as settings:
        engine = engine_for(settings.database_url, settings.database_connections)
        done: dict[str, Any] = {}
        if setback is None:
            done["returned"] = _at_the_broker(settings, return_dead_letters)
        done["replayed"] = sum(_replay(engine, name, setback) for name in STORING)
        if setback and not done["replayed"]:
            raise UnknownEvent(event=str(setback))
        tell(done, as_json, _print_replay)
        if done.get("returned", 0) is None:
            raise typer.Exit(1)


def _at_the_broker(settings: Settings, act: Callable[[str], int | None]) -> int | None:
    """Return what is done with dead letters; in one process nothing dies without the whole house."""
    if settings.is_embedded:
        return 0
    with reaching_the_broker(settings):
        return act(settings.broker_url)


@jobs.command("list")
def list_jobs(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show each job's last and next period, and periods held because more than one was missed."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        standing = place.ask(ListJobs(by=OPERATOR_AT_THE_CONSOLE)).items
        tell(standing, as_json, lambda rows: out.print("\n".join(map(_job_line, rows))))


@jobs.command("settle")
def settle(
    job: Annotated[str, typer.Argument(help="The job.")],
    period: Annotated[str, typer.Argument(help="The period held.")],
    scope: Annotated[str, typer.Option("--scope", help="The area's id, for jobs that have one.")] = "",
    skip: Annotated[
        bool, typer.Option("--skip", help="Skip it for good instead of announcing it now.")
    ] = False,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Decide about a period that was missed long ago: announce it now, or skip it."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        command = SettleHeldPeriod(
            by=OPERATOR_AT_THE_CONSOLE, job=job, scope=scope, period=period, announce=not skip
        )
        place.ask(command)
        tell({"job": job, "period": period, "announced": not skip}, as_json, lambda _: out.print("✓"))


def _unsent(engine: Engine, service: str) -> int:
    outbox = mailbox_for(metadata_of(service)).outbox
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).where(outbox.c.sent_at.is_(None))) or 0)


def _counts(engine: Engine) -> list[dict[str, Any]]:
    """Return how many events failed, by service, handler and reason; the most frequent first."""
    rows = []
    for service in STORING:
        setback = mailbox_for(metadata_of(service)).setback
        kind = (setback.c.handler, setback.c.reason)
        parked = func.count().filter(setback.c.next_try_at.is_(None))
        counted = select(*kind, func.count().label("count"), parked.label("parked")).group_by(*kind)
        with engine.connect() as connection:
            rows += [{"service": service, **row} for row in connection.execute(counted).mappings()]
    return sorted(rows, key=lambda row: -row["count"])


def _failed(engine: Engine, limit: int) -> list[dict[str, Any]]:
    """Return the oldest events that failed, at most so many."""
    rows = []
    for service in STORING:
        setback = mailbox_for(metadata_of(service)).setback
        shown = [column for column in setback.c if column.name != "body"]  # bodies hold sealed personal data
        oldest = select(*shown).order_by(setback.c.first_failed_at).limit(limit)
        with engine.connect() as connection:
            found = connection.execute(oldest).mappings()
            rows += [{"service": service, **row, "parked": row["next_try_at"] is None} for row in found]
    return sorted(rows, key=lambda row: row["first_failed_at"])[:limit]


def _replay(engine: Engine, service: str, chosen: UUID | None) -> int:
    setback = mailbox_for(metadata_of(service)).setback
    meant = setback.c.id == chosen if chosen else setback.c.next_try_at.is_(None)
    with engine.begin() as connection:
        return connection.execute(
            update(setback).where(meant).values(next_try_at=func.now(), tries=0)
        ).rowcount


def _print(found: dict[str, Any]) -> None:
    for service, count in found["unsent"].items():
        out.print(f"{service:<10} 待发送 unsent {count}")
    for kind in found["counts"]:
        what = f"{kind['service']}.{kind['handler']} {kind['reason']}"
        out.print(f"{what} ×{kind['count']}, [red]parked {kind['parked']}[/red]")
    for row in found["failed"]:
        state = "[red]parked[/red]" if row["parked"] else f"again at {row['next_try_at']}"
        what = f"{row['service']}.{row['handler']} {row['name']} ×{row['tries']}"
        out.print(f"{row['id']} {what} {row['reason']} {state}")
    if not found["failed"]:
        out.print("[green]没有失败的事件 no failed events[/green]")
    if found["dead"]:
        out.print(f"[red]{say('console.dead_letters', language(), count=found['dead'])}[/red]")


def _print_replay(done: dict[str, Any]) -> None:
    out.print(f"{done['replayed']} 个事件将重试 events will be tried again")
    if done.get("returned"):
        out.print(f"{done['returned']} 封死信已送回 dead letters were returned")
    if done.get("returned", 0) is None:
        out.print(say("console.dead_letters_closed", language()))


def _job_line(row: Any) -> str:
    held = f"  [red]held {', '.join(row.held_periods)}[/red]" if row.held_periods else ""
    return (
        f"{row.job:<20} {row.last_period or '—':<12} next {row.next_period or '—'} {row.next_at or ''}{held}"
    )
