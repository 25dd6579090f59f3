"""How a command speaks: one JSON document on standard output, or words for a person."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NoReturn

import msgspec
import structlog
import typer
from rich.console import Console
from rich.markup import escape

from services.chassis.journal import open_journal
from services.chassis.refusals import Faulted, Refusal
from services.chassis.settings import WrongSettings
from services.chassis.words import language_of, say, say_refusal
from services.console.usage import WrongUsage, said_of

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]

PageLength = Annotated[int, typer.Option("--limit", min=1, max=200, help="How many, the newest first.")]
PageAfter = Annotated[str | None, typer.Option("--after", help="The `next` of the page before.")]

WRONG_SETTINGS = "console.wrong_settings"

log = structlog.get_logger(__name__)

UNBROKEN = 400
"""Columns of what is no terminal: whoever reads a pipe or a file finds every line whole."""


class Paper(Console):
    """What is written on: text is left to the terminal to wrap, so that a link can be copied whole."""

    def __init__(self, *, stderr: bool = False) -> None:
        """Take which of the two streams, whatever it is then; a pipe has no width."""
        is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
        super().__init__(stderr=stderr, highlight=False, width=None if is_terminal else UNBROKEN)

    def print(self, *said: Any, soft_wrap: bool | None = None, **how: Any) -> None:
        """Print text as it is; tables are laid out for the width there is."""
        is_text = all(isinstance(one, str) for one in said)
        super().print(*said, soft_wrap=is_text if soft_wrap is None else soft_wrap, **how)


out, err = Paper(), Paper(stderr=True)


def language() -> str:
    """Return the language of the shell's locale."""
    return language_of(
        os.environ.get("WISHTREE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    )


def tell(document: Any, as_json: bool, in_words: Callable[[Any], None]) -> None:
    """Print `document` as JSON, or let `in_words` print it for a person."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
        sys.stdout.flush()
    else:
        in_words(document)


def tell_of_next_page(following: str | None) -> None:
    """Print with which option the list goes on, if it does."""
    if following:
        out.print(f"--after {following}", markup=False)


def moment(at: datetime) -> str:
    """Return an instant as a table shows it: by the clock of whoever reads it."""
    return f"{at.astimezone():%m-%d %H:%M:%S}"


REFUSED, MISUSED = 1, 2
"""How a command ends that was refused, or that was wrongly used."""


def fail(code: str, message: str, as_json: bool, status: int = REFUSED, **more: Any) -> NoReturn:
    """End the command with a sentence that says what to do."""
    if as_json:
        sys.stdout.write(
            msgspec.json.encode({"error": {"code": code, "message": message, **more}}).decode() + "\n"
        )
    else:
        err.print(f"[red]✗[/red] {escape(message)}")  # [sections] are no markup
    raise typer.Exit(status)


def refuse(refusal: Refusal, as_json: bool) -> NoReturn:
    """End the command with the sentence of a refusal."""
    status = MISUSED if isinstance(refusal, WrongUsage) else REFUSED
    fail(refusal.code, say_refusal(refusal, language()), as_json, status, arguments=refusal.arguments)


@contextmanager
def answering(as_json: bool, level: str = "warning") -> Iterator[None]:
    """Open the journal, and turn refusals and wrong settings into a clear end of the command."""
    open_journal(os.environ.get("WISHTREE_LOG_LEVEL", level), as_json=not sys.stderr.isatty())
    try:
        yield
    except Refusal as refusal:
        refuse(refusal, as_json)
    except WrongSettings as wrong:
        fail(WRONG_SETTINGS, say(WRONG_SETTINGS, language(), problem=str(wrong)), as_json)
    except (typer.Exit, typer.Abort, typer.TyperException, KeyboardInterrupt):
        raise
    except Exception as fault:
        log.exception("command_failed", fault=type(fault).__name__)
        fail("chassis.faulted", say_refusal(Faulted(), language()), as_json, fault=type(fault).__name__)


def run(commands: typer.Typer) -> NoReturn:
    """Run the command line; wrong usage is told as all else is, in JSON where that is asked for."""
    as_json = "--json" in sys.argv[1:]
    try:
        try:
            status = commands(standalone_mode=False)
        except typer.TyperException as complaint:
            refuse(said_of(complaint), as_json)
    except typer.Exit as end:
        status = end.exit_code
    except typer.Abort:
        status = REFUSED
    sys.exit(status if isinstance(status, int) else 0)
