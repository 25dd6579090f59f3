"""Signing in: members with a one-time code, staff with a password; the limits protect both."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor, Right

__all__ = [
    "EndedSessions",
    "ListEndedSessions",
    "RequestSignInCode",
    "SessionsEnded",
    "SignInCodeIssued",
    "SignInWithCode",
    "SignInWithPassword",
    "SignedIn",
    "TooManyCodes",
    "TooManyTries",
    "WhoAmI",
    "WrongCode",
    "WrongPassword",
]


class SignInCodeIssued(Event, frozen=True, kw_only=True):
    """A one-time code is to be sent at once to the phone that asked for it."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "sign_in_code_issued.v1"

    code_id: UUID
    member_id: UUID
    phone: Sealed
    code: Sealed
    expires_at: datetime
    language: str = "zh"


class SignedIn(View, frozen=True, kw_only=True):
    """Who signed in and what they may do; the gateway makes a session of it.

    `sessions_ended` says how often all sessions of theirs had been ended before this one began.
    """

    is_personal: ClassVar[bool] = True

    actor: Actor
    name: str
    sessions_ended: int = 0


class RequestSignInCode(Command, frozen=True, kw_only=True):
    """Ask for a one-time code; the answer is the same whether or not the phone is known."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    phone: str
    address: str = ""  # network address of the asker, for the limits


class SignInWithCode(Command, frozen=True, kw_only=True):
    """Sign in as a member with the code that came by SMS."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = SignedIn
    is_personal: ClassVar[bool] = True

    phone: str
    code: str


class SignInWithPassword(Command, frozen=True, kw_only=True):
    """Sign in as staff or as a unit's officer."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = SignedIn
    is_personal: ClassVar[bool] = True

    login: str
    password: str


class WhoAmI(Query, frozen=True, kw_only=True):
    """The caller's own name and rights as they are now, not as they were at sign-in."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = SignedIn


class SessionsEnded(Contract, frozen=True, kw_only=True):
    """An account or a member whose sessions were ended: how often by now, and when for the last time."""

    id: UUID
    times: int
    ended_at: datetime


class EndedSessions(View, frozen=True, kw_only=True):
    """A page of accounts and members whose sessions were ended."""

    items: list[SessionsEnded]
    next: str | None = None


class ListEndedSessions(Page, frozen=True, kw_only=True):
    """Whose sessions were ended at `since` or later, since they were closed out or their rights changed.

    Open, since the door asks it to learn whether anybody is signed in at all; it names no person.
    """

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = EndedSessions

    since: datetime


# -- refusals


class WrongCode(Refusal):
    """The one-time code is wrong, used or too old."""

    code = "directory.wrong_code"
    kind = RefusalKind.UNIDENTIFIED


class WrongPassword(Refusal):
    """Login and password do not belong together."""

    code = "directory.wrong_password"
    kind = RefusalKind.UNIDENTIFIED


class TooManyCodes(Refusal):
    """Too many codes were asked for; the limit protects the phone's owner and the SMS budget.

    `retry_after` says in how many seconds it may be tried again.
    """

    code = "directory.too_many_codes"
    kind = RefusalKind.LIMITED


class TooManyTries(Refusal):
    """Too many wrong passwords for this login; it opens again by itself in `minutes`."""

    code = "directory.too_many_tries"
    kind = RefusalKind.LIMITED
