"""Accounts of staff and of units' officers, and the roles they have in places."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Grant, Right, Role
from services.directory.contracts.sign_in import SignedIn

__all__ = [
    "AccountCopy",
    "AccountList",
    "AccountView",
    "AccountsChanged",
    "AddAccount",
    "ChangePassword",
    "CloseAccount",
    "GrantRole",
    "ListAccounts",
    "LoginTaken",
    "ResetPassword",
    "RevokeRole",
    "RoleAboveOwn",
    "UnknownAccount",
    "UnknownGrant",
    "UnusableLogin",
    "WeakPassword",
    "WrongScope",
]


class AccountCopy(Contract, frozen=True, kw_only=True):
    """A staff account as notify keeps it, to tell workers what concerns their area."""

    id: UUID
    name: Sealed
    phone: Sealed | None
    email: Sealed | None
    grants: tuple[Grant, ...]
    language: str
    is_active: bool
    version: int


class AccountsChanged(Event, frozen=True, kw_only=True):
    """Staff accounts were added or changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "accounts_changed.v1"

    accounts: list[AccountCopy]


class AddAccount(Command, frozen=True, kw_only=True):
    """Add a staff or unit account with its first role.

    Nobody gives a role where they do not manage accounts themselves, nor one above their own: officers make
    grid workers, community workers, units' officers and officers; only operators make operators.
    """

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True
    secrets: ClassVar[frozenset[str]] = frozenset({"password"})

    login: str
    password: str
    name: str
    role: Role
    area_path: str | None = None  # for staff
    unit_id: UUID | None = None  # for a unit's officer
    phone: str | None = None
    email: str | None = None


class GrantRole(Command, frozen=True, kw_only=True):
    """Give an account a role in an area; it signs in again to have it."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True

    login: str
    role: Role
    area_path: str


class RevokeRole(Command, frozen=True, kw_only=True):
    """Take a role in an area (for a unit's officer: at the path of the unit) from an account."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True

    login: str
    role: Role
    area_path: str


class ChangePassword(Command, frozen=True, kw_only=True):
    """The signed-in account takes a new password, with the old one, and goes on in a new session.

    All sessions of before end: whoever else was signed in with the old password is out.
    """

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = SignedIn
    is_personal: ClassVar[bool] = True
    secrets: ClassVar[frozenset[str]] = frozenset({"old_password", "new_password"})

    old_password: str
    new_password: str


class ResetPassword(Command, frozen=True, kw_only=True):
    """Give a new password to an account all of whose roles the caller could give."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True
    secrets: ClassVar[frozenset[str]] = frozenset({"password"})

    login: str
    password: str


class CloseAccount(Command, frozen=True, kw_only=True):
    """Close an account all of whose roles the caller could give; its login stays taken."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True

    login: str


class AccountView(View, frozen=True, kw_only=True):
    """An account with its roles; the name masked, the login shown to whoever manages accounts there."""

    id: UUID
    login: str
    name: str
    grants: tuple[Grant, ...]
    unit_id: UUID | None
    is_active: bool


class AccountList(View, frozen=True, kw_only=True):
    """A page of accounts."""

    is_personal: ClassVar[bool] = True

    items: list[AccountView]
    next: str | None = None


class ListAccounts(Page, frozen=True, kw_only=True):
    """The accounts with a role in an area or below it, and the officers of units that report there."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    answer: ClassVar[type[View]] = AccountList

    area_id: UUID


# -- refusals


class UnknownAccount(Refusal):
    """There is no account of that login."""

    code = "directory.unknown_account"
    kind = RefusalKind.UNKNOWN


class LoginTaken(Refusal):
    """An account of that login exists."""

    code = "directory.login_taken"


class UnusableLogin(Refusal):
    """A login has 3 to 64 small letters, digits, dots, hyphens, underscores or an @."""

    code = "directory.unusable_login"
    kind = RefusalKind.INVALID


class WeakPassword(Refusal):
    """The password is too short, too long or too easily guessed."""

    code = "directory.weak_password"
    kind = RefusalKind.INVALID


class RoleAboveOwn(Refusal):
    """Nobody gives or takes a role that is above their own."""

    code = "directory.role_above_own"
    kind = RefusalKind.FORBIDDEN


class WrongScope(Refusal):
    """The role does not belong to such a place: a unit's officer to a unit, staff to an area."""

    code = "directory.wrong_scope"
    kind = RefusalKind.INVALID


class UnknownGrant(Refusal):
    """The account has no such role there."""

    code = "directory.unknown_grant"
    kind = RefusalKind.UNKNOWN
