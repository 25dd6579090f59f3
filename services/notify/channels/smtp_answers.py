"""What the answers of a mail server mean: of which mail it speaks, or that it speaks of us."""

import re
import smtplib
import ssl

from services.notify.channels.bounces import NOBODY_THERE
from services.notify.channels.outcomes import UNREADABLE
from services.notify.domain import Outcome, Verdict

SEVERAL = 3
"""Recipients in a row of whom a server says the same of its policy, before that is taken to be about us."""

_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUED = re.compile(rb"queued as ([A-Za-z0-9.-]{1,64})", re.IGNORECASE)
_OF_THE_ACCOUNT = frozenset({530, 534, 535, 538})
_POLICY = "5.7."
"""How the codes of RFC 3463 begin that speak of what is permitted, and do not say to whom it is not."""


class Refused(Exception):
    """The server answered one of the steps before the mail itself with something other than a yes."""

    def __init__(self, step: str, code: int, answer: bytes) -> None:
        """Take the step, and what was answered."""
        super().__init__(step)
        self.step, self.outcome = step, refusal(step, code, answer)


class Suspicion:
    """Whether a server that turns away one recipient after the other means us.

    Postfix keeps what it thinks of a client or sender to itself until RCPT and says it there of whoever comes
    ("Relay access denied"). The same code may also be true of one recipient alone; of several in a row, with
    nobody taken between them, it is not.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._code, self._addresses = "", set[str]()

    def heard(self, refused: Refused, address: str) -> Outcome:
        """Return what a refusal means: of several different recipients the same, that the account stops."""
        outcome = refused.outcome
        if refused.step != "rcpt" or outcome.verdict is not Verdict.PERMANENT or not _is_policy(outcome.code):
            self.is_unfounded()
            return outcome
        if outcome.code != self._code:
            self._code, self._addresses = outcome.code, set()
        self._addresses = {*self._addresses, address} if len(self._addresses) < SEVERAL else self._addresses
        return Outcome(Verdict.STOP, outcome.code) if len(self._addresses) == SEVERAL else outcome

    def is_unfounded(self) -> None:
        """Note that somebody was taken, or turned away for reasons of their own."""
        self._code, self._addresses = "", set()


def check_step(name: str, code: int, answer: bytes) -> None:
    """Raise `Refused` for an answer that is no yes to a step."""
    if code not in ({354} if name == "data" else {250, 251}):
        raise Refused(name, code, answer)


def end_of(code: int, answer: bytes) -> Outcome:
    """Return what the last answer means, to the mail itself; one that is neither yes nor no is a doubt."""
    if code == 250:
        queued = _QUEUED.search(answer)
        return Outcome(Verdict.ACCEPTED, "250", queued[1].decode() if queued else "")
    return refusal("sent", code, answer) if 400 <= code <= 599 else UNREADABLE


def refusal(step: str, code: int, answer: bytes) -> Outcome:
    """Return the class of a refusal: 4xx may pass later; a refused account or sender concerns every mail."""
    enhanced = _ENHANCED.match(answer)
    said = enhanced[1].decode() if enhanced else ""
    shown = f"{code} {said}".strip()
    if code in _OF_THE_ACCOUNT or (step in {"connect", "mail"} and code >= 500):
        return Outcome(Verdict.STOP, shown)
    if step == "rcpt" and code == 553 and said.startswith(_POLICY):  # "sender address rejected: not yours"
        return Outcome(Verdict.STOP, shown)
    if code >= 500 and said in NOBODY_THERE:
        return Outcome(Verdict.OPTED_OUT, shown)
    return Outcome(Verdict.PERMANENT if code >= 500 else Verdict.RETRY, shown)


def no_connection(fault: Exception) -> Outcome:
    """Return what it means that no connection came about: nothing went out."""
    if isinstance(fault, smtplib.SMTPResponseException):
        error = fault.smtp_error
        return refusal("connect", fault.smtp_code, error.encode() if isinstance(error, str) else error)
    if isinstance(fault, ssl.SSLError | smtplib.SMTPNotSupportedError | UnicodeError):
        return Outcome(Verdict.STOP, type(fault).__name__)
    if type(fault) is smtplib.SMTPException:  # it knows no way of signing in that we know
        return Outcome(Verdict.STOP, "no_way_to_sign_in")
    return Outcome(Verdict.RETRY, type(fault).__name__)


def _is_policy(shown: str) -> bool:
    return shown.partition(" ")[2].startswith(_POLICY)
