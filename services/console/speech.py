"""How a command speaks: one JSON document on standard output, or words for a person."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import msgspec
import structlog
import typer
from rich.console import Console
from rich.markup import escape

from services.chassis.journal import open_journal
from services.chassis.refusals import Faulted, Refusal
from services.chassis.settings import WrongSettings
from services.chassis.words import language_of, say_refusal

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]

log = structlog.get_logger(__name__)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def language() -> str:
    """Return the language of the shell's locale."""
    return language_of(
        os.environ.get("WISHTREE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    )


def tell(document: Any, as_json: bool, in_words: Callable[[Any], None]) -> None:
    """Print `document` as JSON, or let `in_words` print it for a person."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        in_words(document)


def fail(code: str, message: str, as_json: bool, **more: Any) -> NoReturn:
    """End the command with exit code 1 and a sentence that says what to do."""
    if as_json:
        sys.stdout.write(
            msgspec.json.encode({"error": {"code": code, "message": message, **more}}).decode() + "\n"
        )
    else:
        err.print(f"[red]✗[/red] {escape(message)}", soft_wrap=True)  # [sections] are no markup
    raise typer.Exit(1)


@contextmanager
def answering(as_json: bool, level: str = "warning") -> Iterator[None]:
    """Open the journal, and turn refusals and wrong settings into a clear end of the command."""
    open_journal(os.environ.get("WISHTREE_LOG_LEVEL", level), as_json=not sys.stderr.isatty())
    try:
        yield
    except Refusal as refusal:
        fail(refusal.code, say_refusal(refusal, language()), as_json, arguments=refusal.arguments)
    except WrongSettings as wrong:
        fail("console.wrong_settings", str(wrong), as_json)
    except (typer.Exit, typer.Abort, typer.BadParameter, KeyboardInterrupt):
        raise
    except Exception as fault:
        log.exception("command_failed", fault=type(fault).__name__)
        fail("chassis.faulted", say_refusal(Faulted(), language()), as_json, fault=type(fault).__name__)
