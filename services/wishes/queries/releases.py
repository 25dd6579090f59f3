"""What a release puts up and what it carries over: one definition for the release and for its preview."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from services.chassis.work import Work
from services.wishes.contracts import PreviewRelease, ReleasePreview
from services.wishes.domain import WishState, month_named
from services.wishes.models import Area, Campaign, Release, Wish
from services.wishes.queries.places import area_for


def is_waiting(scope_id: UUID) -> ColumnElement[bool]:
    """Hold for a wish (joined to its community) that the release of `scope_id` puts up.

    What was handed in for a campaign waits for that campaign's stage of claiming instead (000 三（二）).
    """
    is_waiting_for_campaign = exists().where(
        Campaign.id == Wish.campaign_id, Campaign.opened_at.is_(None), Campaign.called_off_at.is_(None)
    )
    return and_(Wish.state == WishState.SCREENED, Area.release_scope_id == scope_id, ~is_waiting_for_campaign)


def is_waiting_in(campaign_id: UUID) -> ColumnElement[bool]:
    """Hold for a wish that the stage of claiming of a campaign puts up."""
    return and_(Wish.state == WishState.SCREENED, Wish.campaign_id == campaign_id)


def is_unclaimed(scope_id: UUID, period: str) -> ColumnElement[bool]:
    """Hold for a wish (joined to its community) that nobody claimed since an earlier month.

    `last_month` says up to which month it is counted, so that an urgent wish of this week, or two months
    caught up in one hour, do not age it twice.
    """
    return and_(Wish.state == WishState.RELEASED, Area.release_scope_id == scope_id, Wish.last_month < period)


def preview_release(work: Work, query: PreviewRelease) -> ReleasePreview:
    """Return what a release of the period would put up now, in the area asked for.

    An area without a rule of its own sees its share of the release it goes up with.
    """
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    period, scope_id = month_named(query.period), area.release_scope_id
    done = select(Release.id).where(Release.period == period, Release.area_id == scope_id)
    if work.session.scalar(done):
        return ReleasePreview(period=period, is_released=True, wishes=0, carried_over=0, by_community={})
    by_community = _waiting_by_community(work, scope_id, area.path)
    return ReleasePreview(
        period=period,
        is_released=False,
        wishes=sum(by_community.values()),
        carried_over=work.session.scalar(_counted(is_unclaimed(scope_id, period), area.path)) or 0,
        by_community=by_community,
    )


def _counted(condition: ColumnElement[bool], path: str) -> Select[Any]:
    joined = select(func.count()).select_from(Wish).join(Area, Area.id == Wish.community_id)
    return joined.where(condition, func.starts_with(Area.path, path))


def _waiting_by_community(work: Work, scope_id: UUID, path: str) -> dict[str, int]:
    """Return how many wishes wait in each community, by name; the street tells namesakes apart."""
    street = aliased(Area)
    counted = _counted(is_waiting(scope_id), path)
    rows = work.session.execute(
        counted.add_columns(Area.name, street.name)
        .outerjoin(street, street.id == Area.parent_id)
        .group_by(Area.id, Area.name, street.name)
        .order_by(Area.name, street.name)
    ).all()
    names = [name for _, name, _ in rows]
    return {
        name if names.count(name) == 1 else f"{name}（{street_name}）": count
        for count, name, street_name in rows
    }
