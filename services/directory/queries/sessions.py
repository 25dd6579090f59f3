"""Reading whose sessions were ended: what the door has to know of everybody who is signed in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, union_all

from services.chassis.paging import one_more, page_of
from services.chassis.work import Work
from services.directory.contracts import EndedSessions, ListEndedSessions, SessionsEnded
from services.directory.models import Account, Member
from services.directory.queries.paging import after_id


def list_ended_sessions(work: Work, query: ListEndedSessions) -> EndedSessions:
    """Return whose sessions were ended at `since` or later, accounts and members together, by id."""
    of_members = _ended(Member, query.since).where(Member.signed_in_at.is_not(None))  # others have none
    ended = union_all(_ended(Account, query.since), of_members).subquery()
    wanted = select(ended).order_by(ended.c.id)
    if after := after_id(query):
        wanted = wanted.where(ended.c.id > after)
    found, following = page_of(work.session.execute(one_more(wanted, query)), query)
    items = [SessionsEnded(id=one.id, times=one.times, ended_at=one.ended_at) for one in found]
    return EndedSessions(items=items, next=following)


def _ended(table: type[Account] | type[Member], since: datetime) -> Select[UUID, int, datetime | None]:
    columns = (table.id, table.sessions_ended.label("times"), table.sessions_ended_at.label("ended_at"))
    return select(*columns).where(table.sessions_ended_at >= since)
