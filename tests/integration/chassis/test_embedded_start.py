"""The embedded database is waited for: one on its way up or down is neither taken for ready nor for lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import eventlet
import pytest
from sqlalchemy import text

from services.chassis import embedded
from services.chassis.database import engine_for
from services.chassis.embedded import DatabaseNotStarted, database_in

USER = """
import sys
from pathlib import Path
from services.chassis.embedded import database_in
with database_in(Path(sys.argv[1]), is_passing=True):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A house whose database another process started."""
    another = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", USER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert another.stdout is not None
    assert another.stdout.readline() == "up\n"
    yield tmp_path
    another.communicate("", timeout=60)


def says_of_itself(home: Path, status: str) -> None:
    """Let the server in `home` say of itself that it is in another state, as it does on its way."""
    lock = home / "postgres" / "postmaster.pid"
    *before, _ = lock.read_text().splitlines()
    lock.write_text("\n".join([*before, status]) + "\n")


@pytest.mark.parametrize("status", ["starting", "stopping"])
def test_a_server_that_is_on_its_way_is_waited_for(home: Path, status: str) -> None:
    says_of_itself(home, status)
    eventlet.spawn_after(1.5, says_of_itself, home, "ready")

    with database_in(home, is_passing=True) as url, engine_for(url, 1).connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_server_that_never_gets_ready_is_reported_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_WITHIN", 1.0)
    says_of_itself(home, "starting")

    with pytest.raises(DatabaseNotStarted) as refused, database_in(home, is_passing=True):
        pass

    assert refused.value.arguments == {"folder": str(home / "postgres")}
    says_of_itself(home, "ready")


def test_the_last_of_two_users_within_a_process_stops_the_server(tmp_path: Path) -> None:
    lock = tmp_path / "postgres" / "postmaster.pid"
    with database_in(tmp_path, is_passing=True) as url:
        with database_in(tmp_path, is_passing=True):
            pass
        with engine_for(url, 1).connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1

    assert not lock.exists()
