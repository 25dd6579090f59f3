"""Accounts and their rights on a real database: who gives what where, passwords, the audit chain."""

from functools import partial
from uuid import UUID, uuid4

import pytest

from services.chassis.audit import first_broken_link
from services.chassis.refusals import NotPermitted, Refusal, SignInNeeded
from services.chassis.rights import ANYONE, EVERYWHERE, Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory import passwords, queries, usecases
from services.directory.contracts import (
    AccountsChanged,
    ChangePassword,
    CloseAccount,
    GrantRole,
    ListAccounts,
    LoginTaken,
    NewUnit,
    ResetPassword,
    RevokeRole,
    RoleAboveOwn,
    TooManyTries,
    UnknownAccount,
    UnknownArea,
    UnknownGrant,
    UnknownUnit,
    UnusableEmail,
    UnusableLogin,
    UnusableName,
    UnusablePhone,
    WeakPassword,
    WhoAmI,
    WrongPassword,
    WrongScope,
)
from services.directory.models import Base
from services.directory.settings import DirectorySettings
from tests.support.directory import (
    CHENZHOU,
    CITY,
    MAY_REACH,
    OPERATOR,
    PASSWORD,
    PLACES_OF_RIGHTS,
    WENCHANG,
    WENMING,
    a_city,
    add_account,
    announced,
    count,
    officer_at,
    refused,
    register_units,
    sign_in,
    staff,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

NEW_PASSWORD = "another battery staple"


def grant(workshop: Workshop, login: str, role: Role, path: str, by: Actor = OPERATOR) -> None:
    """Give a role."""
    workshop.run(GrantRole(by=by, login=login, role=role, area_path=path), usecases.grant_role)


def revoke(workshop: Workshop, login: str, role: Role, path: str, by: Actor = OPERATOR) -> None:
    """Take a role."""
    workshop.run(RevokeRole(by=by, login=login, role=role, area_path=path), usecases.revoke_role)


def reset(workshop: Workshop, login: str, by: Actor = OPERATOR, password: str = NEW_PASSWORD) -> None:
    """Give an account another password, as the door does."""
    command = ResetPassword(by=by, login=login, password=password)
    hashed = passwords.hash_password(password)
    workshop.run(command, partial(usecases.reset_password, password_hash=hashed))


def change_password(workshop: Workshop, by: Actor, old: str, new: str = NEW_PASSWORD) -> None:
    """Change one's own password, as the door does."""
    command = ChangePassword(by=by, old_password=old, new_password=new)
    kept = workshop.run(command, partial(usecases.count_own_password_try, settings=DirectorySettings()))
    changing = partial(
        usecases.change_password,
        proven=passwords.proven_hash(kept, old),
        password_hash=passwords.hash_password(new),
    )
    workshop.run(command, changing)


def assert_audit(workshop: Workshop, *actions: str) -> None:
    """Check that the audit chain holds exactly these actions and is whole."""
    audit = Base.metadata.tables["directory.audit"]
    with workshop.engine.connect() as connection:
        rows = connection.execute(audit.select().order_by(audit.c.id)).all()
        assert [row.action for row in rows] == list(actions)
        assert first_broken_link(connection, Base.metadata, workshop.seals) is None


def test_an_account_signs_in_with_its_role(workshop: Workshop) -> None:
    a_city(workshop)
    added = add_account(workshop, "Zhang.Yan", area_path=WENMING, phone="13812345678", email="z@example.com")
    signed_in = sign_in(workshop, " zhang.yan ")
    assert signed_in.name == "李翔"
    assert signed_in.actor == Actor(
        account_id=added.id, grants=(Grant(Role.COMMUNITY_WORKER, WENMING),), language="zh"
    )
    (copy,) = announced(workshop, AccountsChanged)[-1].accounts
    assert (copy.id, copy.grants, workshop.seals.open(copy.name)) == (
        added.id,
        signed_in.actor.grants,
        "李翔",
    )
    assert_audit(workshop, "account_added", "role_granted")


def test_a_units_officer_has_their_role_at_the_unit(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (unit,) = register_units(workshop, areas[WENCHANG], NewUnit(name="人社局")).items
    officer = {"role": Role.UNIT_OFFICER, "unit_id": unit.id}
    add_account(workshop, "rsj", by=officer_at(WENCHANG), **officer)
    actor = sign_in(workshop, "rsj").actor
    assert (actor.unit_id, actor.grants) == (unit.id, (Grant(Role.UNIT_OFFICER, unit.path),))
    with refused(NotPermitted):
        add_account(workshop, "rsj-2", by=officer_at(CHENZHOU), **officer)
    revoke(workshop, "rsj", Role.UNIT_OFFICER, unit.path, by=officer_at(WENCHANG))
    assert sign_in(workshop, "rsj").actor.grants == ()


@pytest.mark.parametrize("relation", PLACES_OF_RIGHTS)
def test_roles_are_given_and_taken_within_ones_own_area(workshop: Workshop, relation: str) -> None:
    a_city(workshop)
    place, target = PLACES_OF_RIGHTS[relation]
    by = officer_at(place)
    add_account(workshop, "somebody", area_path=CHENZHOU)
    if MAY_REACH[relation]:
        grant(workshop, "somebody", Role.GRID_WORKER, target, by=by)
        revoke(workshop, "somebody", Role.GRID_WORKER, target, by=by)
        add_account(workshop, "newcomer", by=by, area_path=target)
        reset(workshop, "newcomer", by=by)
        workshop.run(CloseAccount(by=by, login="newcomer"), usecases.close_account)
    else:
        add_account(workshop, "newcomer", area_path=target)
        with refused(NotPermitted):
            grant(workshop, "somebody", Role.GRID_WORKER, target, by=by)
        with refused(NotPermitted):
            revoke(workshop, "newcomer", Role.COMMUNITY_WORKER, target, by=by)
        with refused(NotPermitted):
            reset(workshop, "newcomer", by=by)
        with refused(NotPermitted):
            workshop.run(CloseAccount(by=by, login="newcomer"), usecases.close_account)
        with refused(NotPermitted):
            add_account(workshop, "another", by=by, area_path=target)


def test_nobody_gives_a_role_above_their_own(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    grant(workshop, "somebody", Role.OFFICER, WENCHANG, by=officer_at(CITY))
    with refused(RoleAboveOwn):
        grant(workshop, "somebody", Role.OPERATOR, CITY, by=officer_at(CITY))
    with refused(RoleAboveOwn):
        add_account(workshop, "operator", by=officer_at(CITY), role=Role.OPERATOR, area_path=CITY)
    with refused(NotPermitted):
        grant(workshop, "somebody", Role.GRID_WORKER, WENMING, by=worker_at(WENMING))
    grant(workshop, "somebody", Role.OPERATOR, EVERYWHERE)
    with refused(RoleAboveOwn):
        revoke(workshop, "somebody", Role.OPERATOR, EVERYWHERE, by=staff(Role.OFFICER, EVERYWHERE))


def test_an_account_with_more_rights_than_the_callers_is_not_taken_over(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", by=officer_at(WENCHANG), area_path=WENMING)
    reset(workshop, "somebody", by=officer_at(WENCHANG))
    grant(workshop, "somebody", Role.OFFICER, CITY)
    with refused(NotPermitted):
        reset(workshop, "somebody", by=officer_at(WENCHANG))
    revoke(workshop, "somebody", Role.OFFICER, CITY)
    revoke(workshop, "somebody", Role.COMMUNITY_WORKER, WENMING)
    with refused(NotPermitted):  # without roles it is the operator's
        reset(workshop, "somebody", by=officer_at(CITY))
    reset(workshop, "somebody")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"login": "ab", "area_path": CITY}, UnusableLogin),
        ({"login": "张燕燕", "area_path": CITY}, UnusableLogin),
        ({"login": "a b c", "area_path": CITY}, UnusableLogin),
        ({"login": "taken", "area_path": CITY}, LoginTaken),
        ({"password": "123456789", "area_path": CITY}, WeakPassword),
        ({"password": "aaaaaaaaaaaa", "area_path": CITY}, WeakPassword),
        ({"password": "my-newcomer-1", "area_path": CITY}, WeakPassword),
        ({"password": "long" * 51, "area_path": CITY}, WeakPassword),
        ({"name": "  ", "area_path": CITY}, UnusableName),
        ({"phone": "1", "area_path": CITY}, UnusablePhone),
        ({"email": "x", "area_path": CITY}, UnusableEmail),
        ({"area_path": "/nowhere/"}, UnknownArea),
        ({"role": Role.UNIT_OFFICER, "unit_id": uuid4()}, UnknownUnit),
        ({"role": Role.UNIT_OFFICER, "area_path": CITY}, WrongScope),
        ({"role": Role.MEMBER, "area_path": CITY}, WrongScope),
        ({"unit_id": uuid4()}, WrongScope),
        ({}, WrongScope),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    workshop: Workshop, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    a_city(workshop)
    add_account(workshop, "taken", area_path=CITY)
    with refused(refusal):
        add_account(workshop, **({"login": "newcomer"} | changes))  # type: ignore[arg-type]
    assert count(workshop, "account") == 1


def test_giving_a_role_again_changes_nothing_and_taking_one_never_given_is_refused(
    workshop: Workshop,
) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    grant(workshop, "somebody", Role.COMMUNITY_WORKER, WENMING)
    assert len(announced(workshop, AccountsChanged)) == 1
    with refused(UnknownGrant):
        revoke(workshop, "somebody", Role.GRID_WORKER, WENMING)
    with refused(UnknownAccount):
        grant(workshop, "nobody", Role.GRID_WORKER, WENMING)
    with refused(WrongScope):
        grant(workshop, "somebody", Role.UNIT_OFFICER, WENMING)
    with refused(UnknownArea):
        grant(workshop, "somebody", Role.GRID_WORKER, "/nowhere/")
    assert_audit(workshop, "account_added", "role_granted")


def test_every_change_of_rights_is_in_the_audit_chain(workshop: Workshop) -> None:
    a_city(workshop)
    added = add_account(workshop, "somebody", area_path=WENMING)
    grant(workshop, "somebody", Role.OFFICER, WENCHANG, by=officer_at(CITY))
    revoke(workshop, "somebody", Role.OFFICER, WENCHANG)
    change_password(workshop, sign_in(workshop, "somebody").actor, PASSWORD)
    reset(workshop, "somebody")
    workshop.run(CloseAccount(by=OPERATOR, login="somebody"), usecases.close_account)
    assert_audit(
        workshop,
        "account_added",
        "role_granted",
        "role_granted",
        "role_revoked",
        "password_changed",
        "password_reset",
        "account_closed",
    )
    assert (
        count(workshop, "audit", f"actor = '{UUID(int=1)}' AND subject LIKE '{added.id} officer {WENCHANG}'")
        == 1
    )


def test_a_closed_account_is_out(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    actor = sign_in(workshop, "somebody").actor
    workshop.run(CloseAccount(by=OPERATOR, login="somebody"), usecases.close_account)
    with refused(SignInNeeded):
        workshop.read(WhoAmI(by=actor), queries.who_am_i)
    with refused(WrongPassword):
        sign_in(workshop, "somebody")
    with refused(LoginTaken):
        add_account(workshop, "somebody", area_path=WENMING)
    assert announced(workshop, AccountsChanged)[-1].accounts[0].is_active is False


def test_who_am_i_tells_the_rights_of_now(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    at_sign_in = sign_in(workshop, "somebody").actor
    grant(workshop, "somebody", Role.OFFICER, WENCHANG)
    now = workshop.read(WhoAmI(by=at_sign_in), queries.who_am_i)
    assert now.actor.grants == (Grant(Role.OFFICER, WENCHANG), *at_sign_in.grants)
    assert now.name == "李翔"
    with refused(SignInNeeded):
        workshop.read(WhoAmI(by=ANYONE), queries.who_am_i)


def test_a_password_is_changed_with_the_old_one_only(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    actor = sign_in(workshop, "somebody").actor
    with refused(WrongPassword):
        change_password(workshop, actor, "not the old one")
    with refused(WeakPassword):
        change_password(workshop, actor, PASSWORD, new="short")
    change_password(workshop, actor, PASSWORD)
    with refused(WrongPassword):
        sign_in(workshop, "somebody")
    sign_in(workshop, "somebody", NEW_PASSWORD)


def test_wrong_passwords_are_counted_for_known_and_unknown_logins_alike(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    few = DirectorySettings(tries_per_password=2)
    for login in ("somebody", "nobody", "没有这个人"):
        for _ in range(2):
            with refused(WrongPassword):
                sign_in(workshop, login, "wrong password", few)
        with refused(TooManyTries):
            sign_in(workshop, login, PASSWORD, few)
    reset(workshop, "somebody")
    sign_in(workshop, "somebody", NEW_PASSWORD, few)


def test_a_right_password_forgives_the_wrong_ones_before(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    few = DirectorySettings(tries_per_password=2)
    for _ in range(3):
        with refused(WrongPassword):
            sign_in(workshop, "somebody", "wrong password", few)
        sign_in(workshop, "somebody", PASSWORD, few)


def test_accounts_are_listed_where_they_have_a_role(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (unit,) = register_units(workshop, areas[WENCHANG], NewUnit(name="人社局")).items
    add_account(workshop, "worker", area_path=WENMING)
    add_account(workshop, "unit-officer", role=Role.UNIT_OFFICER, unit_id=unit.id)
    add_account(workshop, "city", role=Role.OFFICER, area_path=CITY)

    def logins(by: Actor, path: str) -> list[str]:
        query = ListAccounts(by=by, area_id=areas[path].id)
        return [account.login for account in workshop.read(query, queries.list_accounts).items]

    assert logins(officer_at(WENCHANG), WENCHANG) == ["worker", "unit-officer"]
    assert logins(officer_at(CITY), CITY) == ["worker", "unit-officer", "city"]
    assert logins(officer_at(CITY), CHENZHOU) == []
    with refused(NotPermitted):
        logins(officer_at(CHENZHOU), WENCHANG)
    with refused(NotPermitted):
        logins(worker_at(WENCHANG), WENCHANG)
