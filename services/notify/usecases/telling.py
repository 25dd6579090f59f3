"""What people are told when something happened: one function an event."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from services.chassis.contracts import Event
from services.chassis.rights import EVERYWHERE, Role
from services.chassis.work import Work
from services.claims.contracts import (
    ClaimDelivered,
    ClaimEnded,
    ClaimMade,
    ClaimReminder,
    ClaimsDueSoon,
    ClaimsEnded,
    ClaimsOverdue,
    FulfilmentConfirmed,
    RectificationMove,
    WishesClaimed,
)
from services.directory.contracts import SignInCodeIssued
from services.notify.domain import RecipientKind, Topic
from services.notify.gate.ways import Ways
from services.notify.models import Recipient
from services.notify.usecases.broadcasting import tell_members
from services.notify.usecases.copies import posting
from services.notify.usecases.news import Hearer, News, occasion_of
from services.notify.usecases.planning import tell
from services.points.contracts import FeedbackAnswered, FeedbackIssued, ThresholdReached
from services.wishes.contracts import ReleaseCompleted, WishesSubmitted, WishScreened

MEMBER, RESIDENT = RecipientKind.MEMBER, RecipientKind.RESIDENT
ACCOUNT, UNIT = RecipientKind.ACCOUNT, RecipientKind.UNIT

ENDS_TOLD_TO_DOER = frozenset({"lapsed", "not_done", "withdrawn"})
"""Whoever undid or returned a claim knows it."""

ENDS_TOLD_TO_RESIDENT = frozenset({"lapsed", "returned"})
"""Somebody was to come and will not; the other ends the resident knows or caused."""


def tell_of_sign_in_code(ways: Ways, work: Work, event: SignInCodeIssued, now: datetime) -> None:
    """Tell the phone that asked its code, as long as it holds; the address comes with the event."""
    minutes = max(1, ceil((event.expires_at - event.occurred_at).total_seconds() / 60))
    news = News(
        Topic.SIGN_IN_CODE,
        occasion_of(event),
        event.code_id,
        EVERYWHERE,
        {"code": work.seals.open(event.code), "minutes": minutes},
        expires_at=event.expires_at,
        address=event.phone,
        language=event.language,
    )
    tell(work, ways, news.notes_to([(event.member_id, MEMBER)]), now)


def tell_of_wishes_submitted(ways: Ways, work: Work, event: WishesSubmitted, now: datetime) -> None:
    """Tell each resident the code to ask with and the code to confirm with."""
    notes = []
    for wish in event.wishes:
        words = {"code": wish.code, "confirmation_code": work.seals.open(wish.confirmation_code)}
        words["title"] = work.seals.open(wish.title)
        occasion = occasion_of(event, wish.wish_id)
        news = News(Topic.WISH_RECEIVED, occasion, wish.wish_id, wish.area_path, words)
        notes += news.notes_to([(wish.resident_id, RESIDENT)])
    tell(work, ways, notes, now)


def tell_of_wish_screened(ways: Ways, work: Work, event: WishScreened, now: datetime) -> None:
    """Tell the resident what the screener decided, and why."""
    words = {"code": event.code, "title": work.seals.open(event.title)}
    words |= {"outcome": event.outcome, "reason": _reason(work, event)}
    news = News(Topic.WISH_SCREENED, occasion_of(event), event.wish_id, event.area_path, words)
    tell(work, ways, news.notes_to([(event.resident_id, RESIDENT)]), now)


def tell_of_release(ways: Ways, work: Work, event: ReleaseCompleted, now: datetime) -> None:
    """Tell every active member whose home shares this release; an empty board is no news.

    An area below that releases by itself is told by its own release.
    """
    if event.released + event.carried_over == 0:
        return
    words: dict[str, Any] = {"period": event.period, "area_name": event.area_name}
    words |= {"released": event.released, "carried_over": event.carried_over}
    news = News(Topic.RELEASE_DIGEST, occasion_of(event), event.release_id, event.area_path, words)
    tell_members(work, ways, news, now, release_scope_id=event.area_id)


def tell_of_claims(ways: Ways, work: Work, event: WishesClaimed, now: datetime) -> None:
    """Tell the doer what and by when, and the resident that somebody is coming."""
    notes = []
    for claim in event.claims:
        news = _about_claim(event, claim, Topic.WISH_CLAIMED, due_on=claim.due_on.isoformat())
        notes += news.notes_to([*doers(claim), (claim.resident_id, RESIDENT)])
    tell(work, ways, notes, now)


def tell_of_ended_claims(ways: Ways, work: Work, event: ClaimsEnded, now: datetime) -> None:
    """Tell the doer why their claim is over, and the resident that nobody is coming any more."""
    notes = []
    for claim in event.claims:
        reason = _reason(work, claim)
        news = _about_claim(event, claim, Topic.CLAIM_ENDED, how=claim.how, reason=reason)
        if claim.how in ENDS_TOLD_TO_DOER:
            notes += news.notes_to(doers(claim))
        if claim.how in ENDS_TOLD_TO_RESIDENT:
            notes += news.notes_to([(claim.resident_id, RESIDENT)])
    tell(work, ways, notes, now)


def tell_of_delivery(ways: Ways, work: Work, event: ClaimDelivered, now: datetime) -> None:
    """Ask the resident to confirm, and the workers of the place to ask those who cannot."""
    news = _about_claim(event, event, Topic.CLAIM_DELIVERED)
    workers = nearest(work, Role.COMMUNITY_WORKER, [event.area_path])[event.area_path]
    tell(work, ways, news.notes_to([(event.resident_id, RESIDENT), *accounts(workers)]), now)


def tell_of_fulfilment(ways: Ways, work: Work, event: FulfilmentConfirmed, now: datetime) -> None:
    """Thank the doer."""
    news = _about_claim(event, event, Topic.FULFILMENT_CONFIRMED, by_resident=event.by_resident)
    tell(work, ways, news.notes_to(doers(event)), now)


def tell_of_claims_due_soon(ways: Ways, work: Work, event: ClaimsDueSoon, now: datetime) -> None:
    """Remind the doers."""
    notes = []
    for claim in event.claims:
        words = {"due_on": claim.due_on.isoformat(), "days_left": claim.days_left}
        notes += _about_claim(event, claim, Topic.CLAIM_DUE_SOON, **words).notes_to(doers(claim))
    tell(work, ways, notes, now)


def tell_of_overdue_claims(ways: Ways, work: Work, event: ClaimsOverdue, now: datetime) -> None:
    """Tell the doers and the workers of the place."""
    workers = nearest(work, Role.COMMUNITY_WORKER, {claim.area_path for claim in event.claims})
    notes = []
    for claim in event.claims:
        words = {"due_on": claim.due_on.isoformat(), "days_late": -claim.days_left}
        told = [*doers(claim), *accounts(workers[claim.area_path])]
        notes += _about_claim(event, claim, Topic.CLAIM_OVERDUE, **words).notes_to(told)
    tell(work, ways, notes, now)


def tell_of_threshold(ways: Ways, work: Work, event: ThresholdReached, now: datetime) -> None:
    """Tell the member and, without a name, the unit."""
    told = [(event.member_id, MEMBER)] + ([(event.unit_id, UNIT)] if event.unit_id else [])
    words = {"year": event.year, "threshold": event.threshold.value, "points": event.points}
    news = News(Topic.THRESHOLD_REACHED, occasion_of(event), event.recognition_id, event.area_path, words)
    tell(work, ways, news.notes_to(told), now)


def tell_of_feedback(ways: Ways, work: Work, event: FeedbackIssued, now: datetime) -> None:
    """Tell the unit that its report is ready; its officer finds it in the unit's inbox."""
    words: dict[str, Any] = {"period": event.period, "members": event.members}
    words |= {"taking_part": event.taking_part, "fulfilled": event.fulfilled}
    news = News(Topic.FEEDBACK_ISSUED, occasion_of(event), event.report_id, EVERYWHERE, words)
    tell(work, ways, news.notes_to([(event.unit_id, UNIT)]), now)


