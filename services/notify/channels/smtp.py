"""E-mail by SMTP: kept connections, one transaction a mail, and a clear idea of when it may be out."""

import re
import smtplib
from collections import deque
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from time import monotonic
from typing import Any
from uuid import UUID

from services.chassis import clock
from services.chassis.settings import WrongSettings
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.bounces import ReturnAddress, bounces_in
from services.notify.channels.connections import trust
from services.notify.channels.letters import Letter
from services.notify.channels.mail_addresses import is_usable, sendable
from services.notify.channels.outcomes import UNREADABLE, UNUSABLE
from services.notify.channels.patience import NOT_BEGUN, PATIENCE
from services.notify.channels.reaching import check_certificates, check_host
from services.notify.channels.receipts import Receipt
from services.notify.channels.smtp_answers import Refused, Suspicion, check_step, end_of, no_connection
from services.notify.domain import EMAIL, Outcome, Verdict
from services.notify.settings import SmtpSettings

_BLANK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

ANOTHER_ALPHABET = Outcome(Verdict.PERMANENT, "another_alphabet")
"""The address is not ASCII before its @, and the server takes no such addresses."""

ANSWERS_AT_MOST = 2
"""Answers for which a mail may wait in vain: that of a kept connection, and that of the one made instead."""


class SmtpChannel:
    """Sends mails through one server."""

    name = EMAIL
    provider = "smtp"
    address = AddressKind.EMAIL
    blocks = ("title", "text")
    is_silent_on_arrival = True

    def __init__(self, settings: SmtpSettings) -> None:
        """Take how to reach the server, later; raise `WrongSettings` when nobody could."""
        check_host("host", settings.host)
        check_certificates(settings.ca_file)
        if not is_usable(settings.sender) or not settings.sender.isascii():
            raise WrongSettings("sender is no address. Write one like wishes@example.org, without a name.")
        if (settings.username is None) != (settings.password is None):
            raise WrongSettings("username and password belong together. Write both, or neither.")
        self._settings = settings
        self.batch, self.concurrency = settings.batch, settings.concurrency
        self.patience = PATIENCE
        self.longest_call = ANSWERS_AT_MOST * settings.timeout
        self._suspicion = Suspicion()
        self._idle: deque[smtplib.SMTP] = deque()
        self._domain = settings.sender.rpartition("@")[2]
        self._returns = _return_address(settings)
        self.receipt_token = settings.receipt_token

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send each parcel as a mail of its own; a lost connection costs the one mail that was under way."""
        usable = [parcel for parcel in parcels if is_usable(parcel.address)]
        outcomes = dict.fromkeys((parcel.delivery_id for parcel in parcels), UNUSABLE)
        outcomes |= dict.fromkeys((parcel.delivery_id for parcel in usable), NOT_BEGUN)
        connection: smtplib.SMTP | Outcome | None = None  # an outcome says why there is none
        ends_at = monotonic() + self.patience
        try:
            for parcel in usable:
                if monotonic() >= ends_at:
                    break
                connection = connection or self._connection()
                if isinstance(connection, Outcome):
                    outcomes[parcel.delivery_id] = connection
                    continue
                outcomes[parcel.delivery_id], is_open = self._send_one(connection, parcel)
                connection = connection if is_open else None
        finally:
            if isinstance(connection, smtplib.SMTP):
                self._idle.append(connection)
        return outcomes

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts in mails that came back; raise `UnreadableBounce` for what is none of these."""
        return bounces_in(reports, self._returns) if self._returns else []

    def parts(self, parcel: Parcel) -> int:
        """Return 1: a mail is a mail."""
        return 1

    def close(self) -> None:
        """Say goodbye on every kept connection."""
        while self._idle:
            _end(self._idle.pop())

    def _connection(self) -> smtplib.SMTP | Outcome:
        """Return a connection that answers, a kept one or a new one, or what it means that there is none."""
        while self._idle:
            kept = self._idle.pop()
            try:
                if kept.noop()[0] == 250:
                    return kept
            except (OSError, smtplib.SMTPException):
                pass
            _end(kept)
        try:
            return self._connect()
        except (OSError, smtplib.SMTPException, UnicodeError) as fault:
            return no_connection(fault)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout, context=trust(settings.ca_file)
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                connection.starttls(context=trust(settings.ca_file))
            if settings.username is not None:
                connection.login(settings.username, settings.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _send_one(self, connection: smtplib.SMTP, parcel: Parcel) -> tuple[Outcome, bool]:
        """Return what came of one mail, and whether the connection can be used again.

        Until the server has asked for the mail nothing can have gone out; from then on no answer is a doubt.
        """
        mail = self._compose(parcel).as_bytes()
        has_begun = False
        try:
            connection.ehlo_or_helo_if_needed()
            recipient = sendable(parcel.address)
            if not recipient.isascii() and not connection.has_extn("smtputf8"):
                return ANOTHER_ALPHABET, True
            sender, on_sender, on_recipient = self._envelope(connection, parcel, recipient)
            check_step("mail", *connection.mail(sender, on_sender))
            check_step("rcpt", *connection.rcpt(recipient, on_recipient))
            self._suspicion.is_unfounded()
            check_step("data", *connection.docmd("data"))
            has_begun = True
            connection.send(_dotted(mail))
            outcome = end_of(*connection.getreply())
        except Refused as refused:
            return self._suspicion.heard(refused, parcel.address), _is_reset(connection)
        except (OSError, smtplib.SMTPException) as fault:
            _end(connection)
            code_of_ours = "timeout" if isinstance(fault, TimeoutError) else "disconnected"
            return Outcome(Verdict.AMBIGUOUS if has_begun else Verdict.RETRY, code_of_ours), False
        except BaseException:  # cut off by the sender: the connection is in the middle of something
            connection.close()
            raise
        if outcome is UNREADABLE:  # whoever answers so may have more to say
            _end(connection)
            return outcome, False
        return outcome, outcome.verdict is Verdict.ACCEPTED or _is_reset(connection)

    def _envelope(
        self, connection: smtplib.SMTP, parcel: Parcel, recipient: str
    ) -> tuple[str, list[str], list[str]]:
        """Return the sender, to which a mail comes back, and what is asked for beside sender and recipient.

        A server that can is asked to report only what did not arrive, and to keep the words out of it
        (RFC 3461: NOTIFY, RET); the report names the delivery (ENVID).
        """
        alphabet = [] if recipient.isascii() else ["SMTPUTF8"]  # RFC 6531
        if self._returns is None or not parcel.letter:
            return self._settings.sender, alphabet, []
        sender = self._returns.of(parcel.letter)
        if not connection.has_extn("dsn"):
            return sender, alphabet, []
        return sender, [*alphabet, "RET=HDRS", f"ENVID={parcel.delivery_id}"], ["NOTIFY=FAILURE"]

    def _compose(self, parcel: Parcel) -> Letter:
        """Return the mail; whatever the words hold, a header stays one line."""
        mail = Letter(parcel.text, parcel.html)
        mail.come_from(one_line(self._settings.sender_name), self._settings.sender)
        mail.go_to(sendable(parcel.address))
        mail.say("Subject", one_line(parcel.title))
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = f"<{parcel.delivery_id}@{self._domain}>"  # the same at every try
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = "en" if parcel.language == "en" else "zh-CN"
        if parcel.unsubscribe:  # RFC 2369
            mail["List-Unsubscribe"] = f"<{parcel.unsubscribe}>"
        if parcel.unsubscribe.startswith("https:"):  # RFC 8058: a mail programme stops them with one click
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail


@described_by(SmtpSettings)
def channel(settings: SmtpSettings) -> SmtpChannel:
    """Return the channel of a section `[services.notify.channels.NAME]` with `kind = "smtp"`."""
    return SmtpChannel(settings)


def _return_address(settings: SmtpSettings) -> ReturnAddress | None:
    """Return the address for bounces, where they are taken; raise `WrongSettings` for half of a way."""
    if (settings.bounces is None) != (settings.receipt_token is None):
        raise WrongSettings("bounces and receipt_token lead nowhere without each other.")
    return ReturnAddress(settings.bounces) if settings.bounces else None


def one_line(words: str) -> str:
    """Return `words` without anything that could end a header."""
    return _BLANK.sub(" ", words).strip()


def _is_reset(connection: smtplib.SMTP) -> bool:
    """Begin anew on a connection that refused something; say whether it can be used again."""
    try:
        if connection.rset()[0] == 250:
            return True
    except (OSError, smtplib.SMTPException):
        pass
    _end(connection)
    return False


def _dotted(mail: bytes) -> bytes:
    """Return the mail as it crosses the wire: leading dots doubled, one alone at the end (RFC 5321)."""
    body = re.sub(rb"(?m)^\.", b"..", mail)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _end(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
