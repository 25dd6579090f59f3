"""Campaigns (000): planned, changed, called off; their stages begin by date and each is announced once."""

from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.calendar import month_of
from services.chassis.contracts import Done, new_id
from services.chassis.sheets import has_words
from services.chassis.work import Work
from services.wishes.contracts import (
    CallOffCampaign,
    CampaignOver,
    CampaignStage,
    CampaignStageBegan,
    ChangeCampaign,
    CreateCampaign,
    NameMissing,
    SetQuota,
    UnusableDates,
)
from services.wishes.domain import (
    begun_by,
    changed_dates,
    clean_reason,
    clean_within,
    dates_in_order,
    last_day_of,
    quota_in_order,
    stage_on,
)
from services.wishes.models import Area, Campaign, CampaignBeginning, CampaignQuota
from services.wishes.queries.campaigns import campaign_for, dates_of
from services.wishes.queries.places import area_for
from services.wishes.usecases.moves import HOUSE, by_whom
from services.wishes.usecases.releasing import put_up_campaign

LONGEST_NAME = 60


def create_campaign(work: Work, command: CreateCampaign, now: datetime) -> Done:
    """Plan a campaign; a stage whose day has come begins at once.

    Raises `UnknownArea`, `NameMissing`, `TextTooLong`, `UnusableDates`, `UnusableQuota`.
    """
    area = area_for(work.session, command.area_id)
    work.permit(area.path)
    dates, quota = dates_in_order(command.dates), quota_in_order(command.least, command.most)
    if dates.ends_on < work.day_of(now):
        raise UnusableDates()
    campaign = Campaign(
        id=new_id(),
        area_id=area.id,
        name=_name(command.name),
        collects_from=dates.collects_from,
        claims_from=dates.claims_from,
        grants_from=dates.grants_from,
        ends_on=dates.ends_on,
        least=quota.least,
        most=quota.most,
        is_strict=command.is_strict,
        reports_by=command.reports_by,
        created_at=now,
        by=by_whom(command),
    )
    work.session.add(campaign)
    work.session.flush()
    _begin(work, campaign, area, work.day_of(now), now)
    return Done(id=campaign.id)


def change_campaign(work: Work, command: ChangeCampaign, now: datetime) -> Done:
    """Change what is given; a stage that has begun keeps its first day.

    Raises `UnknownCampaign`, `CampaignOver`, `NameMissing`, `TextTooLong`, `UnusableDates`, `UnusableQuota`.
    """
    campaign, area = _running(work, command, now)
    if command.name is not None:
        campaign.name = _name(command.name)
    if command.dates is not None:
        dates = changed_dates(dates_of(campaign), command.dates, work.day_of(now))
        campaign.collects_from, campaign.claims_from = dates.collects_from, dates.claims_from
        campaign.grants_from, campaign.ends_on = dates.grants_from, dates.ends_on
    least = campaign.least if command.least is None else command.least
    quota = quota_in_order(least, campaign.most if command.most is None else command.most)
    campaign.least, campaign.most = quota.least, quota.most
    campaign.is_strict = campaign.is_strict if command.is_strict is None else command.is_strict
    _begin(work, campaign, area, work.day_of(now), now)
    return Done(id=campaign.id)


def call_off_campaign(work: Work, command: CallOffCampaign, now: datetime) -> Done:
    """Call a campaign off; its wishes go up with their month. Raises `CampaignOver`, `ReasonNeeded`."""
    campaign, _ = _running(work, command, now)
    campaign.called_off_because = work.seals.seal(clean_reason(command.reason))
    campaign.called_off_at = now
    return Done(id=campaign.id)


def set_quota(work: Work, command: SetQuota, now: datetime) -> Done:
    """Say what one reporting unit hands in; the last word holds.

    Raises `UnknownCampaign`, `CampaignOver`, `NameMissing`, `TextTooLong`, `UnusableQuota`.
    """
    campaign, _ = _running(work, command, now)
    quota = quota_in_order(command.least, command.most)
    said = {"name": _name(command.name), "least": quota.least, "most": quota.most}
    written = insert(CampaignQuota).values(campaign_id=campaign.id, reporter_id=command.reporter_id, **said)
    work.session.execute(
        written.on_conflict_do_update(index_elements=["campaign_id", "reporter_id"], set_=said)
    )
    return Done(id=campaign.id)


def begin_stages(work: Work, today: date, now: datetime) -> None:
    """Begin every stage whose first day has come and that nobody has announced."""
    is_done = exists().where(
        CampaignBeginning.campaign_id == Campaign.id, CampaignBeginning.stage == CampaignStage.GRANTING
    )
    chosen = (
        select(Campaign, Area)
        .join(Area, Area.id == Campaign.area_id)
        .where(Campaign.collects_from <= today, Campaign.called_off_at.is_(None), ~is_done)
        .order_by(Campaign.id)
        .with_for_update(of=Campaign)
    )
    for campaign, area in work.session.execute(chosen).all():
        _begin(work, campaign, area, today, now)


def _begin(work: Work, campaign: Campaign, area: Area, today: date, now: datetime) -> None:
    """Begin what has come; of several stages at once, as after an outage, only the last is worth telling."""
    fresh = [stage for stage in begun_by(dates_of(campaign), today) if _is_first(work, campaign, stage, now)]
    released = 0
    if CampaignStage.CLAIMING in fresh:
        campaign.opened_at = now
        released = put_up_campaign(work, campaign.id, month_of(work.day_of(now)), now, HOUSE)
    if fresh and today <= campaign.ends_on:
        work.announce(_began(campaign, area, fresh[-1], released))


def _is_first(work: Work, campaign: Campaign, stage: CampaignStage, now: datetime) -> bool:
    begun = insert(CampaignBeginning).values(campaign_id=campaign.id, stage=stage, at=now)
    returned = begun.on_conflict_do_nothing().returning(CampaignBeginning.stage)
    return work.session.scalar(returned) is not None


def _began(campaign: Campaign, area: Area, stage: CampaignStage, released: int) -> CampaignStageBegan:
    return CampaignStageBegan(
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        stage=stage,
        area_id=area.id,
        area_path=area.path,
        area_name=area.name,
        until=last_day_of(stage, dates_of(campaign)),
        released=released,
        is_strict=campaign.is_strict,
    )


def _running(
    work: Work, command: ChangeCampaign | CallOffCampaign | SetQuota, now: datetime
) -> tuple[Campaign, Area]:
    """Return a campaign, locked, that is not over; raise `UnknownCampaign` or `CampaignOver`."""
    campaign, area = campaign_for(work.session, command.campaign_id, is_locked=True)
    work.permit(area.path)
    is_called_off = campaign.called_off_at is not None
    stage = stage_on(dates_of(campaign), work.day_of(now), is_called_off=is_called_off)
    if stage in (CampaignStage.OVER, CampaignStage.CALLED_OFF):
        raise CampaignOver()
    return campaign, area


def _name(text: str) -> str:
    name = clean_within(text, LONGEST_NAME)
    if not has_words(name):
        raise NameMissing()
    return name
