"""A mail server that answers by the address, as `tests.support.peers` describes it."""

import argparse
import asyncio
import re
import threading
from email import message_from_string
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from queue import Queue
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.support.loopback import LOOPBACK, certificate

if TYPE_CHECKING:
    from tests.support.peers import Memory

HANGS_FOR = 20.0
"""Seconds for which a muted peer says nothing; longer than any client of the tests waits."""


LINGERS_FOR = 0.7
"""Seconds that a slow recipient takes."""


class MailRoom:
    """Answers mails by their address."""

    def __init__(self, memory: "Memory") -> None:
        """Take where to keep them."""
        self._memory = memory

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what the server can do besides."""
        session.host_name = hostname
        offered = ["250-DSN"] if isinstance(server, Notifying) else []
        return [*responses[:-1], *offered, responses[-1]]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Refuse at RCPT when the address begins with such a code."""
        self._memory.asked += 1
        local = address.partition("@")[0]
        if local.startswith("silent."):
            await asyncio.sleep(HANGS_FOR)
        if local.startswith("slow."):
            await asyncio.sleep(LINGERS_FOR)
        if local.startswith("not_ours."):
            return "553 5.7.1 Sender address rejected: not owned by user us"
        if local.startswith("denied."):
            return f"554 5.7.1 <{address}>: Relay access denied"
        if local.startswith("once451") and address not in self._memory.seen:
            self._memory.seen.add(address)
            return "451 4.7.1 greylisted, come back later"
        if refused := re.match(r"(450|451|550|553)\.", local):
            return f"{refused[1]} {refused[1][0]}.1.1 no, {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the mail and answer, or not."""
        address = envelope.rcpt_tos[0]
        if address.startswith("552."):
            return "552 5.3.4 too big"
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "mail": envelope.content.decode()}
        mail["asked_for"] = getattr(server, "asked_for", ())
        self._memory.received.append(mail | {"tls": session.ssl is not None, "peer": session.peer[1]})
        if address.startswith("mute."):
            await asyncio.sleep(HANGS_FOR)
        if address.startswith("garbled."):
            return "taken, I think"
        if address.startswith("cut."):
            server.transport.abort()
        if returned := re.match(r"(failed|delayed)\.(\d\.\d+\.\d+)\.", address):
            self._memory.bounces.append(a_bounce(mail, returned[1], returned[2]))
        return "250 2.0.0 OK: queued as 4XyZ12"


class Notifying(SMTP):
    """A server that reports as it is asked to (RFC 3461), which the library does not do."""

    asked_for: tuple[str, ...] = ()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """Take what is asked for beside the sender."""
        self.asked_for = ()
        await super().smtp_MAIL(self._noted(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """Take what is asked for beside the recipient."""
        await super().smtp_RCPT(self._noted(arg))

    def _noted(self, arg: str | None) -> str:
        address, _, asked = (arg or "").partition("> ")
        words = asked.split()
        self.asked_for += tuple(word for word in words if word.startswith(("RET=", "ENVID=", "NOTIFY=")))
        left = [word for word in words if word not in self.asked_for]
        return " ".join([address + ">" * bool(asked), *left])


def a_bounce(mail: dict[str, Any], action: str, status: str) -> str:
    """Return the report on a mail that the server took, to the sender on its envelope (RFC 3464)."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"], report["To"] = "MAILER-DAEMON@mx.example.net", mail["from"]
    report["Subject"], report["Auto-Submitted"] = "Delivery Status Notification", "auto-replied"
    recipient = Message()
    recipient["Original-Recipient"] = recipient["Final-Recipient"] = f"rfc822;{mail['to'][0]}"
    recipient["Action"], recipient["Status"] = action, status
    recipient["Diagnostic-Code"] = f"smtp; 550 {status} <{mail['to'][0]}>: no"
    server = Message()
    server["Reporting-MTA"] = "dns; mx.example.net"
    written = Message()
    written["Content-Type"] = "message/delivery-status"
    written.set_payload([server, recipient])
    report.attach(MIMEText("Your mail came back.\n"))
    report.attach(written)
    report.attach(MIMEMessage(message_from_string(mail["mail"])))
    return report.as_string()


def serve_smtp(memory: "Memory", options: argparse.Namespace) -> dict[str, Any]:
    """Start the mail server; return how to reach it."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> Any:
        is_right = isinstance(given, LoginPassword) and given.password.decode() == options.password
        return AuthResult(success=is_right, handled=False)

    rules: dict[str, Any] = {
        "hostname": LOOPBACK,
        "decode_data": False,
        "enable_SMTPUTF8": options.all_alphabets,
    }
    described: dict[str, Any] = {}
    context = None
    if options.password:
        rules |= {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    if options.security != "none":
        context, described["ca_file"] = certificate()
    if options.security == "starttls":
        rules |= {"tls_context": context, "require_starttls": True}
    kind = Notifying if options.notifies else SMTP
    listening: Queue[int] = Queue()

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        implicit = context if options.security == "tls" else None
        server = await loop.create_server(
            lambda: kind(MailRoom(memory), loop=loop, **rules), LOOPBACK, 0, ssl=implicit
        )
        listening.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    threading.Thread(target=asyncio.run, args=(listen(),), daemon=True).start()
    return described | {"port": listening.get(timeout=60)}
