"""The commands of `wishtree`, put together."""

import typer

from services.console.commands import (
    accounts,
    calendar,
    checks,
    house,
    importing,
    notifying,
    queues,
    rehearsing,
    seeding,
    tables,
)

app = typer.Typer(
    name="wishtree",
    help="Wishtree 心愿树: run, rehearse and look after a city's micro-wishes.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # locals may hold personal data
    add_completion=True,
)

app.command("up")(house.up)
app.command("serve")(house.serve)
app.command("rehearse")(rehearsing.rehearse)
app.add_typer(calendar.app, name="calendar")
app.command("import")(importing.import_file)
app.command("seed")(seeding.seed)
app.command("doctor")(checks.doctor)
app.add_typer(tables.app, name="db")
app.add_typer(queues.app, name="queue")
app.add_typer(queues.jobs, name="jobs")
app.add_typer(checks.config, name="config")
app.add_typer(notifying.app, name="notify")
app.add_typer(accounts.app, name="user")
app.command("version")(checks.version)
