"""Ending sessions: whoever is signed in with an account, or as a member, has to sign in again."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from services.chassis.work import Work
from services.directory.models import Account, Member
from services.directory.records import MemberRecord, Written


def end_sessions_of_accounts(work: Work, ids: Collection[UUID], now: datetime) -> None:
    """End every session of these accounts."""
    _end(work, Account, ids, now)


def end_sessions_of_changed(work: Work, written: Collection[Written[MemberRecord]], now: datetime) -> None:
    """End the sessions of those members who left, or have another phone or unit than when they signed in."""
    _end(work, Member, [one.after.id for one in written if _is_somebody_else(one)], now)


def _is_somebody_else(member: Written[MemberRecord]) -> bool:
    """Say whether a session of before would be good for more, or for somebody else, than one of now."""
    before, after = member
    if before is None:
        return False
    has_left = before.is_active and not after.is_active
    return has_left or (before.phone_index, before.unit_id) != (after.phone_index, after.unit_id)


def _end(work: Work, table: type[Account] | type[Member], ids: Collection[UUID], now: datetime) -> None:
    """Count the ends in the database: of two at the same moment, each counts."""
    if not ids:
        return
    ending = update(table).where(table.id.in_(ids))
    ending = ending.values(sessions_ended=table.sessions_ended + 1, sessions_ended_at=now)
    work.session.execute(ending, execution_options={"synchronize_session": False})
