"""The verbs of signing in: members with a one-time code, staff with a password.

A wrong try must count although it is refused. So a refusal that follows a count is returned, not raised: the
door raises it after the count is committed.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from services.chassis.contracts import Done, Sealed, new_id
from services.chassis.sheets import read_phone
from services.chassis.work import Work
from services.directory.contracts import (
    RequestSignInCode,
    SignedIn,
    SignInCodeIssued,
    SignInWithCode,
    SignInWithPassword,
    TooManyCodes,
    UnusablePhone,
    WrongCode,
    WrongPassword,
)
from services.directory.domain.accounts import login_of
from services.directory.domain.people import can_receive_messages
from services.directory.domain.sign_in import CODE_DIGITS, code_as_typed, network_of, next_allowed_at
from services.directory.models import Account, Member, SignInCode
from services.directory.queries.accounts import member_signed_in, staff_signed_in
from services.directory.settings import DirectorySettings
from services.directory.usecases.allowances import (
    DAY,
    count_try,
    forget_ended,
    forgive_tries,
    seconds_until,
    use_up,
)
from services.directory.usecases.turns import wait_for_turn

_FORGOTTEN_AT_ONCE = 100


# -- members


def request_sign_in_code(
    work: Work, command: RequestSignInCode, now: datetime, *, settings: DirectorySettings
) -> Done:
    """Issue a one-time code; a phone that no member has gets one too, which nobody is told.

    So answer, limits and work done are the same for every phone. Raises `UnusablePhone` for what is no phone
    that can receive messages, `TooManyCodes`.
    """
    phone = read_phone(command.phone, None)
    if not isinstance(phone, str) or not can_receive_messages(phone):
        raise UnusablePhone(where="")
    index = work.seals.index(phone)
    wait_for_turn(work.session, f"sign-in {index}")
    member = _active_member(work, index)
    _keep_within_limits(work, command.address, index, is_sent=member is not None, now=now, settings=settings)
    _issue_code(work, index, member, now, settings)
    _forget_old_codes(work, now)
    return Done()


def _active_member(work: Work, phone_index: str) -> Member | None:
    return work.session.scalar(select(Member).where(Member.phone_index == phone_index, Member.is_active))


def _keep_within_limits(
    work: Work, address: str, phone_index: str, *, is_sent: bool, now: datetime, settings: DirectorySettings
) -> None:
    """Raise `TooManyCodes` when this request passes a limit of its phone, its network, or the whole house."""
    of_this_phone = select(SignInCode.issued_at).where(
        SignInCode.phone_index == phone_index, SignInCode.issued_at > now - DAY
    )
    limits = (
        (timedelta(seconds=settings.seconds_between_codes), 1),
        (timedelta(hours=1), settings.codes_per_phone_and_hour),
        (DAY, settings.codes_per_phone_and_day),
    )
    allowed_at = next_allowed_at(work.session.scalars(of_this_phone), now, limits)
    if allowed_at > now:
        raise TooManyCodes(retry_after=seconds_until(allowed_at, now))
    network = network_of(address)
    if network:
        used = use_up(work.session, f"codes for {work.seals.index(network)}", now, DAY)
        if used.before >= settings.codes_per_network_and_day:
            raise TooManyCodes(retry_after=seconds_until(used.ends_at, now))
    used = use_up(work.session, "codes", now, DAY, amount=int(is_sent))
    if used.before >= settings.codes_per_day:
        raise TooManyCodes(retry_after=seconds_until(used.ends_at, now))


def _issue_code(
    work: Work, phone_index: str, member: Member | None, now: datetime, settings: DirectorySettings
) -> None:
    code_id, code = new_id(), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    issued = SignInCode(
        id=code_id,
        phone_index=phone_index,
        member_id=member.id if member else None,
        code_index=work.seals.index(f"{code_id} {code}"),
        issued_at=now,
        expires_at=now + timedelta(minutes=settings.code_minutes),
        wrong_tries=0,
    )
    work.session.add(issued)
    sealed = work.seals.seal(code)
    if member:
        work.announce(
            SignInCodeIssued(
                code_id=code_id,
                member_id=member.id,
                phone=Sealed(member.phone),
                code=sealed,
                expires_at=issued.expires_at,
                language=member.language,
            )
        )


def _forget_old_codes(work: Work, now: datetime) -> None:
    """Remove some codes that no limit looks at any more."""
    old = select(SignInCode.id).where(SignInCode.issued_at < now - 2 * DAY).order_by(SignInCode.issued_at)
    some = old.limit(_FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True).scalar_subquery()
    work.session.execute(
        delete(SignInCode).where(SignInCode.id.in_(some)), execution_options={"synchronize_session": False}
    )
    forget_ended(work.session, now)


def sign_in_with_code(
    work: Work, command: SignInWithCode, now: datetime, *, settings: DirectorySettings
) -> SignedIn | WrongCode:
    """Sign a member in with the newest code of their phone, once.

    Return `WrongCode`, after counting it, when the code is another, used, too old, or was tried too often.
    """
    phone = read_phone(command.phone, None)
    code = _newest_code(work, work.seals.index(str(phone)))
    if code is None or code.used_at or now >= code.expires_at or code.wrong_tries >= settings.tries_per_code:
        return WrongCode()
    if not hmac.compare_digest(code.code_index, work.seals.index(f"{code.id} {code_as_typed(command.code)}")):
        code.wrong_tries += 1
        return WrongCode()
    code.used_at = now
    member = work.session.get(Member, code.member_id) if code.member_id else None
    if member is None or not member.is_active or member.phone_index != code.phone_index:
        return WrongCode()
    member.signed_in_at = now
    return member_signed_in(work, member)


def _newest_code(work: Work, phone_index: str) -> SignInCode | None:
    newest = (
        select(SignInCode).where(SignInCode.phone_index == phone_index).order_by(SignInCode.issued_at.desc())
    )
    return work.session.scalar(newest.limit(1).with_for_update())


# -- staff


def count_password_try(
    work: Work, command: SignInWithPassword, now: datetime, *, settings: DirectorySettings
) -> str | None:
    """Count a try before the password is looked at; return the hash it is held against, None for nobody's.

    Raises `TooManyTries`, for logins that nobody has too.
    """
    count_try(work, _login_index(work, command), now, settings)
    account = _account_of(work, command)
    return account.password_hash if account else None


def sign_in_with_password(
    work: Work, command: SignInWithPassword, now: datetime, *, proven: str | None
) -> SignedIn:
    """Sign an account in; `proven` is the hash that the password fitted, None when it fitted none.

    Raises `WrongPassword`, which says neither whether the login exists nor whether the account is closed.
    """
    account = _account_of(work, command)
    if proven is None or account is None or account.password_hash != proven:
        raise WrongPassword()
    forgive_tries(work, account.login_index)
    return staff_signed_in(work, account)


def _account_of(work: Work, command: SignInWithPassword) -> Account | None:
    is_named = Account.login_index == _login_index(work, command)
    return work.session.scalar(select(Account).where(is_named, Account.is_active))


def _login_index(work: Work, command: SignInWithPassword) -> str:
    return work.seals.index(login_of(command.login) or command.login)
