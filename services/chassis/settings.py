"""Settings: one frozen struct for the house, one per service, from a commented TOML file and the environment."""

import base64
import os
import secrets
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.chassis.sealing import Seals

ServiceSettings = TypeVar("ServiceSettings", bound=msgspec.Struct)

IN_PROCESS_BROKER = "memory://"


class WrongSettings(Exception):
    """The settings cannot be used; the text says which and what to do."""


class Sealing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of the house: `keys` by id, the `current` one seals, `index_key` makes blind look-ups."""

    keys: dict[str, str]
    current: str
    index_key: str

    def seals(self) -> Seals:
        """Return the seals made with these keys."""
        return Seals(self.keys, self.current, self.index_key)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every process of a house needs to know. Secrets are never shown (`config show` masks them)."""

    database_url: str
    sealing: Sealing
    session_secret: str
    broker_url: str = IN_PROCESS_BROKER
    address: str = "127.0.0.1:8000"  # where the gateway listens
    public_url: str = "http://127.0.0.1:8000"
    time_zone: str = "Asia/Shanghai"
    workers: int = 20  # requests and events a service works on at once
    database_connections: int = 10  # per process
    deadline: float = 10.0  # seconds a caller waits for an answer
    log_level: str = "info"
    metrics_address: str | None = None
    services: dict[str, dict[str, Any]] = {}  # [services.notify] … read by that service's settings.py

    @property
    def is_embedded(self) -> bool:
        """Say whether all services live in this process, without a broker."""
        return self.broker_url.startswith("memory://")

    def of(self, service: str, shape: type[ServiceSettings]) -> ServiceSettings:
        """Return the settings of one service; raise `WrongSettings` naming what does not fit."""
        try:
            return msgspec.convert(self.services.get(service, {}), type=shape)
        except msgspec.ValidationError as problem:
            raise WrongSettings(f"[services.{service}] {problem}") from None


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
    values = _read(file) if file else {}
    values |= {name: os.environ[variable] for variable, name in ENVIRONMENT.items() if os.environ.get(variable)}
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return msgspec.convert(values, type=Settings)
    except msgspec.ValidationError as problem:
        raise WrongSettings(f"{file or 'environment'}: {problem}") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = msgspec.toml.decode(file.read_bytes())
    except FileNotFoundError:
        raise WrongSettings(f"{file} does not exist. Create it or name another with --config.") from None
    except msgspec.DecodeError as problem:
        raise WrongSettings(f"{file} is not TOML: {problem}") from None
    return content


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
    content: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    return content
