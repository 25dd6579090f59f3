"""Settings: a frozen struct for the house and one per service, from a TOML file and the environment."""

import base64
import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from services.chassis.calendar import PublicHolidays
from services.chassis.contracts import without_values
from services.chassis.sealing import Seals
from services.chassis.showing import AddressWithPath, Shown

ServiceSettings = TypeVar("ServiceSettings", bound=msgspec.Struct)

IN_PROCESS_BROKER = "memory://"
USUAL_ADDRESS = "127.0.0.1:8000"
TO_FILL_IN = "FILL-ME"
"""Stands in deploy/wishtree.toml for what every city makes up for itself."""

SHORTEST_SESSION_SECRET = 32
"""Characters; whoever guesses it may sign in as anybody."""


class WrongSettings(Exception):
    """The settings cannot be used; the text says which and what to do."""


def complaint(problem: msgspec.ValidationError) -> str:
    """Return what is wrong with a setting and where, without what was written there."""
    said = without_values(problem).replace("Expected `str` matching regex", "This cannot be what was meant")
    return f"{said}. deploy/wishtree.toml shows what may be written."


class Sealing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of the house: `keys` by id, the `current` one seals, `index_key` makes blind look-ups."""

    keys: dict[str, str]
    current: Shown
    index_key: str

    def seals(self) -> Seals:
        """Return the seals made with these keys; raise `WrongSettings` when a key cannot be used."""
        try:
            return Seals(self.keys, self.current, self.index_key)
        except ValueError as problem:
            raise WrongSettings(f"[sealing] {problem}") from None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every process of a house needs to know. No secret is ever shown (`chassis.showing`)."""

    database_url: AddressWithPath
    sealing: Sealing
    session_secret: str
    broker_url: AddressWithPath = IN_PROCESS_BROKER
    address: Shown = USUAL_ADDRESS  # where the gateway listens
    public_url: AddressWithPath = f"http://{USUAL_ADDRESS}"
    time_zone: Shown = "Asia/Shanghai"
    workers: int = 20  # requests and events a service works on at once
    database_connections: int = 10  # per process
    deadline: float = 10.0  # seconds a caller waits for an answer
    log_level: Shown = "info"
    metrics_address: Shown | None = None
    events_kept_days: int = (
        30  # how long events that had their effect stay; the record of the effect twice that
    )
    receipts_kept_days: int = 7  # how long a repeated command is answered with its first answer
    holidays: dict[date, bool] = {}  # which days are public holidays, as far as this version does not know
    announced_years: frozenset[int] = frozenset()  # those for which the list of holidays is complete
    services: dict[str, dict[str, Any]] = {}  # [services.notify] … read by that service's settings.py

    @property
    def is_embedded(self) -> bool:
        """Say whether all services live in this process, without a broker."""
        return self.broker_url.startswith(IN_PROCESS_BROKER)

    def public_holidays(self) -> PublicHolidays:
        """Return the announced holidays with what the operator knows better, the same for every service."""
        return PublicHolidays(self.holidays, self.announced_years)

    def of(self, service: str, shape: type[ServiceSettings]) -> ServiceSettings:
        """Return the settings of one service; raise `WrongSettings` naming what does not fit."""
        try:
            return msgspec.convert(self.services.get(service, {}), type=shape)
        except msgspec.ValidationError as problem:
            raise WrongSettings(f"[services.{service}] {complaint(problem)}") from None


ENVIRONMENT = {
    "WISHTREE_DATABASE_URL": "database_url",
    "WISHTREE_BROKER_URL": "broker_url",
    "WISHTREE_ADDRESS": "address",
    "WISHTREE_PUBLIC_URL": "public_url",
    "WISHTREE_SESSION_SECRET": "session_secret",
    "WISHTREE_LOG_LEVEL": "log_level",
    "WISHTREE_METRICS_ADDRESS": "metrics_address",
}
"""Environment variables that take precedence over the file."""


def read_settings(file: Path | None, **overrides: Any) -> Settings:
    """Return settings from `file`, the environment and `overrides`, the later ones winning.

    Raises `WrongSettings` with a sentence that says which setting is wrong or missing.
    """
    return _settled(_gathered(_read(file) if file else {}, overrides), file or "environment")


