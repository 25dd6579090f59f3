"""`wishtree queue` and `wishtree jobs`: events that failed, and periods that wait for a decision."""

from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Engine, func, or_, select, update

from services.chassis.database import engine_for
from services.chassis.mailbox import mailbox_for
from services.chassis.migrations import metadata_of
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.place import DEFAULT_HOME, STORING, Config, Home, answering_place, settings_at
from services.console.speech import AsJson, answering, out, tell
from services.scheduler.contracts import ListJobs, SettleHeldPeriod

app = typer.Typer(help="Events whose handler failed: list them, try them again.", no_args_is_help=True)
jobs = typer.Typer(
    help="The scheduler's jobs: how they stand, and periods held for a decision.", no_args_is_help=True
)


@app.command("list")
def list_setbacks(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show outboxes not yet sent, and events that failed: waiting for another try, or parked."""
    with answering(as_json), settings_at(home, config) as settings:
        engine = engine_for(settings.database_url, settings.database_connections)
        found = {"unsent": {name: _unsent(engine, name) for name in STORING}, "failed": _failed(engine)}
        tell(found, as_json, _print)


@app.command("replay")
def replay(
    setback: Annotated[
        UUID | None, typer.Argument(help="One failed event; all parked ones when none.")
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Try parked events again; what took effect meanwhile has no second effect."""
    with answering(as_json), settings_at(home, config) as settings:
        engine = engine_for(settings.database_url, settings.database_connections)
        count = sum(_replay(engine, name, setback) for name in STORING)
        tell(
            {"replayed": count},
            as_json,
            lambda _: out.print(f"{count} 个事件将重试 events will be tried again"),
        )


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


def _failed(engine: Engine) -> list[dict[str, Any]]:
    rows = []
    for service in STORING:
        setback = mailbox_for(metadata_of(service)).setback
        shown = [column for column in setback.c if column.name != "body"]  # bodies hold sealed personal data
        with engine.connect() as connection:
            found = connection.execute(select(*shown).order_by(setback.c.first_failed_at)).mappings()
            rows += [{"service": service, **row, "parked": row["next_try_at"] is None} for row in found]
    return rows


def _replay(engine: Engine, service: str, chosen: UUID | None) -> int:
    setback = mailbox_for(metadata_of(service)).setback
    meant = setback.c.id == chosen if chosen else or_(setback.c.next_try_at.is_(None))
    with engine.begin() as connection:
        return connection.execute(
            update(setback).where(meant).values(next_try_at=func.now(), tries=0)
        ).rowcount


def _print(found: dict[str, Any]) -> None:
    for service, count in found["unsent"].items():
        out.print(f"{service:<10} 待发送 unsent {count}")
    for row in found["failed"]:
        state = "[red]parked[/red]" if row["parked"] else f"again at {row['next_try_at']}"
        what = f"{row['service']}.{row['handler']} {row['name']} ×{row['tries']}"
        out.print(f"{row['id']} {what} {row['reason']} {state}")
    if not found["failed"]:
        out.print("[green]没有失败的事件 no failed events[/green]")


def _job_line(row: Any) -> str:
    held = f"  [red]held {', '.join(row.held_periods)}[/red]" if row.held_periods else ""
    return (
        f"{row.job:<20} {row.last_period or '—':<12} next {row.next_period or '—'} {row.next_at or ''}{held}"
    )
