"""The verbs about accounts: add and close them, give and take roles, change passwords; each is recorded."""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select

from services.chassis.contracts import Done, Request, new_id
from services.chassis.rights import EVERYWHERE, Grant, Role
from services.chassis.sheets import read_name, read_phone
from services.chassis.work import Work
from services.directory.contracts import (
    AddAccount,
    ChangePassword,
    CloseAccount,
    GrantRole,
    LoginTaken,
    ResetPassword,
    RevokeRole,
    RoleAboveOwn,
    SignedIn,
    UnknownAccount,
    UnknownArea,
    UnknownGrant,
    UnknownUnit,
    UnusableEmail,
    UnusableLogin,
    UnusableName,
    UnusablePhone,
    WeakPassword,
    WrongPassword,
    WrongScope,
)
from services.directory.domain.accounts import STAFF_ROLES, is_strong, login_of, may_give
from services.directory.forms.units import read_email
from services.directory.models import Account, AccountGrant, Area, Unit
from services.directory.queries.accounts import account_copies, grants_of, staff_signed_in
from services.directory.queries.paging import storable
from services.directory.settings import DirectorySettings
from services.directory.usecases.allowances import count_try, forgive_tries
from services.directory.usecases.announcing import announce_accounts
from services.directory.usecases.ending_sessions import end_sessions_of_accounts


def check_new_account(work: Work, command: AddAccount) -> None:
    """Refuse what `add_account` would refuse, before the password is hashed, since hashing is work."""
    _permit_role(work, command.role, _place_of(work, command))
    if not is_strong(command.password, _usable_login(command.login)):
        raise WeakPassword()


def add_account(work: Work, command: AddAccount, now: datetime, *, password_hash: str) -> Done:
    """Add an account with its first role.

    Raises `WrongScope`, `UnknownArea`, `UnknownUnit`, `RoleAboveOwn`, `UnusableLogin`, `LoginTaken`,
    `WeakPassword`, `UnusableName`, `UnusablePhone`, `UnusableEmail`.
    """
    check_new_account(work, command)
    account = _new_account(work, command, password_hash)
    if _account_named(work, account.login_index):
        raise LoginTaken()
    work.session.add(account)
    work.session.flush()
    if command.area_path:
        _add_grant(work, account, command.role, command.area_path, now)
    work.record("account_added", str(account.id), now)
    work.record("role_granted", _subject(account, command.role, _scope_of(work, command)), now)
    announce_accounts(work, account_copies(work.session, [account]))
    return Done(id=account.id)


def _new_account(work: Work, command: AddAccount, password_hash: str) -> Account:
    login = _usable_login(command.login)
    name = read_name(command.name)
    phone = read_phone(command.phone, None) if command.phone else None
    email = read_email(command.email) if command.email else None
    if not isinstance(name, str):
        raise UnusableName(where="")
    if not (phone is None or isinstance(phone, str)):
        raise UnusablePhone(where="")
    if not (email is None or isinstance(email, str)):
        raise UnusableEmail(where="")
    return Account(
        id=new_id(),
        login=work.seals.seal(login),
        login_index=work.seals.index(login),
        password_hash=password_hash,
        name=work.seals.seal(name),
        phone=work.seals.seal_or_none(phone),
        email=work.seals.seal_or_none(email),
        unit_id=command.unit_id,
        language="zh",
        is_active=True,
        version=1,
    )


def grant_role(work: Work, command: GrantRole, now: datetime) -> Done:
    """Give an account a role in an area, which it has when it signs in again; a second time changes nothing.

    Raises `WrongScope` (a unit's officer is made with the account), `UnknownArea`, `RoleAboveOwn`,
    `UnknownAccount`.
    """
    if command.role not in STAFF_ROLES:
        work.permitted_scopes()
        raise WrongScope()
    _permit_role(work, command.role, _existing_area(work, command.area_path))
    account = _active_account(work, command.login)
    grant = Grant(command.role, command.area_path)
    if grant not in grants_of(work.session, [account])[account.id]:
        _add_grant(work, account, command.role, command.area_path, now)
        work.record("role_granted", _subject(account, grant.role, grant.scope), now)
        _announce_other_rights(work, account, now)
    return Done(id=account.id)


def revoke_role(work: Work, command: RevokeRole, now: datetime) -> Done:
    """Take a role from an account and end its sessions.

    Raises `RoleAboveOwn`, `UnknownAccount`, `UnknownGrant`.
    """
    work.permitted_scopes()
    account = _active_account(work, command.login)
    grant = Grant(command.role, command.area_path)
    if grant not in grants_of(work.session, [account])[account.id]:
        raise UnknownGrant()
    _permit_role(work, grant.role, _care_path(work, account, grant))
    if grant.role is Role.UNIT_OFFICER:
        account.unit_id = None
    else:
        row = work.session.get_one(AccountGrant, (account.id, grant.role.value, grant.scope))
        work.session.delete(row)
    work.record("role_revoked", _subject(account, grant.role, grant.scope), now)
    _announce_other_rights(work, account, now)
    return Done(id=account.id)


def count_own_password_try(
    work: Work, command: ChangePassword, now: datetime, *, settings: DirectorySettings
) -> str:
    """Count a try before the old password is looked at; return the hash it is held against.

    Raises `WeakPassword` for a new one that does not do, `TooManyTries`.
    """
    account = _own_account(work, command)
    if not is_strong(command.new_password, work.seals.open(account.login)):
        raise WeakPassword()
    count_try(work, account.login_index, now, settings)
    return account.password_hash


