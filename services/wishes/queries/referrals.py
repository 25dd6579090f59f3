"""Referrals as screeners see them: what lies with a department, since when, and what was answered."""

from datetime import date, datetime

from sqlalchemy import func, select

from services.chassis.paging import one_more, page_of
from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.wishes.contracts import ListReferrals, ReferralList, ReferralOutcome, ReferralView
from services.wishes.domain import WishState
from services.wishes.models import Area, Referral, Wish
from services.wishes.queries.paging import after_id
from services.wishes.queries.places import area_for


def list_referrals(work: Work, query: ListReferrals, now: datetime) -> ReferralList:
    """Return a page of the referrals of an area, the oldest first.

    Raises `UnknownArea`, and `Malformed` for a place in the list that there is not.
    """
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    chosen = (
        select(Referral, Wish)
        .join(Wish, Wish.id == Referral.wish_id)
        .join(Area, Area.id == Wish.community_id)
        .where(func.starts_with(Area.path, area.path))
    )
    if query.open_only:
        chosen = chosen.where(Referral.outcome.is_(None), Wish.state == WishState.REFERRED)
    if last := after_id(query):
        chosen = chosen.where(Referral.id > last)
    found = work.session.execute(one_more(chosen.order_by(Referral.id), query))
    rows, following = page_of(found, query, lambda row: row.Referral.id)
    items = [_view(work.seals, *row, today=work.day_of(now)) for row in rows]
    return ReferralList(items=items, next=following)


def _view(seals: Seals, referral: Referral, wish: Wish, *, today: date) -> ReferralView:
    return ReferralView(
        id=referral.id,
        wish_id=wish.id,
        code=wish.code,
        title=wish.title,
        department=referral.department,
        reason=seals.open(referral.reason),
        referred_at=referral.referred_at,
        due_on=referral.due_on,
        is_overdue=referral.outcome is None and referral.due_on < today,
        outcome=ReferralOutcome(referral.outcome) if referral.outcome else None,
        answer=seals.open_or_empty(referral.answer),
        answered_at=referral.answered_at,
    )
