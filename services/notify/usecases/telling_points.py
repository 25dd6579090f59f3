"""What people are told about points, recognition and obligations: one function an event."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.rights import EVERYWHERE, Role
from services.chassis.work import Work
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.news import Hearer, News, Note, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import MEMBER, UNIT, accounts, nearest
from services.points.contracts import (
    CorrectionProposed,
    DutyKind,
    FeedbackUnanswered,
    NominationDecided,
    NoticeDecided,
    NoticeObjected,
    NoticeSent,
    NoticesSent,
    OutstandingNominated,
    PointsCorrected,
)


def tell_of_corrected_points(ways: Ways, work: Work, event: PointsCorrected, now: datetime) -> None:
    """Tell the member what changed on the card, and why."""
    words = _change(event) | {"year": event.year, "balance": event.balance}
    words["reason"] = work.seals.open(event.sealed_reason)
    news = News(Topic.POINTS_CORRECTED, occasion_of(event), event.correction_id, event.area_path, words)
    tell(work, ways, news.notes_to([(event.member_id, MEMBER)]), now)


def tell_of_proposed_correction(ways: Ways, work: Work, event: CorrectionProposed, now: datetime) -> None:
    """Tell the officers of the place that a correction waits for them."""
    topic, words = Topic.CORRECTION_PROPOSED, _change(event)
    news = News(topic, occasion_of(event), event.correction_id, event.area_path, words)
    tell(work, ways, _notes_to_officers(work, news), now)


def _change(event: PointsCorrected | CorrectionProposed) -> dict[str, Any]:
    """Return by how much the points of which deed change."""
    return {"title": event.title, "is_more": event.points > 0, "amount": abs(event.points)}


def tell_of_outstanding(ways: Ways, work: Work, event: OutstandingNominated, now: datetime) -> None:
    """Tell the officers above the community that a proposal waits for them."""
    words = {"community_name": event.community_name, "year": event.year}
    topic = Topic.OUTSTANDING_NOMINATED
    news = News(topic, occasion_of(event), event.nomination_id, event.area_path, words)
    tell(work, ways, _notes_to_officers(work, news), now)


def tell_of_nomination(ways: Ways, work: Work, event: NominationDecided, now: datetime) -> None:
    """Tell the proposer; a yes is told to the member and, without a name, to the unit as well."""
    told = accounts(_account(event.proposed_by))
    if event.is_approved:
        told += [(event.member_id, MEMBER)] + ([(event.unit_id, UNIT)] if event.unit_id else [])
    words = {"year": event.year, "is_approved": event.is_approved}
    news = News(Topic.NOMINATION_DECIDED, occasion_of(event), event.nomination_id, event.area_path, words)
    tell(work, ways, news.notes_to(told), now)


def tell_of_notices(ways: Ways, work: Work, event: NoticesSent, now: datetime) -> None:
    """Tell each one concerned, and nobody else."""
    officers = _officers_of_streets(work, event.notices)
    notes = []
    for notice in event.notices:
        words: dict[str, Any] = {"kind": notice.kind.value, "year": notice.year}
        words |= {"required": notice.required, "done": notice.done}
        occasion = occasion_of(event, notice.notice_id)
        news = News(Topic.NOTICE_SENT, occasion, notice.notice_id, notice.area_path, words)
        notes += news.notes_to(_concerned(notice, officers))
    tell(work, ways, notes, now)


def tell_of_objection(ways: Ways, work: Work, event: NoticeObjected, now: datetime) -> None:
    """Tell the officers that an objection waits for them."""
    words = {"year": event.year}
    news = News(Topic.NOTICE_OBJECTED, occasion_of(event), event.notice_id, event.officers_path, words)
    tell(work, ways, _notes_to_officers(work, news), now)


def tell_of_decided_notice(ways: Ways, work: Work, event: NoticeDecided, now: datetime) -> None:
    """Tell the one concerned what became of the notice, and why."""
    words: dict[str, Any] = {"year": event.year, "is_withdrawn": event.is_withdrawn}
    words["reason"] = work.seals.open(event.sealed_reason)
    news = News(Topic.NOTICE_DECIDED, occasion_of(event), event.notice_id, event.area_path, words)
    told = _concerned(event, _officers_of_streets(work, [event]))
    tell(work, ways, news.notes_to(told), now)


def tell_of_unanswered_feedback(ways: Ways, work: Work, event: FeedbackUnanswered, now: datetime) -> None:
    """Remind the units."""
    notes = []
    for report in event.reports:
        words = {"period": report.period, "is_received": report.is_received}
        occasion = occasion_of(event, report.report_id)
        news = News(Topic.FEEDBACK_UNANSWERED, occasion, report.report_id, EVERYWHERE, words)
        notes += news.notes_to([(report.unit_id, UNIT)])
    tell(work, ways, notes, now)


def _notes_to_officers(work: Work, news: News) -> list[Note]:
    """Return it as notes to the officers of its place."""
    officers = nearest(work, Role.OFFICER, [news.area_path])[news.area_path]
    return news.notes_to(accounts(officers))


def _officers_of_streets(work: Work, notices: Iterable[NoticeSent | NoticeDecided]) -> dict[str, list[UUID]]:
    streets = {notice.area_path for notice in notices if notice.kind is DutyKind.STREET_WISHES}
    return nearest(work, Role.OFFICER, streets) if streets else {}


def _concerned(notice: NoticeSent | NoticeDecided, officers: dict[str, list[UUID]]) -> list[Hearer]:
    """Return whom a notice is to: the member, the unit, or those who answer for the street."""
    if notice.kind is DutyKind.MEMBER_WISHES:
        return [(notice.subject_id, MEMBER)]
    if notice.kind is DutyKind.STREET_WISHES:
        return accounts(officers[notice.area_path])
    return [(notice.subject_id, UNIT)]


def _account(actor: str) -> list[UUID]:
    """Return the account behind an actor, unless it was the console."""
    with suppress(ValueError):
        return [UUID(actor)]
    return []
