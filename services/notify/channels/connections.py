"""Kept connections to a provider, and what it means that no answer comes over one.

Only one thing makes a doubt: that bytes of a request have gone out. So the connections note when they do, and
whatever goes wrong before (a name that nobody knows, a door that is closed, a handshake that breaks off, a
certificate that is missing, an address that is none) did not send anything, for certain.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any

import eventlet
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import SSLError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import ProxyManager

from services.notify.domain import Outcome, Verdict

FAULTS = (requests.RequestException, HTTPError, OSError, ValueError)
"""What can go wrong while something is said to a provider; a `ValueError` is text that cannot be sent."""

UNSENDABLE = Outcome(Verdict.STOP, "unsendable")
"""An address, a header or a file with which nothing can be sent: somebody has to look at the settings."""

KEPT_FOR = 4.0
"""Seconds for which a connection is kept that nobody uses: less than any server of note keeps it (5).

Whoever says something while the other side hangs up, or after a firewall between has forgotten both, hears
nothing, and that is a doubt about a message that never arrived.
"""

_has_left: ContextVar[bool] = ContextVar("has_left", default=False)


class Trust(ssl.SSLContext):
    """Whom to trust over TLS; a handshake that fails leaves no socket open behind it."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **how: Any) -> ssl.SSLSocket:
        """Return the socket once its handshake is over."""
        wrapped = super().wrap_socket(sock, *args, **(how | {"do_handshake_on_connect": False}))
        try:
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped


def trust(ca_file: str | None = None) -> Trust:
    """Return whom to trust: the certificates in a file, or those of the system."""
    trusted = Trust(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is None:
        trusted.load_default_certs()
    else:
        trusted.load_verify_locations(ca_file)
    return trusted


class _Noting(HTTPConnection):
    """A connection that notes when the first bytes of a request go out."""

    _said_at = 0.0

    @property
    def is_connected(self) -> bool:
        """Say whether it can be used again: the other side is there, and was heard of a moment ago."""
        return super().is_connected and monotonic() - self._said_at < KEPT_FOR

    def send(self, data: Any) -> None:
        """Connect first, where that is still to be done; then note, and send."""
        if self.sock is None:
            self.connect()
        _has_left.set(True)
        self._said_at = monotonic()
        super().send(data)


class _NotingTls(_Noting, HTTPSConnection):
    """The same over TLS; its handshake is no part of a request, nor is what a proxy is asked before."""

    def connect(self) -> None:
        """Connect, trusting the certificates that the session names, or else those of the system."""
        self.ssl_context = self.ssl_context or trust(self.ca_certs)
        try:
            super().connect()
        finally:
            _has_left.set(False)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Noting


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _NotingTls


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """Keeps so many connections, and repeats nothing."""

    def __init__(self, concurrency: int) -> None:
        super().__init__(pool_maxsize=concurrency, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> ProxyManager:
        """Return the connections through a proxy, which note the same."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Name the file of certificates to trust, if there is one, and not the list that comes with requests.

        A city that trusts an authority of its own tells the system, and then all channels trust it.
        """
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if verify is True:
            conn.ca_certs = None


def session_for(concurrency: int, proxy: str | None = None) -> requests.Session:
    """Return a session of so many kept connections that repeats nothing and heeds no environment.

    Nor does it keep cookies: they would go with every message, and grow as the other side likes. Everything
    goes through the `proxy`, where there is one.
    """
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(concurrency)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Cut off what takes longer, however busily the other side goes on; raise `requests.Timeout` then."""
    limit = eventlet.Timeout(seconds)
    try:
        yield
    except eventlet.Timeout as over:
        if over is not limit:
            raise
        raise requests.Timeout from None
    finally:
        limit.cancel()


def begin() -> None:
    """Note that nothing of the request that follows has gone out; each green thread notes for itself."""
    _has_left.set(False)


def without_answer(fault: Exception) -> Outcome:
    """Return what it means that the request begun last has no answer: doubt, if any of it has gone out."""
    is_timeout = isinstance(fault, requests.Timeout | TimeoutError)
    if _has_left.get():
        return Outcome(Verdict.AMBIGUOUS, "timeout" if is_timeout else "disconnected")
    if isinstance(fault, SSLError) and not _is_broken_off(fault):
        return Outcome(Verdict.STOP, "tls")
    if is_timeout:
        return Outcome(Verdict.RETRY, "connect_timeout")
    if isinstance(fault, requests.ConnectionError):
        return Outcome(Verdict.RETRY, "unreachable")
    return UNSENDABLE


def _is_broken_off(fault: SSLError) -> bool:
    """Say whether a handshake ended because the other side went away, not because of what it showed."""
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return isinstance(reason, HTTPError) and isinstance(reason.args[0], ssl.SSLEOFError)
