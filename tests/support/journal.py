"""The journal of a running house, for tests that read what it says."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from services.chassis.journal import open_journal


@contextmanager
def journal() -> Iterator[None]:
    """Log as a running house does, and as the tests do afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    open_journal("debug")
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:], root.level = handlers, level
