"""Whether a provider could be reached as the settings say: looked at before anything is sent to it."""

import re
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.util import parse_url

from services.chassis.settings import WrongSettings
from services.notify.channels.connections import trust
from services.notify.settings import Reach

ADDRESSES = frozenset({"url", "endpoint", "proxy"})
"""Settings that are web addresses."""

BLANK = "{{"
"""Begins a blank in an address: whoever fills it in looks at what comes of it."""

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_TEXT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")


def check_reach(settings: Reach) -> None:
    """Raise `WrongSettings` for an address or certificates that could not be used."""
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        if field.name in ADDRESSES and value is not None and BLANK not in value:
            check_address(field.name, value)
    check_certificates(settings.ca_file)


def check_address(name: str, address: str) -> None:
    """Raise `WrongSettings` for what is no web address; it is not quoted, since it may hold a secret."""
    try:
        parts = parse_url(address)
        requests.Request("POST", address).prepare()
    except (requests.RequestException, ValueError):  # urllib3's own are such, too
        parts = None
    is_one = parts is not None and parts.scheme in {"http", "https"} and is_host(parts.host or "")
    if not is_one or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise WrongSettings(
            f"{name} is no web address. Write it whole, like https://sms.example.org/send: http:// or "
            "https://, then the name of a host."
        )


def host_alone(name: str, address: str) -> str:
    """Return the host of an address that has nothing behind it; raise `WrongSettings` for one that has.

    Vendors whose signature is over the path `/` and the host are called there or nowhere.
    """
    parts = urlsplit(address)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise WrongSettings(
            f"{name} has more than a host, and calls are signed for `/` there. Write https:// and its name "
            "alone, like https://sms.example.org."
        )
    return parts.netloc


def check_host(name: str, host: str) -> None:
    """Raise `WrongSettings` for what is neither the name of a host nor its address."""
    if not is_host(host):
        raise WrongSettings(
            f"{name} is no host. Write its name alone, like smtp.example.org, without mail:// or a port."
        )


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `WrongSettings` for a header that could not be sent; its value is not quoted."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise WrongSettings(
                f"headers: {name!r} is no name of a header. Use letters, digits and hyphens, like X-Auth."
            )
        if not _HEADER_TEXT.fullmatch(value):
            raise WrongSettings(
                f"headers: the value of {name} cannot be sent. Write it on one line, in plain ASCII, "
                "without blanks around it."
            )


def check_certificates(file: str | None) -> None:
    """Raise `WrongSettings` for a file of certificates to trust that is not there or holds none."""
    if file is None:
        return
    try:
        trust(file)
    except ssl.SSLError:
        raise WrongSettings(
            f"ca_file {file} holds no certificates. Put them there in the form PEM."
        ) from None
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "its name is none"
        raise WrongSettings(
            f"ca_file {file} cannot be read ({why}). Put the certificates there, or leave it out to trust "
            "those of the system."
        ) from None


def is_host(host: str) -> bool:
    """Say whether this is the name or the address of a host."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        labels = host.removesuffix(".").split(".")
        return len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
    return True
