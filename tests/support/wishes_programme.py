"""Shorthands for campaigns, referral, evidence and cards of the test city of `tests.support.wishes`."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from services.chassis import clock
from services.chassis.contracts import Query
from services.scheduler.contracts import RemindersDue
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import CampaignDates, CampaignView, ReferralOutcome
from tests.support.wishes import CITY, COMMUNITY, OFFICER, Desk, Place, a_resident, a_wish, a_worker

TODAY = date(2026, 11, 2)
"""The Monday on which the simulated clock stands."""

PNG = b"\x89PNG\r\n\x1a\n" + b"a photo of a certificate" * 10


def dates_from(first: date = TODAY) -> CampaignDates:
    """Return the three stages, a week each, as 000 has them."""
    return CampaignDates(
        collects_from=first,
        claims_from=first + timedelta(days=7),
        grants_from=first + timedelta(days=12),
        ends_on=first + timedelta(days=17),
    )


def campaign(desk: Desk, place: Place = CITY, first: date = TODAY, **changes: Any) -> UUID:
    """Plan a campaign; return its id."""
    given: dict[str, Any] = {"name": "您的心愿，我们的志愿", "dates": dates_from(first)} | changes
    command = contracts.CreateCampaign(by=OFFICER, area_id=place.id, **given)
    planned: UUID = desk.do(command, usecases.create_campaign).id
    return planned


def campaign_view(desk: Desk, campaign_id: UUID) -> CampaignView:
    """Look at a campaign as an officer."""
    query = contracts.GetCampaign(by=OFFICER, campaign_id=campaign_id)
    view: CampaignView = ask_now(desk, query, queries.get_campaign)
    return view


def handed_in(desk: Desk, place: Place = COMMUNITY, **given: Any) -> contracts.WishReceipt:
    """A worker enters a wish with a campaign or a card."""
    usual: dict[str, Any] = {"by": a_worker(place), "wish": a_wish(), "resident": a_resident()}
    command = contracts.EnterWish(community_id=place.id, **usual | given)
    receipt: contracts.WishReceipt = desk.do(command, usecases.enter_wish, settings=desk.settings)
    return receipt


def day(desk: Desk, on: date) -> None:
    """The clock says that a day began."""
    desk.hear(RemindersDue(on=on), usecases.begin_day)


def refer(desk: Desk, wish_id: UUID, **changes: Any) -> None:
    """A screener refers a wish."""
    given: dict[str, Any] = {"department": "区残联", "reason": "轮椅需要专业适配", "answer_days": 5} | changes
    desk.do(contracts.ReferWish(by=a_worker(), wish_id=wish_id, **given), usecases.refer_wish)


def answer(desk: Desk, wish_id: UUID, outcome: ReferralOutcome, reason: str = "本月送到家") -> None:
    """A department answers."""
    command = contracts.AnswerReferral(by=a_worker(), wish_id=wish_id, outcome=outcome, reason=reason)
    desk.do(command, usecases.answer_referral, settings=desk.settings)


def add_paper(desk: Desk, wish_id: UUID, content: bytes = PNG, **by: Any) -> UUID:
    """A worker keeps a paper."""
    command = contracts.AddEvidence(
        **{"by": a_worker()} | by, wish_id=wish_id, file_name="低保证.png", content=content
    )
    paper: UUID = desk.do(command, usecases.add_evidence, settings=desk.settings).id
    return paper


def print_cards(desk: Desk, count: int = 3, **changes: Any) -> list[str]:
    """A worker has blank cards printed; return their codes."""
    given: dict[str, Any] = {"by": a_worker(), "community_id": COMMUNITY.id, "count": count}
    given |= changes
    command = contracts.PrintCards(**given)
    codes: list[str] = desk.do(command, usecases.print_cards, settings=desk.settings).codes
    return codes


def ask_now(desk: Desk, query: Query, answered_by: Any) -> Any:
    """Ask what depends on the day."""
    return desk.workshop.read(query, partial(answered_by, now=clock.now()))
