"""A gateway of the kind that Chinese cities have: it wants XML and a signature, and answers in XML."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from tests.support.loopback import LOOPBACK

ACCOUNT, PASSWORD = "city", "p<ss&word"


@dataclass
class XmlGateway:
    """What it took in, and the port at which it does."""

    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)  # numbers that it does not know: it takes no call about one
    calls: int = 0

    @property
    def url(self) -> str:
        """Return where it takes SMS."""
        return f"http://{LOOPBACK}:{self.port}/sms"

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[str, str]:
        """Return the code and the reference of an SMS: it is taken only when its signature is right."""
        self.calls += 1
        kind, _, charset = headers.get("Content-Type", "").partition("; charset=")
        try:
            told = ElementTree.fromstring(body.decode(charset))
        except (ElementTree.ParseError, UnicodeDecodeError, LookupError):
            return "400", ""
        sms = {part.tag: part.text or "" for part in told.iter()}
        signed = f"{ACCOUNT}{PASSWORD}{sms.get('timestamp')}{sms.get('mobile')}"
        if sms.get("sign") != hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest().upper():
            return "403", ""
        if self.bad & set(sms["mobile"].split(",")):
            return "400", ""
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        self.taken.append(sms | {"query": query, "headers": dict(headers), "kind": kind})
        return "0", f"ref-{len(self.taken)}"


@contextmanager
def xml_gateway() -> Iterator[XmlGateway]:
    """Yield such a gateway on loopback."""
    gateway = XmlGateway()

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Take an SMS."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            code, reference = gateway.answer(self.path, self.headers, body)
            said = f"<?xml version='1.0'?><result><code>{code}</code><sid>{reference}</sid></result>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Desk)
    gateway.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
