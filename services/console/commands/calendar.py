"""`wishtree calendar`: the days on which wishes go up, and the festivals that remind."""

from typing import Annotated, Any

import typer

from services.chassis import clock
from services.chassis.calendar import HolidayRule, PublicHolidays, ReleaseRule, festivals, releases
from services.chassis.words import say
from services.console.speech import AsJson, answering, language, out, tell
from services.console.usage import WrongUsage

app = typer.Typer(help="Release days and festivals.", no_args_is_help=True)


@app.command("releases")
def list_releases(
    start: Annotated[str, typer.Option("--from", help="First period, YYYY-MM.")],
    months: Annotated[int, typer.Option("--months", min=1, max=1200, help="How many periods.")] = 12,
    rule: Annotated[
        ReleaseRule, typer.Option("--rule", help="On which day of the month.")
    ] = ReleaseRule.FIRST_SATURDAY,
    holiday: Annotated[
        HolidayRule, typer.Option("--holiday", help="When that is a public holiday.")
    ] = HolidayRule.KEEP,
    day: Annotated[
        int | None, typer.Option("--day", min=1, max=31, help="Day of the month, for fixed_day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the release days of coming months."""
    with answering(as_json):
        try:
            found = releases(start, months, rule, holiday, PublicHolidays(), fixed_day=day)
        except ValueError:
            is_fixed = rule is ReleaseRule.FIXED_DAY and day is None
            raise WrongUsage(problem="day_missing" if is_fixed else "no_such_month") from None
        tell([_row(release) for release in found], as_json, _print_releases)


@app.command("festivals")
def list_festivals(
    year: Annotated[int | None, typer.Option("--year", min=1901, max=2100, help="This year if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the festivals of document 001 in a year, lunar ones computed."""
    with answering(as_json):
        name = "en" if language() == "en" else "zh"
        rows = [
            {"festival": getattr(found, name), "key": found.key, "on": found.on}
            for found in festivals(year or clock.now().year)
        ]
        tell(rows, as_json, _print_festivals)


def _print_festivals(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        out.print(f"{row['on']}  {row['festival']}")


def _row(release: Any) -> dict[str, Any]:
    note = release.note
    said = say(note.code, language(), **note.arguments) if note else ""
    return {"period": release.period, "release_on": release.release_on, "note": said}


def _print_releases(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        out.print(f"{row['period']}  [bold]{row['release_on']}[/bold]  [dim]{row['note']}[/dim]")
