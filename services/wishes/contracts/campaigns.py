"""Campaigns 主题活动 (000): stages 征集 / 认领 / 圆梦 by date, and how many wishes each unit hands in."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.rights import Right

__all__ = [
    "CallOffCampaign",
    "CampaignDates",
    "CampaignList",
    "CampaignStage",
    "CampaignStageBegan",
    "CampaignView",
    "ChangeCampaign",
    "CreateCampaign",
    "GetCampaign",
    "JoinCampaign",
    "ListCampaigns",
    "QuotaView",
    "ReportsBy",
    "SetQuota",
]


class CampaignStage(StrEnum):
    """Where a campaign stands on a day; 000 names the three in the middle."""

    PLANNED = "planned"
    COLLECTING = "collecting"  # 征集阶段
    CLAIMING = "claiming"  # 认领阶段
    GRANTING = "granting"  # 圆梦阶段
    OVER = "over"
    CALLED_OFF = "called_off"


class ReportsBy(StrEnum):
    """Which level of the tree hands in wishes, where no quota names the reporter."""

    STREET = "street"  # 000: 各镇、办事处
    COMMUNITY = "community"


class CampaignDates(Contract, frozen=True, kw_only=True):
    """The first day of each stage, and the last day of all; each stage lasts until the next begins."""

    collects_from: date
    claims_from: date
    grants_from: date
    ends_on: date


class QuotaView(View, frozen=True, kw_only=True):
    """How much a reporting unit owes, may, and has handed in; `most` of None is without a limit."""

    reporter_id: UUID
    name: str
    least: int
    most: int | None
    handed_in: int
    is_owing: bool  # fewer than `least` so far


class CampaignView(View, frozen=True, kw_only=True):
    """A campaign, the stage it has reached today, and its reporting units when one campaign is asked for."""

    id: UUID
    area_id: UUID
    name: str
    dates: CampaignDates
    stage: CampaignStage
    least: int
    most: int | None
    is_strict: bool
    reports_by: ReportsBy
    wishes: int = 0
    quotas: list[QuotaView] = []


class CampaignList(View, frozen=True, kw_only=True):
    """A page of campaigns."""

    items: list[CampaignView]
    next: str | None = None


class CreateCampaign(Command, frozen=True, kw_only=True):
    """Plan a campaign in an area. 000: towns hand in no fewer than 3, others 1 to 3."""

    right: ClassVar[Right] = Right.RELEASE

    area_id: UUID
    name: str
    dates: CampaignDates
    least: int = 3
    most: int | None = None
    is_strict: bool = False  # over the quota is refused; otherwise the worker is told, and the wish is kept
    reports_by: ReportsBy = ReportsBy.STREET


class ChangeCampaign(Command, frozen=True, kw_only=True):
    """Change what is given; a stage that has begun keeps its first day."""

    right: ClassVar[Right] = Right.RELEASE

    campaign_id: UUID
    name: str | None = None
    dates: CampaignDates | None = None
    least: int | None = None
    most: int | None = None
    is_strict: bool | None = None


class CallOffCampaign(Command, frozen=True, kw_only=True):
    """Call a campaign off, with a reason; its wishes stay and go up with their month."""

    right: ClassVar[Right] = Right.RELEASE

    campaign_id: UUID
    reason: str


class SetQuota(Command, frozen=True, kw_only=True):
    """Say what one reporting unit hands in: an area by its id, or an office, school or company by its own."""

    right: ClassVar[Right] = Right.RELEASE

    campaign_id: UUID
    reporter_id: UUID
    name: str
    least: int = 1
    most: int | None = 3


class JoinCampaign(Command, frozen=True, kw_only=True):
    """Count a wish that waits for screening or for its release to a campaign, for a reporting unit."""

    right: ClassVar[Right] = Right.COLLECT

    wish_id: UUID
    campaign_id: UUID
    reporter_id: UUID | None = None


class ListCampaigns(Page, frozen=True, kw_only=True):
    """The campaigns that an area takes part in or that run below it, the newest plan last."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = CampaignList

    area_id: UUID


class GetCampaign(Query, frozen=True, kw_only=True):
    """One campaign with what each reporting unit has handed in."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = CampaignView

    campaign_id: UUID


class CampaignStageBegan(Event, frozen=True, kw_only=True):
    """A stage of a campaign began; workers hear of collecting and granting, members of claiming."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "campaign_stage_began.v1"

    campaign_id: UUID
    campaign_name: str
    stage: CampaignStage  # collecting | claiming | granting
    area_id: UUID
    area_path: str
    area_name: str
    until: date  # its last day
    released: int  # wishes that went up with it, at claiming
    is_strict: bool = False
