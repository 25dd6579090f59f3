"""Notices as the one concerned and the deciding officers see them, and nobody else."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from services.chassis.rights import Actor
from services.chassis.work import Work
from services.points.contracts import (
    DutyKind,
    ListObjections,
    MyNotices,
    NoticeList,
    NoticeState,
    NoticeView,
    UnknownNotice,
)
from services.points.domain import OBLIGATIONS
from services.points.models import Notice
from services.points.queries.duties import own_subjects
from services.points.queries.pages import page_of


def my_notices(work: Work, query: MyNotices) -> NoticeList:
    """Return the notices to the caller, the newest first; one that was withdrawn says so."""
    work.permit_self(query.by.member_id, query.by.account_id)
    page, following = page_of(work, select(Notice).where(_concerns(query.by)), Notice.id, query)
    return NoticeList(items=[_notice_view(work, notice) for notice in page], next=following)


def own_notice(work: Work, caller: Actor, notice_id: UUID) -> Notice:
    """Return a notice to the caller, locked; raise `UnknownNotice` for anybody else's."""
    work.permit_self(caller.member_id, caller.account_id)
    mine = select(Notice).where(Notice.id == notice_id, _concerns(caller)).with_for_update()
    notice = work.session.scalars(mine).first()
    if notice is None:
        raise UnknownNotice()
    return notice


def is_about(work: Work, caller: Actor, notice: Notice) -> bool:
    """Say whether a notice is to the caller, or to a unit or street the caller speaks for."""
    about = select(Notice.id).where(Notice.id == notice.id, _concerns(caller))
    return work.session.execute(about).first() is not None


def list_objections(work: Work, query: ListObjections, *, now: datetime) -> NoticeList:
    """Return the notices that somebody objected to, for whoever decides; the look is recorded."""
    work.permit(query.below)
    work.record("read_objections", query.below, now)
    objected = select(Notice).where(
        Notice.objected_at.is_not(None), Notice.officers_path.startswith(query.below, autoescape=True)
    )
    if query.year:
        objected = objected.where(Notice.year == query.year)
    page, following = page_of(work, objected, Notice.id, query)
    return NoticeList(items=[_notice_view(work, notice) for notice in page], next=following)


def _concerns(caller: Actor) -> ColumnElement[bool]:
    """Say whether a notice is to the caller: as a member, for the own unit, for the own street."""
    return or_(*(_concerns_as(caller, kind) for kind in OBLIGATIONS))


def _concerns_as(caller: Actor, kind: DutyKind) -> ColumnElement[bool]:
    subjects: Any = own_subjects(caller, kind)
    return and_(Notice.kind == kind.value, Notice.subject_id.in_(subjects))


def _notice_view(work: Work, notice: Notice) -> NoticeView:
    return NoticeView(
        id=notice.id,
        kind=DutyKind(notice.kind),
        subject_id=notice.subject_id,
        year=notice.year,
        required=notice.required,
        done=notice.done,
        state=NoticeState(notice.state),
        sent_at=notice.sent_at,
        objection=work.seals.open_or_none(notice.objection),
        objected_at=notice.objected_at,
        decision=work.seals.open_or_none(notice.decision),
        decided_at=notice.decided_at,
    )
