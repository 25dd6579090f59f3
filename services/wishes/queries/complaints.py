"""Complaints as those read them who answer, and as the complainant does."""

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from services.chassis.paging import one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.sealing import mask_name, mask_phone
from services.chassis.work import Work
from services.wishes.contracts import (
    ComplaintAbout,
    ComplaintLine,
    ComplaintList,
    ComplaintStep,
    ComplaintTrack,
    ComplaintView,
    GetComplaint,
    ListComplaints,
    UnknownComplaint,
)
from services.wishes.domain import ComplaintState
from services.wishes.models import Area, Complaint, ComplaintMove
from services.wishes.queries.paging import after_id

_Handler = aliased(Area)

WITH_PLACES: Select[Complaint, Area, Area] = (
    select(Complaint, Area, _Handler)
    .join(Area, Area.id == Complaint.area_id)
    .join(_Handler, _Handler.id == Complaint.handler_id)
)
"""Complaints, each with where it happened and the area whose people answer."""


def complaint_for(work: Work, complaint_id: UUID, *, is_locked: bool = False) -> tuple[Complaint, Area, Area]:
    """Return a complaint with its two areas, when the caller may answer it; raise `UnknownComplaint`.

    Whom it is about is told what everybody else is told: that there is no such complaint.
    """
    chosen = WITH_PLACES.where(Complaint.id == complaint_id)
    found = work.session.execute(chosen.with_for_update(of=Complaint) if is_locked else chosen).first()
    if found is None or found.Complaint.about_account_id in _caller(work):
        raise UnknownComplaint()
    complaint, area, handler = found
    work.permit(handler.path)
    return complaint, area, handler


def get_complaint(work: Work, query: GetComplaint, now: datetime) -> ComplaintView:
    """Return what somebody complains about; the look is recorded. Raises `UnknownComplaint`."""
    complaint, area, handler = complaint_for(work, query.complaint_id)
    work.record("read_complaint", str(complaint.id), now)
    opened = work.seals.open
    return ComplaintView(
        id=complaint.id,
        about=ComplaintAbout(complaint.about),
        state=complaint.state,
        text=opened(complaint.text),
        contact_name=mask_name(opened(complaint.contact_name)) if complaint.contact_name else "",
        phone=mask_phone(opened(complaint.phone)) if complaint.phone else None,
        area_name=area.name,
        handled_by=handler.name,
        submitted_at=complaint.submitted_at,
        due_on=complaint.due_on,
        answered_at=complaint.answered_at,
        answer=opened(complaint.answer) if complaint.answer else "",
        steps=_steps(work, complaint),
    )


def list_complaints(work: Work, query: ListComplaints, now: datetime) -> ComplaintList:
    """Return a page of the complaints that the caller may answer, oldest first, without a word of them."""
    scopes, today = work.permitted_scopes(), work.day_of(now)
    chosen = WITH_PLACES.where(or_(*(func.starts_with(_Handler.path, scope) for scope in scopes)))
    for caller in _caller(work):
        chosen = chosen.where(Complaint.about_account_id.is_distinct_from(caller))
    if query.state is not None:
        chosen = chosen.where(Complaint.state == _state(query.state))
    if last := after_id(query):
        chosen = chosen.where(Complaint.id > last)
    found = work.session.execute(one_more(chosen.order_by(Complaint.id), query))
    rows, following = page_of(found, query, lambda row: row.Complaint.id)
    items = [_line(*row, today=today) for row in rows]
    return ComplaintList(items=items, next=following)


def track_of_complaint(work: Work, complaint: Complaint) -> ComplaintTrack:
    """Return what the complainant sees."""
    return ComplaintTrack(
        code=complaint.code,
        state=complaint.state,
        submitted_at=complaint.submitted_at,
        due_on=complaint.due_on,
        answered_at=complaint.answered_at,
        answer=work.seals.open_or_empty(complaint.answer),
    )


def _caller(work: Work) -> set[UUID]:
    if work.request is None:
        return set()
    caller = work.request.by
    return {one for one in (caller.account_id, caller.member_id) if one is not None}


def _line(complaint: Complaint, area: Area, handler: Area, *, today: date) -> ComplaintLine:
    return ComplaintLine(
        id=complaint.id,
        about=ComplaintAbout(complaint.about),
        state=complaint.state,
        area_name=area.name,
        handled_by=handler.name,
        submitted_at=complaint.submitted_at,
        due_on=complaint.due_on,
        is_overdue=complaint.state != ComplaintState.ANSWERED and complaint.due_on < today,
    )


def _steps(work: Work, complaint: Complaint) -> list[ComplaintStep]:
    chosen = select(ComplaintMove, Area.name).join(Area, Area.id == ComplaintMove.handler_id)
    moves = work.session.execute(
        chosen.where(ComplaintMove.complaint_id == complaint.id).order_by(ComplaintMove.id)
    )
    return [
        ComplaintStep(action=move.action, state=move.state, at=move.at, by=move.by, handled_by=name)
        for move, name in moves
    ]


def _state(named: str) -> ComplaintState:
    with suppress(ValueError):
        return ComplaintState(named)
    raise Malformed(contract="ListComplaints", problem="no_such_state")
