"""What people are told of collection and screening: campaigns, referrals, the month's roster, festivals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from services.chassis.contracts import Event
from services.chassis.rights import Role
from services.chassis.words import say
from services.chassis.work import Work
from services.notify.domain import RecipientKind, Topic
from services.notify.gate.ways import Ways
from services.notify.models import Recipient
from services.notify.usecases.broadcasting import tell_members
from services.notify.usecases.copies import posting
from services.notify.usecases.news import News, Note, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import accounts, nearest
from services.wishes.contracts import (
    CampaignStage,
    CampaignStageBegan,
    CommunityDue,
    FestivalNear,
    ReferralAnswered,
    RosterChecksDue,
    WishReferred,
)


def tell_of_referral(ways: Ways, work: Work, event: WishReferred, now: datetime) -> None:
    """Tell the resident to which department the wish went, why, and by when it answers."""
    words = {"reason": work.seals.open(event.sealed_reason), "due_on": event.due_on.isoformat()}
    tell(work, ways, _about_referral(work, event, Topic.WISH_REFERRED, words), now)


def tell_of_referral_answered(ways: Ways, work: Work, event: ReferralAnswered, now: datetime) -> None:
    """Tell the resident what the department answered."""
    words = {"reason": work.seals.open(event.sealed_reason), "outcome": event.outcome.value}
    tell(work, ways, _about_referral(work, event, Topic.REFERRAL_ANSWERED, words), now)


def _about_referral(
    work: Work, event: WishReferred | ReferralAnswered, topic: Topic, words: dict[str, Any]
) -> list[Note]:
    wish = event.wish
    known = {"code": wish.code, "title": work.seals.open(wish.title), "department": event.department}
    news = News(topic, occasion_of(event), wish.wish_id, wish.area_path, known | words)
    return news.notes_to([(wish.resident_id, RecipientKind.RESIDENT)])


def tell_of_campaign_stage(ways: Ways, work: Work, event: CampaignStageBegan, now: datetime) -> None:
    """Tell the workers of the area that a stage began, and at claiming the members who live there."""
    words: dict[str, Any] = {"campaign_name": event.campaign_name, "area_name": event.area_name}
    words |= {"stage": event.stage.value, "until": event.until.isoformat(), "released": event.released}
    news = News(Topic.CAMPAIGN_STAGE, occasion_of(event), event.campaign_id, event.area_path, words)
    workers = select(Recipient.id).where(
        Recipient.kind == RecipientKind.ACCOUNT, Recipient.is_active, _works_in(event.area_path)
    )
    tell(work, ways, news.notes_to(accounts(work.session.scalars(workers))), now)
    if event.stage is CampaignStage.CLAIMING and event.released:
        tell_members(work, ways, news, now)


def tell_of_roster(ways: Ways, work: Work, event: RosterChecksDue, now: datetime) -> None:
    """Tell the workers of each community how many on its roster wait for this month's look."""
    _tell_workers(ways, work, event, Topic.ROSTER_DUE, event.communities, {"month": event.month}, now)


def tell_of_festival(ways: Ways, work: Work, event: FestivalNear, now: datetime) -> None:
    """Tell the workers of each community that a festival is near, and for whom it is (001)."""
    words = {"festival_zh": event.zh, "festival_en": event.en, "on": event.on.isoformat()}
    for language in ("zh", "en"):
        words[f"audience_{language}"] = say(f"calendar.audience.{event.audience}", language)
    _tell_workers(ways, work, event, Topic.FESTIVAL_NEAR, event.communities, words, now)


def _tell_workers(
    ways: Ways,
    work: Work,
    event: Event,
    topic: Topic,
    communities: Sequence[CommunityDue],
    words: dict[str, Any],
    now: datetime,
) -> None:
    workers = nearest(work, Role.COMMUNITY_WORKER, {place.area_path for place in communities})
    notes = []
    for place in communities:
        said = words | {"community_name": place.community_name, "people": place.people}
        occasion = occasion_of(event, place.community_id)
        news = News(topic, occasion, place.community_id, place.area_path, said)
        notes += news.notes_to(accounts(workers[place.area_path]))
    tell(work, ways, notes, now)


def _works_in(area_path: str) -> ColumnElement[bool]:
    """Hold for accounts of community workers anywhere in an area."""
    place = func.jsonb_array_elements_text(Recipient.postings).column_valued("place")
    is_there = func.starts_with(place, posting(Role.COMMUNITY_WORKER, area_path))
    return exists(select(place).where(is_there))
