"""What deploy/ ships fits the code: settings, users, commands, configuration that its programs understand."""

import json
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
import yaml

from deploy.rabbitmq import fill_passwords
from services.chassis.messaging import wire
from services.chassis.privileges import user_of
from services.chassis.settings import Settings
from services.console.app import app
from services.console.place import SERVICES, STORING

DEPLOY = Path(__file__).parents[2] / "deploy"
DEFINITIONS = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SETTINGS = (DEPLOY / "wishtree.toml").read_text()
UNIT = (DEPLOY / "systemd" / "wishtree@.service").read_text()
PROXY = DEPLOY / "nginx" / "nginx.conf"

COMMENTED_SETTING = re.compile(r'^# (\[[\w.]+\]|\[\[[\w.]+\]\]|["\w.-]+ = .+)$', re.MULTILINE)


def knows(arguments: list[str]) -> bool:
    """Say whether `wishtree` has the command that `arguments` begin with."""
    command: Any = typer.main.get_command(app)
    for word in arguments:
        if not hasattr(command, "commands"):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return not hasattr(command, "commands")


def program(name: str) -> str:
    """Return where a program lies that reads our files; without it a test is skipped, and says so."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not on this machine: make setup installs it, as root")
    return found


def settings_of(service: str) -> type[msgspec.Struct] | None:
    """Return the shape of a service's own settings, if it has any."""
    try:
        module = import_module(f"services.{service}.settings")
    except ModuleNotFoundError:
        return None
    shape: type[msgspec.Struct] = getattr(module, f"{service.capitalize()}Settings")
    return shape


# ------------------------------------------------------------ settings


def test_every_setting_shown_in_a_comment_is_one_that_the_code_understands() -> None:
    settings = msgspec.convert(msgspec.toml.decode(COMMENTED_SETTING.sub(r"\1", SETTINGS)), type=Settings)
    for service in settings.services:
        shape = settings_of(service)
        assert shape is not None, f"{service} has no settings"
        settings.of(service, shape)


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_every_setting_of_the_code_is_shown(service: str) -> None:
    shown = msgspec.toml.decode(COMMENTED_SETTING.sub(r"\1", SETTINGS))
    shape = settings_of(service) if service else Settings
    missing = []
    if shape is not None:
        section = shown["services"].get(service, {}) if service else shown
        missing = [name for name in shape.__struct_fields__ if name not in section and name != "demo"]
    assert not missing


@pytest.mark.parametrize("service", [name for name in SERVICES if settings_of(name)])
def test_what_is_commented_out_is_the_default(service: str) -> None:
    section = msgspec.toml.decode(COMMENTED_SETTING.sub(r"\1", SETTINGS))["services"][service]
    shape = settings_of(service)
    assert shape is not None
    for field in msgspec.structs.fields(shape):
        simple = isinstance(field.default, int | float | str | tuple)
        if simple and field.name in section and not re.search(rf"(?m)^{field.name} =", SETTINGS):
            given = section[field.name]
            assert field.default == (tuple(given) if isinstance(given, list) else given), field.name


# ------------------------------------------------------------ the broker


def test_every_service_has_a_user_of_its_own_and_nobody_is_called_guest() -> None:
    users = {user["name"] for user in DEFINITIONS["users"]}
    assert users == {*SERVICES, "console", "operator"}
    assert {permission["user"] for permission in DEFINITIONS["permissions"]} == users


def test_every_password_of_the_database_has_a_user() -> None:
    made = (DEPLOY / "postgres" / "make-users.sh").read_text()
    assert set(re.findall(r"^make_user (\w+) ", made, re.MULTILINE)) == {"wishtree", *map(user_of, STORING)}


def test_no_password_is_shipped() -> None:
    assert {user["password_hash"] for user in DEFINITIONS["users"]} == {""}


def test_passwords_that_are_missing_or_short_are_named() -> None:
    with pytest.raises(ValueError, match="WISHTREE_BROKER_PASSWORD_CLAIMS"):
        fill_passwords.filled(DEFINITIONS, {"WISHTREE_BROKER_PASSWORD_CLAIMS": "short"})


def rights_of(user: str) -> dict[str, str]:
    """Return the expressions of what `user` may configure, write and read."""
    rights: dict[str, str] = next(row for row in DEFINITIONS["permissions"] if row["user"] == user)
    return rights


