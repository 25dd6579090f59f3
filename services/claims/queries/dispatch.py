"""What is proposed to a member or their teams now, and the dispatches of an area."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from services.chassis.work import Work
from services.claims.contracts import DispatchList, DispatchView, ListDispatches, MyDispatches
from services.claims.domain import Answer, DispatchState
from services.claims.models import Dispatch, DispatchAnswer, Offer
from services.claims.queries.paging import is_in_state, lies_below, page_of
from services.claims.queries.teams import teams_of


def my_dispatches(work: Work, query: MyDispatches) -> DispatchList:
    """Return what is proposed to the caller and waits for their answer."""
    work.permit_self(query.by.member_id)
    me = query.by.member_id
    is_mine = or_(Dispatch.member_id == me, Dispatch.team_id.in_(teams_of(me)))
    return _listed(work, query, is_mine & (Dispatch.state == DispatchState.PROPOSED))


def list_dispatches(work: Work, query: ListDispatches) -> DispatchList:
    """Return a page of the dispatches below a path; raise `UnknownState` for a state that is none."""
    work.permit(query.below)
    in_state = is_in_state(Dispatch.state, query.state, DispatchState)
    return _listed(work, query, lies_below(Dispatch.area_path, query.below) & in_state)


def _listed(work: Work, query: MyDispatches | ListDispatches, whose: ColumnElement[bool]) -> DispatchList:
    items, following = page_of(
        work, query, _dispatches().where(whose), Dispatch.id, lambda row: _view(work, row)
    )
    return DispatchList(items=items, next=following)


def _dispatches() -> Select[Any]:
    """Return dispatches with their wish, and with what the last who declined said."""
    declined = and_(DispatchAnswer.dispatch_id == Dispatch.id, DispatchAnswer.answer == Answer.DECLINED.value)
    newest = (
        select(DispatchAnswer.said)
        .where(declined)
        .order_by(DispatchAnswer.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(*Dispatch.__mapper__.columns, Offer.code, Offer.title, newest.label("reason")).join(
        Offer, Offer.id == Dispatch.offer_id
    )


def _view(work: Work, row: Row[Any]) -> DispatchView:
    is_worker = isinstance(work.request, ListDispatches)  # a member need not know why another said no
    return DispatchView(
        id=row.id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        state=row.state,
        is_urgent=row.is_urgent,
        member_id=row.member_id,
        asked=min(row.position + (row.state == DispatchState.PROPOSED), len(row.candidates)),
        candidates=len(row.candidates),
        answer_by=row.answer_by,
        created_at=row.created_at,
        note=work.seals.open_or_empty(row.note),
        team_id=row.team_id,
        reason=work.seals.open(row.reason) if row.reason and is_worker else "",
    )
