"""What the tests of the gateway share: one gateway for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway, gateway


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    """One gateway for all tests of a module."""
    with gateway() as opened:
        yield opened


@pytest.fixture
def door(running: Gateway) -> Gateway:
    """The gateway, its services having forgotten what they were told and asked."""
    running.script.parts.clear()
    running.script.heard.clear()
    return running
