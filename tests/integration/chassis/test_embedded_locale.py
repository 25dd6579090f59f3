"""The embedded database is made the same everywhere, whatever language a shell names."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.embedded import database_in


@pytest.mark.parametrize("variable", ["LANG", "LC_ALL"])
def test_a_language_that_the_machine_has_not_does_not_keep_the_database_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "xx_YY.UTF-8")
    with database_in(tmp_path, is_passing=True) as url, engine_for(url).connect() as connection:
        collation = connection.execute(text("SELECT datcollate FROM pg_database WHERE datname = 'wishtree'"))
        assert collation.scalar_one() == "C"
    assert os.environ[variable] == "xx_YY.UTF-8"
