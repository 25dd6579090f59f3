"""Visits and arrangements: one's own, and those of an area."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from services.chassis.work import Work
from services.claims.contracts import (
    ArrangementList,
    ArrangementView,
    ListArrangements,
    ListVisits,
    MyVisits,
    Rhythm,
    VisitList,
    VisitView,
)
from services.claims.domain import ArrangementState, VisitState
from services.claims.models import Arrangement, Offer, Visit
from services.claims.queries.paging import is_in_state, lies_below, page_of
from services.claims.queries.teams import teams_of


def my_visits(work: Work, query: MyVisits) -> VisitList:
    """Return a page of the visits that the caller may make: their own, and those of their teams."""
    work.permit_self(query.by.member_id)
    me = query.by.member_id
    return _visits(work, query, or_(Arrangement.member_id == me, Arrangement.team_id.in_(teams_of(me))))


def list_visits(work: Work, query: ListVisits) -> VisitList:
    """Return a page of the visits below a path; raise `UnknownState` for a state that is none."""
    work.permit(query.below)
    return _visits(work, query, lies_below(Visit.area_path, query.below))


def list_arrangements(work: Work, query: ListArrangements) -> ArrangementList:
    """Return a page of the arrangements below a path, with how many visits were made and missed."""
    work.permit(query.below)
    wanted = _arrangements().where(
        lies_below(Arrangement.area_path, query.below),
        is_in_state(Arrangement.state, query.state, ArrangementState),
    )
    items, following = page_of(work, query, wanted, Arrangement.id, lambda row: _arrangement(work, row))
    return ArrangementList(items=items, next=following)


def _visits(work: Work, query: MyVisits | ListVisits, whose: ColumnElement[bool]) -> VisitList:
    wanted = (
        select(
            *Visit.__mapper__.columns,
            Arrangement.offer_id,
            Arrangement.member_id,
            Arrangement.rhythm,
            Offer.code,
            Offer.title,
        )
        .join(Arrangement, Arrangement.id == Visit.arrangement_id)
        .join(Offer, Offer.id == Arrangement.offer_id)
        .where(whose, is_in_state(Visit.state, query.state, VisitState))
    )
    items, following = page_of(work, query, wanted, Visit.id, lambda row: _visit(work, row))
    return VisitList(items=items, next=following)


def _visit(work: Work, row: Row[Any]) -> VisitView:
    return VisitView(
        id=row.id,
        arrangement_id=row.arrangement_id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        member_id=row.member_id,
        rhythm=Rhythm(row.rhythm),
        due_on=row.due_on,
        state=row.state,
        done_on=row.done_on,
        note=work.seals.open_or_empty(row.note),
    )


def _arrangements() -> Select[Any]:
    of_arrangement = Visit.arrangement_id == Arrangement.id
    counted = select(func.count()).select_from(Visit).where(of_arrangement)
    done = counted.where(Visit.state == VisitState.DONE).scalar_subquery()
    missed = counted.where(Visit.state == VisitState.MISSED).scalar_subquery()
    return select(
        *Arrangement.__mapper__.columns, Offer.code, Offer.title, done.label("done"), missed.label("missed")
    ).join(Offer, Offer.id == Arrangement.offer_id)


def _arrangement(work: Work, row: Row[Any]) -> ArrangementView:
    return ArrangementView(
        id=row.id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        member_id=row.member_id,
        team_id=row.team_id,
        rhythm=Rhythm(row.rhythm),
        starts_on=row.starts_on,
        state=row.state,
        done=row.done,
        missed=row.missed,
        ended_at=row.ended_at,
        reason=work.seals.open_or_empty(row.reason),
    )
