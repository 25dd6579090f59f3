"""Whose sessions end, and when: whoever was closed out or has other rights signs in again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.chassis.clock import SimulatedClock
from services.chassis.rights import ANYONE, Actor, Role
from services.chassis.work import Workshop
from services.directory import passwords, queries, usecases
from services.directory.contracts import (
    AreaKind,
    ChangeMemberPhone,
    ChangePassword,
    CloseAccount,
    GrantRole,
    ListAreas,
    ListEndedSessions,
    NewUnit,
    RemoveMember,
    RequestSignInCode,
    ResetPassword,
    RevokeRole,
    SessionsEnded,
    SetFreeHours,
    SignedIn,
    SignInCodeIssued,
    SignInWithCode,
    WrongCode,
)
from services.directory.models import Member
from services.directory.settings import DirectorySettings
from tests.support.directory import (
    CITY,
    OPERATOR,
    PASSWORD,
    WENCHANG,
    WENMING,
    a_city,
    a_member,
    add_account,
    announced,
    register,
    register_units,
    sign_in,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NEW_PASSWORD = "another battery staple"
PHONE, NEW_PHONE = "13812345678", "13900000001"


def ended(workshop: Workshop, since: datetime = LONG_AGO, limit: int = 200) -> list[SessionsEnded]:
    """Return whose sessions were ended, read a page at a time."""
    page = workshop.read(ListEndedSessions(since=since, limit=limit), queries.list_ended_sessions)
    items = list(page.items)
    while page.next:
        query = ListEndedSessions(since=since, limit=limit, after=page.next)
        page = workshop.read(query, queries.list_ended_sessions)
        items += page.items
    return items


def grant(workshop: Workshop, login: str, role: Role = Role.OFFICER, path: str = WENCHANG) -> None:
    """Give a role."""
    workshop.run(GrantRole(by=OPERATOR, login=login, role=role, area_path=path), usecases.grant_role)


def revoke(workshop: Workshop, login: str) -> None:
    """Take the first role."""
    command = RevokeRole(by=OPERATOR, login=login, role=Role.COMMUNITY_WORKER, area_path=WENMING)
    workshop.run(command, usecases.revoke_role)


def reset(workshop: Workshop, login: str) -> None:
    """Give another password."""
    hashed = passwords.hash_password(NEW_PASSWORD)
    command = ResetPassword(by=OPERATOR, login=login, password=NEW_PASSWORD)
    workshop.run(command, partial(usecases.reset_password, password_hash=hashed))


def close(workshop: Workshop, login: str) -> None:
    """Close the account."""
    workshop.run(CloseAccount(by=OPERATOR, login=login), usecases.close_account)


def change_password(workshop: Workshop, by: Actor) -> SignedIn:
    """Change one's own password, as the door does."""
    command = ChangePassword(by=by, old_password=PASSWORD, new_password=NEW_PASSWORD)
    kept = workshop.run(command, partial(usecases.count_own_password_try, settings=DirectorySettings()))
    hashed = passwords.hash_password(NEW_PASSWORD)
    proven = passwords.proven_hash(kept, PASSWORD)
    changing = partial(usecases.change_password, proven=proven, password_hash=hashed)
    answer: SignedIn = workshop.run(command, changing)
    return answer


@pytest.mark.parametrize("deed", [grant, revoke, reset, close])
def test_an_account_is_signed_out_by_whatever_changes_who_it_is(
    workshop: Workshop, simulated_clock: SimulatedClock, deed: Callable[[Workshop, str], None]
) -> None:
    a_city(workshop)
    added = add_account(workshop, "somebody", area_path=WENMING)
    add_account(workshop, "neighbour", area_path=WENMING)
    assert sign_in(workshop, "somebody").sessions_ended == 0
    deed(workshop, "somebody")
    assert ended(workshop) == [SessionsEnded(id=added.id, times=1, ended_at=simulated_clock.now())]