@pytest.mark.parametrize("service", SERVICES)
def test_the_rights_of_a_service_end_at_its_own_queues(service: str) -> None:
    rights = rights_of(service)
    own = [wire.rpc_queue(service), f"evt-wishes-wish_released.v1--{service}.on_wish_released"]
    for other in set(SERVICES) - {service}:
        foreign = [wire.rpc_queue(other), f"evt-wishes-wish_released.v1--{other}.on_wish_released"]
        for kind in ("configure", "write", "read"):
            assert all(re.search(rights[kind], name) for name in (*own, wire.RPC_EXCHANGE)), kind
            assert not any(re.search(rights[kind], name) for name in foreign), kind
        assert not re.search(rights["write"], wire.event_exchange(other))
    assert re.search(rights["write"], wire.event_exchange(service))


def test_only_gateway_and_console_may_call() -> None:
    writers = {
        row["user"]
        for row in DEFINITIONS["topic_permissions"]
        if re.search(row["write"], "claims.claim_wish")
    }
    assert writers == {"gateway", "console"}


def test_events_outlive_their_consumers_but_calls_do_not_outlive_their_deadline() -> None:
    policies = {policy["name"]: policy for policy in DEFINITIONS["policies"]}
    assert policies["events"]["definition"]["dead-letter-strategy"] == "at-least-once"
    assert policies["events"]["definition"]["overflow"] == "reject-publish"
    assert re.search(policies["events"]["pattern"], "evt-wishes-wish_released.v1--claims.on_wish_released")
    assert "dead-letter-exchange" not in policies["calls"]["definition"]
    assert re.search(policies["calls"]["pattern"], wire.rpc_queue("claims"))


# ------------------------------------------------------------ processes


def test_every_service_has_a_container_that_runs_a_command_we_have() -> None:
    containers: dict[str, Any] = COMPOSE["services"]
    assert set(SERVICES) < containers.keys()
    for name, container in containers.items():
        if container.get("image") == "wishtree:dev" and "entrypoint" not in container:
            assert knows(container["command"]), f"{name}: wishtree {container['command']}"
            if container["command"][0] == "serve":
                assert container["command"] == ["serve", name]


def test_every_container_gets_only_the_environment_of_its_own_user() -> None:
    for name in SERVICES:
        assert COMPOSE["services"][name]["env_file"] == f"place/{name}.env"


def test_every_service_waits_for_its_tables_and_the_broker() -> None:
    for name in STORING:
        assert {"tables", "rabbitmq"} <= COMPOSE["services"][name]["depends_on"].keys()


def test_the_procfile_runs_every_service() -> None:
    lines = [line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines()]
    assert [name for name, _ in lines] == list(SERVICES)
    for name, command in lines:
        assert command == f"deploy/with-place.sh {name} wishtree serve {name}"
        assert knows(["serve", name])


def test_the_image_is_built_from_files_that_exist() -> None:
    top = DEPLOY.parent
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert list(top.glob(source)), source


def test_the_units_start_every_service_and_give_it_time_to_end() -> None:
    target = (DEPLOY / "systemd" / "wishtree.target").read_text()
    assert re.findall(r"wishtree@(\w+)\.service", target) == list(SERVICES)
    patience = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    gateway = settings_of("gateway")
    assert patience is not None
    assert gateway is not None
    assert int(patience[1]) > gateway().drain_seconds * 2  # type: ignore[attr-defined]


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    unit = tmp_path / "wishtree@claims.service"
    unit.write_text(UNIT)
    target = tmp_path / "wishtree.target"
    shutil.copy(DEPLOY / "systemd" / "wishtree.target", target)
    command = [program("systemd-analyze"), "verify", "--man=no", str(unit), str(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert not [line for line in said.splitlines() if "wishtree" in line and "not executable" not in line]


# ------------------------------------------------------------ the guide


def test_the_guide_names_only_commands_we_have() -> None:
    guide = (DEPLOY.parent / "docs" / "operate.md").read_text()
    commands = re.findall(r"(?:^|`|console |bin/)wishtree ((?:[a-z]+ ?)+)", guide, re.MULTILINE)
    assert commands
    assert not [command for command in commands if not knows(command.split())]
