"""What the tests of the directory share: its workshop on a database of their module."""

from collections.abc import Iterator

import pytest

from services.chassis.work import Workshop
from tests.support.directory import directory_on, empty


@pytest.fixture(scope="module")
def directory(database_server_url: str) -> Iterator[Workshop]:
    """The workshop of the directory, for all tests of a module."""
    with directory_on(database_server_url) as workshop:
        yield workshop


@pytest.fixture
def workshop(directory: Workshop) -> Workshop:
    """The workshop of the directory, nobody and nothing in it."""
    return empty(directory)