def test_a_role_that_the_account_has_already_signs_nobody_out(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    grant(workshop, "somebody", Role.COMMUNITY_WORKER, WENMING)
    assert ended(workshop) == []


def test_who_signs_in_again_has_a_session_of_after_the_last_end(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    grant(workshop, "somebody")
    reset(workshop, "somebody")
    (known,) = ended(workshop)
    assert sign_in(workshop, "somebody", NEW_PASSWORD).sessions_ended == known.times == 2


def test_who_changes_their_own_password_goes_on_and_whoever_else_had_it_is_out(workshop: Workshop) -> None:
    a_city(workshop)
    add_account(workshop, "somebody", area_path=WENMING)
    before = sign_in(workshop, "somebody")
    after = change_password(workshop, before.actor)
    (known,) = ended(workshop)
    assert (before.sessions_ended, after.sessions_ended, known.times) == (0, 1, 1)
    assert after.actor == before.actor


def test_an_officer_whose_unit_is_moved_in_the_tree_signs_in_again(workshop: Workshop) -> None:
    areas = a_city(workshop)
    units = register_units(workshop, areas[WENCHANG], NewUnit(name="人社局"), NewUnit(name="市政府")).items
    added = add_account(workshop, "rsj", role=Role.UNIT_OFFICER, unit_id=units[0].id)
    register_units(workshop, areas[WENCHANG], NewUnit(name="人社局", parent_name="市政府"))
    assert [one.id for one in ended(workshop)] == [added.id]


# ------------------------------------------------------------ members


def a_signed_in_member(workshop: Workshop) -> UUID:
    """Add a member who signed in once; return their id."""
    register(workshop, a_city(workshop)[WENMING], a_member(phone=PHONE))
    with workshop.open() as work:
        work.session.execute(update(Member).values(signed_in_at=LONG_AGO))
        (member,) = work.session.scalars(select(Member.id))
    return member


def leave(workshop: Workshop, member: UUID) -> None:
    """Let a member go."""
    workshop.run(RemoveMember(by=OPERATOR, member_id=member), usecases.remove_member)


def change_phone(workshop: Workshop, member: UUID) -> None:
    """Give a member another phone."""
    command = ChangeMemberPhone(by=OPERATOR, member_id=member, phone=NEW_PHONE)
    workshop.run(command, usecases.change_member_phone)


def change_unit(workshop: Workshop, member: UUID) -> None:
    """Let a member register again, with a unit."""
    city = workshop.read(ListAreas(by=OPERATOR, kind=AreaKind.CITY), queries.list_areas).items[0]
    register_units(workshop, city, NewUnit(name="人社局"))
    register(workshop, city, a_member(phone=PHONE, unit_name="人社局"))


@pytest.mark.parametrize("deed", [leave, change_phone, change_unit])
def test_a_member_is_signed_out_when_they_leave_or_have_another_phone_or_unit(
    workshop: Workshop, deed: Callable[[Workshop, UUID], None]
) -> None:
    member = a_signed_in_member(workshop)
    deed(workshop, member)
    assert [(one.id, one.times) for one in ended(workshop)] == [(member, 1)]


def test_a_member_whose_hours_change_stays_signed_in(workshop: Workshop) -> None:
    member = a_signed_in_member(workshop)
    command = SetFreeHours(by=Actor(member_id=member), member_id=member, free_hours=("sat_morning",))
    workshop.run(command, usecases.set_free_hours)
    assert ended(workshop) == []


def test_who_never_signed_in_has_no_session_to_be_told_of(workshop: Workshop) -> None:
    member = a_signed_in_member(workshop)
    with workshop.open() as work:
        work.session.execute(update(Member).values(signed_in_at=None))
    leave(workshop, member)
    assert ended(workshop) == []


def test_a_code_that_went_to_a_phone_of_before_lets_nobody_in(workshop: Workshop) -> None:
    member = a_signed_in_member(workshop)
    asking = partial(usecases.request_sign_in_code, settings=DirectorySettings())
    workshop.run(RequestSignInCode(phone=PHONE), asking)
    code = workshop.seals.open(announced(workshop, SignInCodeIssued)[-1].code)
    change_phone(workshop, member)
    signing_in = partial(usecases.sign_in_with_code, settings=DirectorySettings())
    outcome = workshop.run(SignInWithCode(phone=PHONE, code=code), signing_in)
    assert isinstance(outcome, WrongCode)


# ------------------------------------------------------------ the list


def test_the_list_begins_where_it_is_asked_to_and_comes_in_pages(
    workshop: Workshop, simulated_clock: SimulatedClock
) -> None:
    a_city(workshop)
    began = simulated_clock.now()
    for number in range(5):
        simulated_clock.set(began + timedelta(hours=number))
        add_account(workshop, f"somebody-{number}", area_path=CITY)
        close(workshop, f"somebody-{number}")
    assert len(ended(workshop, limit=2)) == 5
    assert len(ended(workshop, since=began + timedelta(hours=3), limit=2)) == 2


def test_the_list_is_open_since_the_door_itself_asks_it(workshop: Workshop) -> None:
    query = ListEndedSessions(by=ANYONE, since=LONG_AGO)
    assert workshop.read(query, queries.list_ended_sessions).items == []
