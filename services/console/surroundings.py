"""What a command needs around it: a database, a broker, a folder, a port, and words when one is missing."""

import errno
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from services.chassis.database import is_outage
from services.chassis.messaging.connections import BROKER_FAULTS
from services.chassis.refusals import Refusal, RefusalKind, Unavailable
from services.chassis.settings import Settings, home_secrets

AWAY: tuple[type[Exception], ...] = (Unavailable, *BROKER_FAULTS)


class NoDatabase(Refusal):
    """The database cannot be reached; `reason` is silent or not_let_in."""

    code = "console.no_database"
    kind = RefusalKind.UNAVAILABLE


class NoBroker(Refusal):
    """The broker cannot be reached."""

    code = "console.no_broker"
    kind = RefusalKind.UNAVAILABLE


class UnusableHome(Refusal):
    """The data folder is no folder, or cannot be written to."""

    code = "console.unusable_home"


class PortTaken(Refusal):
    """Another programme listens where a door of the house should."""

    code = "console.port_taken"


class UnusableAddress(Refusal):
    """This machine has no such address, or may not listen there."""

    code = "console.unusable_address"


def usable_home(home: Path) -> Path:
    """Return the data folder, made if need be; raise `UnusableHome` when nothing can be kept in it."""
    home = home.expanduser()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return home
    except (OSError, RuntimeError):
        raise UnusableHome(home=str(home)) from None


def secrets_in(home: Path) -> dict[str, Any]:
    """Return the secrets kept in a folder that need not be written to once they are there."""
    try:
        return home_secrets(home.expanduser())
    except (OSError, RuntimeError):
        raise UnusableHome(home=str(home)) from None


@contextmanager
def reaching_the_database(settings: Settings) -> Iterator[None]:
    """Raise `NoDatabase` for a connection that could not be made or broke; other faults pass."""
    try:
        yield
    except DBAPIError as fault:
        if refusal := no_database(settings, fault):
            raise refusal from None
        raise


def no_database(settings: Settings, fault: DBAPIError) -> NoDatabase | None:
    """Return the refusal for a fault that means the database cannot serve us; None for one of ours."""
    if not is_outage(fault):
        return None
    reason = "not_let_in" if "FATAL" in str(fault.orig) else "silent"
    return NoDatabase(host=host_of(settings.database_url), reason=reason)


@contextmanager
def reaching_the_broker(settings: Settings) -> Iterator[None]:
    """Raise `NoBroker` for a broker that cannot be reached."""
    try:
        yield
    except AWAY:
        raise NoBroker(host=host_of(settings.broker_url)) from None


def free_to_listen(address: str) -> None:
    """Raise `PortTaken` or `UnusableAddress` when nobody could listen at `address` (host:port) now."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_server((host, int(port))).close()
    except (OSError, ValueError) as fault:
        is_taken = getattr(fault, "errno", None) == errno.EADDRINUSE
        refusal = PortTaken if is_taken else UnusableAddress
        raise refusal(address=address) from None


def host_of(url: str) -> str:
    """Return host, port and path of an URL, without who goes there and their password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
