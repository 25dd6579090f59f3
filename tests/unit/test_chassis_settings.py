"""Settings: from a file, the environment and the command line, refused in words that say what to do."""

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.chassis.settings import (
    ENVIRONMENT,
    WrongSettings,
    fresh_secrets,
    home_secrets,
    read_home_settings,
    read_settings,
)

SECRETS = fresh_secrets()
GOOD: dict[str, Any] = {"database_url": "postgresql://db/wishtree"} | SECRETS


class BellSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a service."""

    loudness: int = 3


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the shell of whoever runs the tests may have set."""
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)


def written(tmp_path: Path, values: dict[str, Any]) -> Path:
    """Return a settings file with these values."""
    file = tmp_path / "wishtree.toml"
    file.write_text("".join(f"{name} = {in_toml(value)}\n" for name, value in values.items()))
    return file


def in_toml(value: Any) -> str:
    """Return a value as TOML writes it, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {in_toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


def test_a_file_is_read_and_the_rest_has_sensible_values(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, GOOD | {"workers": 7, "services": {"bell": {"loudness": 9}}}))
    assert (settings.workers, settings.time_zone, settings.is_embedded) == (7, "Asia/Shanghai", True)
    assert settings.of("bell", BellSettings) == BellSettings(9)
    assert settings.of("belfry", BellSettings) == BellSettings(3)


def test_holidays_hold_for_the_whole_house_wherever_the_file_has_them(tmp_path: Path) -> None:
    entered = {"holidays": {"2027-01-02": True}, "announced_years": [2027]}
    here = read_settings(written(tmp_path, GOOD | entered))
    as_before = read_settings(written(tmp_path, GOOD | {"services": {"scheduler": entered, "bell": {}}}))
    assert here.public_holidays() == as_before.public_holidays()
    assert here.public_holidays().is_holiday(date(2027, 1, 2)) is True
    assert here.public_holidays().is_holiday(date(2027, 1, 9)) is False
    assert as_before.services == {"bell": {}}
    with pytest.raises(WrongSettings, match=r"\[services.scheduler\] announced_years"):
        read_settings(written(tmp_path, GOOD | entered | {"services": {"scheduler": entered}}))


def test_the_environment_beats_the_file_and_the_command_line_beats_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, GOOD | {"address": "0.0.0.0:1", "log_level": "debug"})
    monkeypatch.setenv("WISHTREE_ADDRESS", "0.0.0.0:2")
    monkeypatch.setenv("WISHTREE_BROKER_URL", "amqp://city")
    monkeypatch.setenv("WISHTREE_LOG_LEVEL", "")
    settings = read_settings(file, broker_url="amqps://city", address=None)
    assert (settings.address, settings.broker_url) == ("0.0.0.0:2", "amqps://city")
    assert settings.log_level == "debug"
    assert not settings.is_embedded


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"database_url": None}, "missing required field `database_url`"),
        ({"workers": "many"}, r"Expected `int`, got `str` - at `\$.workers`"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"database_url": "mysql://db"}, "database_url begins with postgresql://"),
        ({"broker_url": "redis://city"}, "broker_url begins with amqp://"),
        ({"workers": 0}, "workers is more than 0"),
        ({"deadline": -1.0}, "deadline is more than 0"),
        ({"events_kept_days": 0}, "events_kept_days is more than 0"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone is none that this machine knows"),
        ({"time_zone": "../etc/passwd"}, "time_zone is none that this machine knows"),
        ({"sealing": SECRETS["sealing"] | {"current": "k2"}}, "`current` is the id of one of the keys"),
        ({"session_secret": ""}, "session_secret is 32 random characters or more"),
        ({"session_secret": "FILL-ME"}, "openssl rand -base64 32"),
        ({"session_secret": "FILL-ME" * 8}, "session_secret is 32 random characters or more"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    values = {name: value for name, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(WrongSettings, match=complaint) as refused:
        read_settings(written(tmp_path, values))
    assert SECRETS["session_secret"] not in str(refused.value)
    assert SECRETS["sealing"]["index_key"] not in str(refused.value)


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match=r"Create it or name another with --config"):
        read_settings(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="cannot be read"):
        read_settings(tmp_path)


@pytest.mark.parametrize("content", [b"= 1", b"\xff\xfe", b"a = "])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wishtree.toml").write_bytes(content)
    with pytest.raises(WrongSettings, match="is not TOML"):
        read_settings(tmp_path / "wishtree.toml")


def test_a_wrong_setting_of_a_service_is_named() -> None:
    settings = read_settings(None, **GOOD, services={"bell": {"loudnes": 9}})
    with pytest.raises(WrongSettings, match=r"\[services.bell\] .*`loudnes`"):
        settings.of("bell", BellSettings)


def test_a_house_makes_its_secrets_once_and_shows_them_to_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "house"
    first = home_secrets(home)
    assert home_secrets(home) == first
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert sorted(file.name for file in home.iterdir()) == ["secrets.json"]
    assert read_settings(None, database_url=GOOD["database_url"], **first).sealing.seals()


def test_secrets_that_were_damaged_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(WrongSettings, match="Put it back from a backup"):
        home_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_an_embedded_house_may_have_a_file_and_its_links_lead_to_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = GOOD["database_url"]
    assert read_home_settings(tmp_path, url).public_url == "http://127.0.0.1:8000"
    assert read_home_settings(tmp_path, url, address="127.0.0.1:8007").public_url == "http://127.0.0.1:8007"
    written(tmp_path, {"address": "0.0.0.0:8001", "services": {"bell": {"loudness": 9}}})
    settings = read_home_settings(tmp_path, url)
    assert (settings.address, settings.public_url) == ("0.0.0.0:8001", "http://127.0.0.1:8001")
    assert settings.of("bell", BellSettings) == BellSettings(9)
    monkeypatch.setenv("WISHTREE_PUBLIC_URL", "https://wishes.example.org")
    monkeypatch.setenv("WISHTREE_BROKER_URL", "amqp://city")
    monkeypatch.setenv("WISHTREE_DATABASE_URL", "postgresql://city/wishtree")
    settings = read_home_settings(tmp_path, url)
    assert (settings.public_url, settings.address) == ("https://wishes.example.org", "0.0.0.0:8001")
    assert (settings.database_url, settings.is_embedded) == (url, True)


@pytest.mark.parametrize("name", ["database_url", "broker_url", "session_secret", "sealing"])
def test_the_file_of_an_embedded_house_names_nothing_that_it_has_of_its_own(
    tmp_path: Path, name: str
) -> None:
    written(tmp_path, {name: (GOOD | {"broker_url": "amqp://city"})[name]})
    with pytest.raises(WrongSettings, match=f"the house in this folder has its own {name}"):
        read_home_settings(tmp_path, GOOD["database_url"])
