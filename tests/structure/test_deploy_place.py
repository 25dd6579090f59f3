"""A new place: keys and passwords of its own, readable by those who need them and by nobody else."""

import grp
import json
import os
import pwd
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from deploy.rabbitmq import fill_passwords
from services.chassis.settings import Settings
from services.console.place import SERVICES, STORING

DEPLOY = Path(__file__).parents[2] / "deploy"
DEFINITIONS = json.loads(fill_passwords.DEFINITIONS.read_text())
NEW_PLACE = [sys.executable, str(DEPLOY / "new_place.py")]
NOBODY = pwd.getpwnam("nobody")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to a group of others")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as /etc is; the folders of pytest are one user's alone."""
    with tempfile.TemporaryDirectory(prefix="wishtree-place-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def may_be_read_by_a_process(file: Path) -> bool:
    """Say whether another user in the group of the processes can read `file`."""
    reading = subprocess.run(
        ["/bin/cat", str(file)],
        user=NOBODY.pw_uid,
        group=NOBODY.pw_gid,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    return reading.returncode == 0


@AS_ROOT
def test_the_processes_may_read_the_settings_and_none_of_the_passwords(open_folder: Path) -> None:
    place = open_folder / "place"
    group = grp.getgrgid(NOBODY.pw_gid).gr_name
    subprocess.run([*NEW_PLACE, str(place), "--group", group], umask=0o077, check=True, capture_output=True)
    readable = {file.name for file in place.iterdir() if may_be_read_by_a_process(file)}
    assert readable == {"wishtree.toml"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o750


@AS_ROOT
def test_a_group_that_does_not_exist_is_named_before_anything_is_written(tmp_path: Path) -> None:
    command = [*NEW_PLACE, str(tmp_path / "place"), "--group", "no-such-group"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "no-such-group" in done.stderr) == (1, True)
    assert not (tmp_path / "place").exists()


def test_the_group_let_in_is_that_of_the_units() -> None:
    unit = (DEPLOY / "systemd" / "wishtree@.service").read_text()
    (group,) = re.findall(r"^Group=(\w+)$", unit, re.MULTILINE)
    assert f'GROUP = "{group}"' in (DEPLOY / "new_place.py").read_text()


def test_a_new_place_is_ready_private_and_never_written_over(tmp_path: Path) -> None:
    command = [*NEW_PLACE, str(tmp_path / "place")]
    subprocess.run(command, check=True, capture_output=True)
    written = {file.name: file for file in (tmp_path / "place").iterdir()}
    private = [stat.S_IMODE(file.stat().st_mode) for name, file in written.items() if name != "wishtree.toml"]
    assert set(private) == {0o600}
    assert not written["wishtree.toml"].stat().st_mode & 0o007
    assert {f"{service}.env" for service in SERVICES} < written.keys()
    assert "FILL-ME" not in written["wishtree.toml"].read_text()

    settings = msgspec.toml.decode(written["wishtree.toml"].read_bytes(), type=Settings)
    seals = settings.sealing.seals()
    assert seals.index("13800000000") == seals.index("13800000000")
    passwords = dict(line.split("=") for line in written["passwords.env"].read_text().split())
    assert passwords["WISHTREE_BROKER_PASSWORD_CLAIMS"] in written["claims.env"].read_text()
    assert "@" not in settings.database_url  # whose password is in it, everybody's would be
    for process in ("console", *STORING):
        address = passwords[f"WISHTREE_DATABASE_PASSWORD_{process.upper()}"]
        assert f":{address}@" in written[f"{process}.env"].read_text()
    assert "DATABASE" not in written["gateway.env"].read_text()
    fill_passwords.filled(DEFINITIONS, passwords)

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "nothing was written" in again.stderr


def test_no_password_stands_where_everybody_sees_it(tmp_path: Path) -> None:
    """psql itself makes the users in the tests of a city; here stands what notes with what it was called."""
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\necho "$@" >>"$0.called"\ncat >>"$0.called"\n')
    psql.chmod(0o755)
    passwords = {f"WISHTREE_DATABASE_PASSWORD_{name.upper()}": "canary" for name in ("console", *STORING)}
    surroundings = os.environ | passwords | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(DEPLOY / "postgres" / "make-users.sh")], env=surroundings, check=True)
    called = (tmp_path / "psql.called").read_text()
    assert called.count("user=wishtree") == len(passwords)
    assert "canary" not in called
