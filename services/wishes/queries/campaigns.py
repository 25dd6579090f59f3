"""Campaigns as officers and workers see them: the stage of today, and what each reporting unit handed in."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.chassis.paging import one_more, page_of
from services.chassis.work import Work
from services.wishes.contracts import (
    CampaignDates,
    CampaignList,
    CampaignView,
    GetCampaign,
    ListCampaigns,
    QuotaView,
    ReportsBy,
    UnknownCampaign,
)
from services.wishes.domain import Quota, WishState, stage_on
from services.wishes.models import Area, Campaign, CampaignQuota, Wish
from services.wishes.queries.paging import after_id
from services.wishes.queries.places import area_for

TAKEN_BACK = (WishState.DECLINED, WishState.WITHDRAWN)
"""States in which a wish does not count as handed in."""


def campaign_for(session: Session, campaign_id: UUID, *, is_locked: bool = False) -> tuple[Campaign, Area]:
    """Return a campaign and the area in which it runs; raise `UnknownCampaign`."""
    chosen = select(Campaign, Area).join(Area, Area.id == Campaign.area_id).where(Campaign.id == campaign_id)
    found = session.execute(chosen.with_for_update(of=Campaign) if is_locked else chosen).first()
    if found is None:
        raise UnknownCampaign()
    campaign, area = found
    return campaign, area


def dates_of(campaign: Campaign) -> CampaignDates:
    """Return the first days of the stages and the last day of all."""
    return CampaignDates(
        collects_from=campaign.collects_from,
        claims_from=campaign.claims_from,
        grants_from=campaign.grants_from,
        ends_on=campaign.ends_on,
    )


def list_campaigns(work: Work, query: ListCampaigns, now: datetime) -> CampaignList:
    """Return a page of the campaigns around and below an area, as they were planned.

    Raises `UnknownArea`, and `Malformed` for a place in the list that there is not.
    """
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    takes_part = or_(func.starts_with(Area.path, area.path), func.starts_with(area.path, Area.path))
    chosen = select(Campaign).join(Area, Area.id == Campaign.area_id).where(takes_part)
    if last := after_id(query):
        chosen = chosen.where(Campaign.id > last)
    campaigns, following = page_of(work.session.scalars(one_more(chosen.order_by(Campaign.id), query)), query)
    items = [_view(campaign, work.day_of(now)) for campaign in campaigns]
    return CampaignList(items=items, next=following)


def get_campaign(work: Work, query: GetCampaign, now: datetime) -> CampaignView:
    """Return a campaign with its reporting units, also those that owe wishes; raises `UnknownCampaign`."""
    campaign, area = campaign_for(work.session, query.campaign_id)
    work.permit(area.path)
    quotas = _quotas(work.session, campaign, area)
    return _view(campaign, work.day_of(now), sum(quota.handed_in for quota in quotas), quotas)


def handed_in(session: Session, campaign_id: UUID) -> dict[UUID, int]:
    """Return how many wishes each reporting unit has handed in and not taken back."""
    counted = select(Wish.reporter_id, func.count()).where(Wish.campaign_id == campaign_id)
    rows = session.execute(counted.where(Wish.state.not_in(TAKEN_BACK)).group_by(Wish.reporter_id))
    return {reporter_id: count for reporter_id, count in rows if reporter_id is not None}


def _quotas(session: Session, campaign: Campaign, area: Area) -> list[QuotaView]:
    """Return the reporting units: the areas of the level that reports, and whoever has its own quota."""
    counts = handed_in(session, campaign.id)
    reporting = select(Area.id, Area.name).where(
        Area.kind == campaign.reports_by, func.starts_with(Area.path, area.path)
    )
    usual = Quota(campaign.least, campaign.most)
    named = {area_id: (name, usual) for area_id, name in session.execute(reporting.order_by(Area.path))}
    for own in session.scalars(select(CampaignQuota).where(CampaignQuota.campaign_id == campaign.id)):
        named[own.reporter_id] = (own.name, Quota(own.least, own.most))
    return [
        QuotaView(
            reporter_id=reporter_id,
            name=name,
            least=quota.least,
            most=quota.most,
            handed_in=counts.get(reporter_id, 0),
            is_owing=counts.get(reporter_id, 0) < quota.least,
        )
        for reporter_id, (name, quota) in named.items()
    ]


def _view(
    campaign: Campaign, today: date, wishes: int = 0, quotas: list[QuotaView] | None = None
) -> CampaignView:
    dates = dates_of(campaign)
    return CampaignView(
        id=campaign.id,
        area_id=campaign.area_id,
        name=campaign.name,
        dates=dates,
        stage=stage_on(dates, today, is_called_off=campaign.called_off_at is not None),
        least=campaign.least,
        most=campaign.most,
        is_strict=campaign.is_strict,
        reports_by=ReportsBy(campaign.reports_by),
        wishes=wishes,
        quotas=quotas or [],
    )