def change_password(
    work: Work, command: ChangePassword, now: datetime, *, proven: str | None, password_hash: str
) -> SignedIn:
    """Give the caller's account a new password; `proven` is the hash that the old one fitted, if any.

    All its sessions end, and the caller is signed in anew. Raises `WrongPassword` when `proven` is not the
    hash of the account (any more).
    """
    account = _own_account(work, command)
    if proven is None or account.password_hash != proven:
        raise WrongPassword()
    account.password_hash = password_hash
    forgive_tries(work, account.login_index)
    work.record("password_changed", str(account.id), now)
    end_sessions_of_accounts(work, [account.id], now)
    work.session.refresh(account)
    return staff_signed_in(work, account)


def check_reset(work: Work, command: ResetPassword) -> None:
    """Refuse what `reset_password` would refuse, before the password is hashed."""
    account = _account_to_rule_over(work, command)
    if not is_strong(command.password, work.seals.open(account.login)):
        raise WeakPassword()


def reset_password(work: Work, command: ResetPassword, now: datetime, *, password_hash: str) -> Done:
    """Give an account another password and end its sessions, since somebody may have learned the old one.

    Raises `UnknownAccount`, `RoleAboveOwn`, `WeakPassword`.
    """
    check_reset(work, command)
    account = _account_to_rule_over(work, command)
    account.password_hash = password_hash
    forgive_tries(work, account.login_index)
    work.record("password_reset", str(account.id), now)
    end_sessions_of_accounts(work, [account.id], now)
    return Done(id=account.id)


def close_account(work: Work, command: CloseAccount, now: datetime) -> Done:
    """Close an account and end its sessions. Raises as `reset_password`."""
    account = _account_to_rule_over(work, command)
    account.is_active = False
    work.record("account_closed", str(account.id), now)
    _announce_other_rights(work, account, now)
    return Done(id=account.id)


# -- rights over rights


def _permit_role(work: Work, role: Role, path: str) -> None:
    """Go on only when the caller manages accounts at `path` and `role` is not above their own there."""
    work.permit(path)
    if work.request is None or not may_give(work.request.by, role, path):
        raise RoleAboveOwn()


def _account_to_rule_over(work: Work, command: ResetPassword | CloseAccount) -> Account:
    """Return an active account all of whose roles the caller could give; without roles, an operator's."""
    work.permitted_scopes()
    account = _active_account(work, command.login)
    grants = grants_of(work.session, [account])[account.id]
    for grant in grants:
        _permit_role(work, grant.role, _care_path(work, account, grant))
    if not grants:
        work.permit(EVERYWHERE)
    return account


def _place_of(work: Work, command: AddAccount) -> str:
    """Return the area path at which the first role is given; raise `WrongScope` when the two do not fit."""
    if command.role is Role.UNIT_OFFICER and command.unit_id and not command.area_path:
        unit = _unit(work, command.unit_id)
        if not unit.is_active:
            _refuse_unseen(work, UnknownUnit(where=""))
        return unit.care_path
    if command.role in STAFF_ROLES and command.area_path and not command.unit_id:
        return _existing_area(work, command.area_path)
    work.permitted_scopes()
    raise WrongScope()


def _scope_of(work: Work, command: AddAccount) -> str:
    return command.area_path or _unit(work, command.unit_id).path


def _care_path(work: Work, account: Account, grant: Grant) -> str:
    return _unit(work, account.unit_id).care_path if grant.role is Role.UNIT_OFFICER else grant.scope


def _existing_area(work: Work, path: str) -> str:
    if path != EVERYWHERE and work.session.scalar(select(Area.id).where(Area.path == storable(path))) is None:
        _refuse_unseen(work, UnknownArea(where=""))
    return path


def _unit(work: Work, unit_id: UUID | None) -> Unit:
    unit = work.session.get(Unit, unit_id) if unit_id else None
    if unit is None:
        _refuse_unseen(work, UnknownUnit(where=""))
    return unit


def _refuse_unseen(work: Work, refusal: Exception) -> NoReturn:
    """Raise `refusal`, to callers only who manage accounts somewhere."""
    work.permitted_scopes()
    raise refusal


# -- accounts by login


def _usable_login(written: str) -> str:
    login = login_of(written)
    if login is None:
        raise UnusableLogin()
    return login


def _account_named(work: Work, login_index: str) -> Account | None:
    return work.session.scalar(select(Account).where(Account.login_index == login_index))


def _active_account(work: Work, written: str) -> Account:
    login = login_of(written)
    account = _account_named(work, work.seals.index(login)) if login else None
    if account is None or not account.is_active:
        raise UnknownAccount()
    return account


def _own_account(work: Work, request: Request) -> Account:
    work.permit_self(request.by.account_id)
    account = work.session.get(Account, request.by.account_id)
    if account is None or not account.is_active:
        raise UnknownAccount()
    return account


def _add_grant(work: Work, account: Account, role: Role, scope: str, now: datetime) -> None:
    work.session.add(AccountGrant(account_id=account.id, role=role.value, scope=scope, granted_at=now))


def _announce_other_rights(work: Work, account: Account, now: datetime) -> None:
    """Tell what the account may do now; what it was told at its sign-in is past."""
    account.version += 1
    work.session.flush()
    announce_accounts(work, account_copies(work.session, [account]))
    end_sessions_of_accounts(work, [account.id], now)


def _subject(account: Account, role: Role, scope: str) -> str:
    return f"{account.id} {role.value} {scope}"