def tell_of_reply(ways: Ways, work: Work, event: FeedbackAnswered, now: datetime) -> None:
    """Tell the officers of the street that a unit replied."""
    unit = work.session.get(Recipient, event.unit_id)
    words = {"period": event.period, "unit_name": work.seals.open(unit.name) if unit else ""}
    news = News(Topic.FEEDBACK_ANSWERED, occasion_of(event), event.report_id, event.street_path, words)
    officers = nearest(work, Role.OFFICER, [event.street_path])[event.street_path]
    tell(work, ways, news.notes_to(accounts(officers)), now)


_POSTED = (
    select(Recipient.id, Recipient.postings)
    .where(Recipient.kind == ACCOUNT, Recipient.is_active)
    .where(Recipient.postings.has_any(bindparam("sought", type_=ARRAY(TEXT))))
    .order_by(Recipient.id)
)


def nearest(work: Work, role: Role, paths: Iterable[str]) -> dict[str, list[UUID]]:
    """Return for each area path who holds `role` in the smallest area around it (nobody: an empty list)."""
    around = {path: [posting(role, scope) for scope in _scopes(path)] for path in paths}
    sought = {place for places in around.values() for place in places}
    found = work.session.execute(_POSTED, {"sought": sorted(sought)}).all()
    holders = {place: [row.id for row in found if place in row.postings] for place in sought}
    return {
        path: next((holders[place] for place in places if holders[place]), [])
        for path, places in around.items()
    }


def _scopes(path: str) -> list[str]:
    """Return the area of `path` and the areas around it, the smallest first: /a/b/ → /a/b/, /a/, /."""
    steps = [step for step in path.split("/") if step]
    return ["/" + "".join(f"{step}/" for step in steps[:length]) for length in range(len(steps), -1, -1)]


def accounts(ids: Iterable[UUID]) -> list[Hearer]:
    """Return workers or officers as those who are told."""
    return [(account_id, ACCOUNT) for account_id in ids]


def doers(
    claim: ClaimMade | ClaimEnded | ClaimReminder | FulfilmentConfirmed | RectificationMove,
) -> list[Hearer]:
    """Return who is told as the doer: the member who answers, or else the unit."""
    if claim.member_id is not None:
        return [(claim.member_id, MEMBER)]
    return [] if claim.claimant_id is None else [(claim.claimant_id, UNIT)]


def _about_claim(
    event: Event,
    claim: ClaimMade | ClaimEnded | ClaimReminder | ClaimDelivered | FulfilmentConfirmed,
    topic: Topic,
    **words: object,
) -> News:
    """Return what is told about a claim; in an event about many, each is an occasion of its own."""
    occasion = occasion_of(event, None if claim is event else claim.claim_id)
    words |= {"title": claim.title, "wish_code": claim.wish_code}
    return News(topic, occasion, claim.wish_id, claim.area_path, words)


def _reason(work: Work, told: WishScreened | ClaimEnded) -> str:
    """Return the reason that somebody wrote; it travels sealed, since people write names into it."""
    return work.seals.open(told.sealed_reason) if told.sealed_reason else told.reason