def read_home_settings(home: Path, database_url: str, **overrides: Any) -> Settings:
    """Return the settings of the house embedded in `home`: of its own file if it has one, the rest as above.

    Links lead to where it listens unless something else is said. Database, broker and keys are its own:
    raises `WrongSettings` also for a file that names others.
    """
    own = {**home_secrets(home), "database_url": database_url, "broker_url": IN_PROCESS_BROKER}
    named = home / "wishtree.toml"
    file = named if named.exists() else None
    said = _read(file) if file else {}
    values = _gathered(said, overrides | own)
    if foreign := [name for name in said if name in own]:
        raise WrongSettings(f"{file}: the house in this folder has its own {foreign[0]}; leave it out there.")
    port = str(values.get("address", USUAL_ADDRESS)).rpartition(":")[2]
    return _settled({"public_url": f"http://127.0.0.1:{port}"} | values, file or "environment")


def _gathered(said: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says, the environment and `overrides`, the later ones winning."""
    around = {name: set_to for variable, name in ENVIRONMENT.items() if (set_to := os.environ.get(variable))}
    stated = {name: value for name, value in overrides.items() if value is not None}
    return _with_holidays_in_place(said) | around | stated


def _settled(values: dict[str, Any], origin: Path | str) -> Settings:
    try:
        settings = msgspec.convert(values, type=Settings)
    except msgspec.ValidationError as problem:
        raise WrongSettings(f"{origin}: {complaint(problem)}") from None
    _refuse_what_cannot_be(settings, origin)
    return settings


def _refuse_what_cannot_be(settings: Settings, origin: Path | str) -> None:
    """Raise `WrongSettings` for what has the right type and cannot be used; no secret is told."""
    settings.sealing.seals()
    secret = settings.session_secret
    if TO_FILL_IN in secret or len(secret) < SHORTEST_SESSION_SECRET:
        raise WrongSettings(
            f"{origin}: session_secret is {SHORTEST_SESSION_SECRET} random characters or more; "
            "`openssl rand -base64 32` makes some"
        )
    if not settings.database_url.startswith(("postgresql://", "postgresql+psycopg2://")):
        raise WrongSettings(f"{origin}: database_url begins with postgresql://")
    if not settings.broker_url.startswith(("amqp://", "amqps://", IN_PROCESS_BROKER)):
        raise WrongSettings(f"{origin}: broker_url begins with amqp://, amqps:// or {IN_PROCESS_BROKER}")
    for name in ("workers", "database_connections", "deadline", "events_kept_days", "receipts_kept_days"):
        if getattr(settings, name) <= 0:
            raise WrongSettings(f"{origin}: {name} is more than 0")
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        raise WrongSettings(f"{origin}: time_zone is none that this machine knows") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        decode = msgspec.json.decode if file.suffix == ".json" else msgspec.toml.decode
        content: dict[str, Any] = decode(file.read_bytes())
    except FileNotFoundError:
        raise WrongSettings(f"{file} does not exist. Create it or name another with --config.") from None
    except OSError as problem:
        raise WrongSettings(f"{file} cannot be read: {problem.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise WrongSettings(f"{file} is not TOML: {problem}") from None
    return content


def _with_holidays_in_place(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says, with the holidays of the scheduler, as they were written before, for all."""
    services = values.get("services")
    if not isinstance(services, dict) or not isinstance(services.get("scheduler"), dict):
        return values
    scheduler = services["scheduler"]
    holidays = {name: scheduler[name] for name in ("holidays", "announced_years") if name in scheduler}
    if twice := sorted(holidays.keys() & values.keys()):
        raise WrongSettings(f"[services.scheduler] {twice[0]} stands at the head of the file already.")
    others = {name: section for name, section in services.items() if name != "scheduler"}
    left = {name: value for name, value in scheduler.items() if name not in holidays}
    return values | holidays | {"services": others | ({"scheduler": left} if left else {})}


def fresh_secrets() -> dict[str, Any]:
    """Return new keys and a session secret for a house that has none yet."""
    return {
        "sealing": {
            "keys": {"k1": f"aes256gcm:{_random_key(32)}"},
            "current": "k1",
            "index_key": _random_key(32),
        },
        "session_secret": secrets.token_urlsafe(32),
    }


def _random_key(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


def home_secrets(home: Path) -> dict[str, Any]:
    """Return the secrets kept in `home`, made on first use and readable by their owner only."""
    file = home / "secrets.json"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as kept:
            kept.write(msgspec.json.encode(fresh_secrets()))
        try:
            os.link(draft, file)  # whoever comes second keeps the first one's secrets
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        content: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    except msgspec.DecodeError:
        raise WrongSettings(
            f"{file} was damaged. Put it back from a backup; nothing can be opened without it."
        ) from None
    return content
