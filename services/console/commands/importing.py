"""`wishtree import`: read an official form or a register, show it, write it when told to, take it back."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape

from services.chassis.import_reports import RowProblem
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.words import say
from services.console.place import DEFAULT_HOME, Config, Home, Place, answering_place, settings_at
from services.console.speech import AsJson, answering, language, out, tell
from services.console.usage import WrongUsage
from services.directory.contracts import AreaView, ImportPeople, ListAreas, UndoPeopleImport
from services.wishes.contracts import ImportWishes, UndoWishImport

PEOPLE = ("members", "units")
FORMS = ("auto", "000", "001-1", *PEOPLE)

UNKNOWN_FORM = "sheets.form_unknown"
OF_THE_FILE = ("sheets.file_", "sheets.encoding_")
"""How the reasons begin for which a file is no sheet at all, whatever its form."""


class AmbiguousArea(Refusal):
    """No area, or more than one, has that name."""

    code = "console.ambiguous_area"
    kind = RefusalKind.INVALID


class UnreadableFile(Refusal):
    """The file is not there, or may not be read."""

    code = "console.unreadable_file"
    kind = RefusalKind.INVALID


class UnknownBatch(Refusal):
    """No import of that number can be taken back."""

    code = "console.unknown_batch"
    kind = RefusalKind.UNKNOWN


def import_file(
    file: Annotated[Path | None, typer.Argument(help="An .xlsx, .xls or .csv file.", dir_okay=False)] = None,
    form: Annotated[str, typer.Option("--form", help=f"One of {', '.join(FORMS)}.")] = "auto",
    area: Annotated[str | None, typer.Option("--area", help="Name or path of the community or area.")] = None,
    commit: Annotated[
        bool, typer.Option("--commit", help="Write it; without this nothing is written.")
    ] = False,
    undo: Annotated[UUID | None, typer.Option("--undo", help="Take this batch back.")] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Import an official form (000, 001-1) or a register (members, units); problems by row and column.

    Exit 1 when rows were to be written and not all of them were.
    """
    with answering(as_json):
        content = _content_of(file, form, area, undo, commit)
        with settings_at(home, config) as settings, answering_place(settings) as place:
            if undo is not None:
                _undo(place, undo)
                tell({"undone": undo}, as_json, lambda _: out.print(f"已撤销 taken back: {undo}"))
                return
            report = _import(place, (file or Path()).name, content, form, area or "", commit)
            tell(_document(report), as_json, partial(_print_report, is_committed=commit))
            if commit and (report.rejected or not report.batch):
                raise typer.Exit(1)


def _content_of(file: Path | None, form: str, area: str | None, undo: UUID | None, commit: bool) -> bytes:
    """Return what is to be imported, nothing for an undo; refuse what does not go together."""
    if undo is not None:
        if file or area or commit or form != "auto":
            raise WrongUsage(problem="import_or_undo")
        return b""
    if file is None or area is None:
        raise WrongUsage(problem="nothing_to_import")
    if form not in FORMS:
        raise WrongUsage(problem="not_one_of", name="--form", expected=", ".join(FORMS))
    try:
        return file.read_bytes()
    except OSError:
        raise UnreadableFile(file=str(file)) from None


def _import(place: Place, name: str, content: bytes, form: str, area: str, commit: bool) -> Any:
    where = area_named(place, area)
    common: dict[str, Any] = {"by": OPERATOR_AT_THE_CONSOLE, "area_id": where.id}
    common |= {"file_name": name, "content": content}
    if form in PEOPLE:
        return place.ask(ImportPeople(**common, form=form, commit=commit), within=300)
    try:
        return place.ask(ImportWishes(**common, form=form, commit=commit), within=300)
    except Refusal as refusal:
        if form != "auto" or not _may_be_a_register(refusal):
            raise
        no_form_of_wishes = refusal
    try:
        return place.ask(ImportPeople(**common, form=form, commit=commit), within=300)
    except Refusal as refusal:
        raise no_form_of_wishes if refusal.arguments.get("reason") == UNKNOWN_FORM else refusal from None


def _may_be_a_register(refusal: Refusal) -> bool:
    """Say whether the file could be read at all, and only its header is that of no form of wishes."""
    reason = str(refusal.arguments.get("reason", ""))
    return refusal.code == "wishes.unreadable_sheet" and not reason.startswith(OF_THE_FILE)


def area_named(place: Place, name: str) -> AreaView:
    """Return the one area of that name or path; raise `AmbiguousArea` otherwise."""
    asked: dict[str, Any] = {"below": name} if name.startswith("/") else {"name": name}
    found = place.ask(ListAreas(by=OPERATOR_AT_THE_CONSOLE, limit=2, **asked)).items
    if name.startswith("/"):
        found = [area for area in found if area.path == name]
    if len(found) != 1:
        raise AmbiguousArea(area=name, count=len(found))
    exact: AreaView = found[0]
    return exact


def _undo(place: Place, batch: UUID) -> None:
    refused: list[Refusal] = []
    for command in (UndoWishImport, UndoPeopleImport):
        try:
            place.ask(command(by=OPERATOR_AT_THE_CONSOLE, batch_id=batch), within=120)
            return
        except Refusal as refusal:
            refused.append(refusal)
    telling = [one for one in refused if one.arguments.get("why") not in (None, "unknown")]
    raise telling[0] if telling else UnknownBatch(batch=str(batch))


def _document(report: Any) -> dict[str, Any]:
    return {
        "form": report.form,
        "batch": report.batch,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "rows": [
            {
                "row": row.row,
                "status": row.status,
                "problems": _in_words(row.problems),
            }
            for row in report.rows
        ],
        "problems": _in_words(report.problems),
    }


def _in_words(problems: Iterable[RowProblem]) -> list[dict[str, str]]:
    return [
        {"column": problem.column, "reason": say(problem.reason, language(), **problem.arguments)}
        for problem in problems
    ]


def _print_report(document: dict[str, Any], *, is_committed: bool) -> None:
    colours = {"ok": "green", "warning": "yellow", "error": "red"}
    for problem in document["problems"]:
        column = f"{problem['column']}: " if problem["column"] else ""
        out.print(f"[yellow]![/yellow] {escape(column + problem['reason'])}")
    for row in document["rows"]:
        for problem in row["problems"]:
            colour = colours[row["status"]]
            status = f"[{colour}]{row['status']}[/{colour}]"
            said = escape(f"{problem['column']}: {problem['reason']}")
            out.print(f"第 {row['row']} 行 {status} {said}")
    accepted, rejected = f"[green]{document['accepted']}[/green]", f"[red]{document['rejected']}[/red]"
    out.print(f"表 {document['form']}: {accepted} 行可用 usable, {rejected} 行有误 in error")
    out.print(f"[dim]{say(_end_of(document, is_committed), language(), batch=document['batch'])}[/dim]")


def _end_of(document: dict[str, Any], is_committed: bool) -> str:
    """Return the code of the sentence that says what became of the rows."""
    if not is_committed:
        return "console.import_shown"
    if not document["batch"]:
        return "console.nothing_imported"
    return "console.partly_imported" if document["rejected"] else "console.imported"
