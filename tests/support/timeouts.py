"""A test that takes too long fails alone; under eventlet, pytest-timeout by itself would end the whole run.

It takes the green main thread for another thread, and falls back on leaving the process. `tests/conftest.py`
takes these two hooks over.
"""

import signal
from typing import Any

import pytest

AGAIN_AFTER = 5.0
"""Seconds until the next call to end, when the first hit another greenthread than the test's."""


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Let the running test fail after its time."""

    def fail(_signal: int, _frame: object) -> None:
        pytest.fail(f"took longer than {settings.timeout:g} s")

    signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN_AFTER)
    return True


def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """Stop the clock of a test that has ended."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    return True
