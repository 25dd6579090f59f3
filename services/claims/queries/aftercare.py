"""The five levels of satisfaction, the call-backs of an area, and what is to be put right."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select

from services.chassis.work import Work
from services.claims.contracts import (
    CallBackList,
    CallBackView,
    ClaimantKind,
    ListCallBacks,
    ListRectifications,
    ListSatisfactionLevels,
    MyRectifications,
    RectificationList,
    RectificationView,
    SatisfactionLevel,
    SatisfactionScale,
)
from services.claims.domain import SATISFACTION_WORDS, CallBackState, RectificationState, is_officer_of
from services.claims.models import CallBack, Claim, Offer, Rectification
from services.claims.queries.paging import is_in_state, lies_below, page_of
from services.claims.queries.teams import teams_of


def list_satisfaction_levels(work: Work, query: ListSatisfactionLevels) -> SatisfactionScale:
    """Return the five levels, the best first."""
    levels = [SatisfactionLevel(level=level, zh=zh, en=en) for level, (zh, en) in SATISFACTION_WORDS.items()]
    return SatisfactionScale(levels=levels)


def list_call_backs(work: Work, query: ListCallBacks) -> CallBackList:
    """Return a page of the call-backs below a path; raise `UnknownState` for a state that is none."""
    work.permit(query.below)
    in_state = is_in_state(CallBack.state, query.state, CallBackState)
    wanted = (
        select(*CallBack.__mapper__.columns, Claim.offer_id, Claim.member_id, Offer.code, Offer.title)
        .join(Claim, Claim.id == CallBack.id)
        .join(Offer, Offer.id == Claim.offer_id)
        .where(lies_below(CallBack.area_path, query.below), in_state)
    )
    items, following = page_of(work, query, wanted, CallBack.id, lambda row: _call_back(work, row))
    return CallBackList(items=items, next=following)


def _call_back(work: Work, row: Row[Any]) -> CallBackView:
    return CallBackView(
        claim_id=row.id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        member_id=row.member_id,
        state=row.state,
        drawn_at=row.drawn_at,
        called_at=row.called_at,
        satisfaction=row.satisfaction,
        note=work.seals.open_or_empty(row.note),
    )


def list_rectifications(work: Work, query: ListRectifications) -> RectificationList:
    """Return a page of the rectifications below a path; raise `UnknownState` for a state that is none."""
    work.permit(query.below)
    in_state = is_in_state(Rectification.state, query.state, RectificationState)
    return _rectifications(work, query, lies_below(Rectification.area_path, query.below) & in_state)


def my_rectifications(work: Work, query: MyRectifications) -> RectificationList:
    """Return a page of what the caller, their teams or the unit they are officer of put right, or have."""
    caller = query.by
    if caller.member_id is None and is_officer_of(caller, caller.unit_id):
        work.permit_self(caller.unit_id)
        return _rectifications(work, query, _is_of([caller.unit_id]))
    work.permit_self(caller.member_id)
    of_teams = _is_of(teams_of(caller.member_id))
    return _rectifications(work, query, (Rectification.member_id == caller.member_id) | of_teams)


def _is_of(claimants: Sequence[UUID | None] | Select[UUID]) -> ColumnElement[bool]:
    """Return the condition that a rectification follows from a claim of these teams or units."""
    claims = select(Claim.id).where(Claim.claimant_kind != ClaimantKind.MEMBER)
    return Rectification.claim_id.in_(claims.where(Claim.claimant_id.in_(claimants)))


def _rectifications(
    work: Work, query: ListRectifications | MyRectifications, whose: ColumnElement[bool]
) -> RectificationList:
    wanted = (
        select(*Rectification.__mapper__.columns, Offer.code, Offer.title)
        .join(Offer, Offer.id == Rectification.offer_id)
        .where(whose)
    )
    items, following = page_of(work, query, wanted, Rectification.id, lambda row: _rectification(work, row))
    return RectificationList(items=items, next=following)


def _rectification(work: Work, row: Row[Any]) -> RectificationView:
    return RectificationView(
        id=row.id,
        claim_id=row.claim_id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        member_id=row.member_id,
        state=row.state,
        opened_at=row.opened_at,
        due_on=row.due_on,
        closed_at=row.closed_at,
        reason=work.seals.open_or_empty(row.reason),
        note=work.seals.open_or_empty(row.note),
    )
