"""How a wish joins a campaign (000): while it collects, and by the quota of the unit that hands it in."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from services.chassis.contracts import Done
from services.chassis.database import take_advisory_lock
from services.chassis.work import Work
from services.wishes.contracts import (
    CampaignStage,
    JoinCampaign,
    NotCollecting,
    QuotaSpent,
    UnknownCampaign,
    UnknownReporter,
)
from services.wishes.domain import Quota, WishState, stage_on
from services.wishes.models import Area, Campaign, CampaignQuota, Wish
from services.wishes.queries.campaigns import campaign_for, dates_of, handed_in
from services.wishes.usecases.moves import wish_for
from services.wishes.usecases.reporters import tell_joined

JOINS_IN = (WishState.SUBMITTED, WishState.RETURNED, WishState.SCREENED)
"""States in which a wish may still become part of a campaign."""


class Seat(msgspec.Struct, frozen=True):
    """What a wish counts to: a campaign, the unit that hands it in, and whether that is more than asked."""

    campaign_id: UUID | None = None
    reporter_id: UUID | None = None
    over_quota: bool = False


NO_CAMPAIGN = Seat()


def join_campaign(work: Work, command: JoinCampaign, now: datetime) -> Done:
    """Count a wish to a campaign; one that counts already keeps its place.

    Raises `UnknownWish`, `UnknownCampaign`, `NotCollecting`, `UnknownReporter`, `QuotaSpent`.
    """
    wish, community = wish_for(work, command.wish_id)
    if wish.state not in JOINS_IN:
        raise NotCollecting()
    if wish.campaign_id != command.campaign_id:
        seat = seat_for(work, community, command.campaign_id, command.reporter_id, 1, now)
        wish.campaign_id, wish.reporter_id = seat.campaign_id, seat.reporter_id
        wish.version += 1
        tell_joined(work, wish, community.path)
    return Done(id=wish.id)


def seat_for(
    work: Work,
    community: Area,
    campaign_id: UUID | None,
    reporter_id: UUID | None,
    wishes: int,
    now: datetime,
) -> Seat:
    """Return where so many new wishes of a community count; whoever hands in for the same unit waits here.

    Over a quota that is strict nothing is taken; over any other the wishes are, and the worker is told.
    Raises `UnknownCampaign`, `NotCollecting`, `UnknownReporter`, `QuotaSpent`.
    """
    if campaign_id is None:
        return NO_CAMPAIGN
    campaign = _collecting(work, community, campaign_id, now)
    reporter_id, quota = _reporter(work, campaign, community, reporter_id)
    take_advisory_lock(work.session, f"wishes: quota of {reporter_id} in {campaign.id}")
    before = handed_in(work.session, campaign.id).get(reporter_id, 0)
    is_over = quota.is_passed_by(before + wishes)
    if is_over and campaign.is_strict:
        raise QuotaSpent(most=quota.most, handed_in=before)
    return Seat(campaign.id, reporter_id, is_over)


def _collecting(work: Work, community: Area, campaign_id: UUID, now: datetime) -> Campaign:
    campaign, area = campaign_for(work.session, campaign_id)
    if not community.path.startswith(area.path):
        raise UnknownCampaign()
    is_called_off = campaign.called_off_at is not None
    stage = stage_on(dates_of(campaign), work.day_of(now), is_called_off=is_called_off)
    if stage is not CampaignStage.COLLECTING:
        raise NotCollecting()
    return campaign


def _reporter(
    work: Work, campaign: Campaign, community: Area, reporter_id: UUID | None
) -> tuple[UUID, Quota]:
    """Return who hands in and its quota: whoever was named, or else the area around that reports."""
    around = select(Area.id).where(
        Area.kind == campaign.reports_by, func.starts_with(community.path, Area.path)
    )
    place = work.session.scalars(around).first() or community.id
    own = work.session.get(CampaignQuota, (campaign.id, reporter_id or place))
    if own is not None:
        return own.reporter_id, Quota(own.least, own.most)
    if reporter_id not in (None, place):
        raise UnknownReporter()
    return place, Quota(campaign.least, campaign.most)


def is_open(work: Work, wish: Wish, now: datetime) -> bool:
    """Say whether the campaign of a wish has put its wishes up and goes on: what comes later goes at once."""
    campaign = work.session.get(Campaign, wish.campaign_id) if wish.campaign_id else None
    if campaign is None or campaign.opened_at is None or campaign.called_off_at is not None:
        return False
    return work.day_of(now) <= campaign.ends_on
