"""The verbs about members: add many by phone, let one go, give one a new phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import exists, select

from services.chassis.contracts import Done
from services.chassis.sheets import read_phone
from services.chassis.work import Work
from services.directory.contracts import (
    AddMembers,
    ChangeMemberPhone,
    PeopleAdded,
    PhoneTaken,
    RemoveMember,
    SetFreeHours,
    TooManyAtOnce,
    UnknownMember,
    UnusableHours,
    UnusablePhone,
)
from services.directory.domain.people import are_hours
from services.directory.models import Member
from services.directory.queries.areas import area_of, settings_of
from services.directory.records import MemberRecord, Written, read_records, write_records
from services.directory.usecases.announcing import announce_members
from services.directory.usecases.ending_sessions import end_sessions_of_changed
from services.directory.usecases.flaws import Flaws
from services.directory.usecases.reach import area_to_manage, manages_people_at
from services.directory.usecases.registering_members import MembersDesk

MOST_MEMBERS = 2_000


def add_members(work: Work, command: AddMembers, now: datetime) -> PeopleAdded:
    """Add members or bring them up to date, by phone; all or none.

    Raises `TooManyAtOnce`, and for the first row that is not right `UnusableName`, `UnusablePhone`,
    `UnusableEmail`, `UnusableSkills`, `RepeatedPhone`, `UnknownUnit`, `UnknownCommunity`,
    `AmbiguousCommunity` or `MemberElsewhere`, with the row in its arguments.
    """
    area = area_to_manage(work, command.area_id)
    if len(command.members) > MOST_MEMBERS:
        raise TooManyAtOnce(limit=MOST_MEMBERS)
    flaws = Flaws(range(1, len(command.members) + 1))
    desk = MembersDesk(work, area, command.members, flaws)
    flaws.refuse_first()
    written = write_members(work, desk, now)
    added = sum(one.before is None for one in written)
    return PeopleAdded(added=added, updated=len(written) - added)


def write_members(work: Work, desk: MembersDesk, now: datetime) -> list[Written[MemberRecord]]:
    """Write everybody at the desk who has no flaw; tell of those who are new or differ from before."""
    written = [Written(before, after) for before, after in desk.settled()]
    rewrite_members(work, [one for one in written if one.after != one.before], now)
    return written


def rewrite_members(work: Work, written: Sequence[Written[MemberRecord]], now: datetime) -> None:
    """Write and tell how members are now, and end the sessions that are not theirs any more."""
    after = [one.after for one in written]
    write_records(work.session, after)
    announce_members(work, after)
    end_sessions_of_changed(work, written, now)


def remove_member(work: Work, command: RemoveMember, now: datetime) -> Done:
    """Let a member go; doing it again changes nothing. Raises `UnknownMember`."""
    member = _member_to_change(work, command.member_id)
    if member.is_active:
        _change(work, member, now, is_active=False)
    return Done(id=member.id)


def change_member_phone(work: Work, command: ChangeMemberPhone, now: datetime) -> Done:
    """Give a member another phone; raises `UnknownMember`, `UnusablePhone`, `PhoneTaken`."""
    member = _member_to_change(work, command.member_id)
    phone = read_phone(command.phone, _area_code(work, member.community_id))
    if not isinstance(phone, str):
        raise UnusablePhone(where="")
    index = work.seals.index(phone)
    if work.session.scalar(select(exists().where(Member.phone_index == index, Member.id != member.id))):
        raise PhoneTaken()
    if index != member.phone_index:
        _change(work, member, now, phone=work.seals.seal(phone), phone_index=index)
    return Done(id=member.id)


def set_free_hours(work: Work, command: SetFreeHours, now: datetime) -> Done:
    """Note when a member is free, said by themselves or by a worker; raises `UnusableHours`."""
    if not are_hours(command.free_hours):
        raise UnusableHours()
    found = read_records(work.session, MemberRecord, Member.id == command.member_id, to_change=True)
    if not (found and manages_people_at(work, found[0].care_path)):
        work.permit_self(command.member_id)
    if not found:
        raise UnknownMember()
    work.permit_self(command.by.member_id, command.by.account_id)
    hours = tuple(dict.fromkeys(command.free_hours))
    if hours != found[0].free_hours:
        _change(work, found[0], now, free_hours=hours)
    return Done(id=command.member_id)


def _member_to_change(work: Work, member_id: UUID) -> MemberRecord:
    found = read_records(work.session, MemberRecord, Member.id == member_id, to_change=True)
    if not found:
        work.permitted_scopes()
        raise UnknownMember()
    work.permit(found[0].care_path)
    return found[0]


def _area_code(work: Work, community_id: UUID | None) -> str | None:
    return settings_of(work.session, area_of(work.session, community_id)).area_code if community_id else None


def _change(work: Work, member: MemberRecord, now: datetime, **changes: Any) -> None:
    after = replace(member, version=member.version + 1, **changes)
    rewrite_members(work, [Written(member, after)], now)
