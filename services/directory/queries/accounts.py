"""Reading accounts: their grants, how others keep them, and who has a role where."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.chassis.contracts import Sealed
from services.chassis.paging import one_more, page_of
from services.chassis.refusals import SignInNeeded
from services.chassis.rights import Actor, Grant, Role
from services.chassis.sealing import mask_name
from services.chassis.work import Work
from services.directory.contracts import (
    AccountCopy,
    AccountList,
    AccountView,
    ListAccounts,
    SignedIn,
    WhoAmI,
)
from services.directory.domain.sign_in import member_actor
from services.directory.models import Account, AccountGrant, Member, Unit
from services.directory.queries.areas import area_of
from services.directory.queries.paging import after_id


def grants_of(session: Session, accounts: Iterable[Account]) -> dict[UUID, tuple[Grant, ...]]:
    """Return the grants by account: the roles in areas, and a unit's officer's at the path of the unit."""
    ids = [account.id for account in accounts]
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    in_areas = select(AccountGrant).where(AccountGrant.account_id.in_(ids))
    for row in session.scalars(in_areas.order_by(AccountGrant.scope, AccountGrant.role)):
        grants[row.account_id].append(Grant(Role(row.role), row.scope))
    in_units = select(Account.id, Unit.path).join(Unit, Account.unit_id == Unit.id)
    for account_id, path in session.execute(in_units.where(Account.id.in_(ids))):
        grants[account_id].append(Grant(Role.UNIT_OFFICER, path))
    return {account_id: tuple(grants[account_id]) for account_id in ids}


def account_copies(session: Session, accounts: Sequence[Account]) -> list[AccountCopy]:
    """Return accounts as others keep them."""
    grants = grants_of(session, accounts)
    return [
        AccountCopy(
            id=account.id,
            name=Sealed(account.name),
            phone=Sealed(account.phone) if account.phone else None,
            email=Sealed(account.email) if account.email else None,
            grants=grants[account.id],
            language=account.language,
            is_active=account.is_active,
            version=account.version,
        )
        for account in accounts
    ]


def list_accounts(work: Work, query: ListAccounts) -> AccountList:
    """Return the accounts with a role at or below an area, and the officers of its units; oldest first."""
    area = area_of(work.session, query.area_id)
    work.permit(area.path)
    staff = select(AccountGrant.account_id).where(AccountGrant.scope.startswith(area.path, autoescape=True))
    units = select(Unit.id).where(Unit.care_path.startswith(area.path, autoescape=True))
    is_here = or_(Account.id.in_(staff), Account.unit_id.in_(units))
    wanted = select(Account).where(is_here).order_by(Account.id)
    if after := after_id(query):
        wanted = wanted.where(Account.id > after)
    accounts, following = page_of(work.session.scalars(one_more(wanted, query)), query)
    return AccountList(items=_views(work, accounts), next=following)


def _views(work: Work, accounts: Sequence[Account]) -> list[AccountView]:
    grants = grants_of(work.session, accounts)
    return [
        AccountView(
            id=account.id,
            login=work.seals.open(account.login),
            name=mask_name(work.seals.open(account.name)),
            grants=grants[account.id],
            unit_id=account.unit_id,
            is_active=account.is_active,
        )
        for account in accounts
    ]


def who_am_i(work: Work, query: WhoAmI) -> SignedIn:
    """Return the caller's name and rights as they are now; raise `SignInNeeded` when they are closed out."""
    work.permit_self(query.by.account_id, query.by.member_id)
    account = work.session.get(Account, query.by.account_id) if query.by.account_id else None
    member = work.session.get(Member, query.by.member_id) if query.by.member_id else None
    if account and account.is_active:
        return staff_signed_in(work, account)
    if member and member.is_active:
        return member_signed_in(work, member)
    raise SignInNeeded()


def staff_signed_in(work: Work, account: Account) -> SignedIn:
    """Return an account with its rights as one who has signed in."""
    actor = Actor(
        account_id=account.id,
        unit_id=account.unit_id,
        grants=grants_of(work.session, [account])[account.id],
        language=account.language,
    )
    name = work.seals.open(account.name)
    return SignedIn(actor=actor, name=name, sessions_ended=account.sessions_ended)


def member_signed_in(work: Work, member: Member) -> SignedIn:
    """Return a member as one who has signed in."""
    actor = member_actor(member.id, member.unit_id, member.language)
    name = work.seals.open(member.name)
    return SignedIn(actor=actor, name=name, sessions_ended=member.sessions_ended)
