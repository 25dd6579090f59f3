"""What people are told about points, recognition and obligations: one function an event."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.rights import EVERYWHERE, Role
from services.chassis.work import Work
from services.notify.domain import RecipientKind, Topic
from services.notify.usecases.planning import Note, Ways, occasion_of, tell
from services.notify.usecases.telling import nearest
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

MEMBER, ACCOUNT, UNIT = RecipientKind.MEMBER, RecipientKind.ACCOUNT, RecipientKind.UNIT


def tell_of_corrected_points(ways: Ways, work: Work, event: PointsCorrected, now: datetime) -> None:
    """Tell the member what changed on the card, and why."""
    note = Note(
        occasion=occasion_of(event),
        topic=Topic.POINTS_CORRECTED,
        to=event.member_id,
        kind=MEMBER,
        subject_id=event.correction_id,
        area_path=event.area_path,
        parameters={
            "title": event.title,
            "year": event.year,
            "is_more": event.points > 0,
            "amount": abs(event.points),
            "balance": event.balance,
            "reason": work.seals.open(event.sealed_reason),
        },
    )
    tell(work, ways, [note], now)


def tell_of_proposed_correction(ways: Ways, work: Work, event: CorrectionProposed, now: datetime) -> None:
    """Tell the officers of the place that a correction waits for them."""
    words = {"title": event.title, "is_more": event.points > 0, "amount": abs(event.points)}
    _tell_officers(
        ways, work, event, Topic.CORRECTION_PROPOSED, event.correction_id, event.area_path, words, now
    )


def tell_of_outstanding(ways: Ways, work: Work, event: OutstandingNominated, now: datetime) -> None:
    """Tell the officers above the community that a proposal waits for them."""
    words = {"community_name": event.community_name, "year": event.year}
    _tell_officers(
        ways, work, event, Topic.OUTSTANDING_NOMINATED, event.nomination_id, event.area_path, words, now
    )


def tell_of_nomination(ways: Ways, work: Work, event: NominationDecided, now: datetime) -> None:
    """Tell the proposer; a yes is told to the member and, without a name, to the unit as well."""
    told = [(proposer, ACCOUNT) for proposer in _account(event.proposed_by)]
    if event.is_approved:
        told += [(event.member_id, MEMBER)] + ([(event.unit_id, UNIT)] if event.unit_id else [])
    notes = [
        Note(
            occasion=occasion_of(event),
            topic=Topic.NOMINATION_DECIDED,
            to=to,
            kind=kind,
            subject_id=event.nomination_id,
            area_path=event.area_path,
            parameters={"year": event.year, "is_approved": event.is_approved},
        )
        for to, kind in told
    ]
    tell(work, ways, notes, now)


def tell_of_notices(ways: Ways, work: Work, event: NoticesSent, now: datetime) -> None:
    """Tell each one concerned, and nobody else."""
    officers = _officers_of_streets(work, event.notices)
    notes = [
        Note(
            occasion=occasion_of(event, notice.notice_id),
            topic=Topic.NOTICE_SENT,
            to=to,
            kind=kind,
            subject_id=notice.notice_id,
            area_path=notice.area_path,
            parameters={
                "kind": notice.kind.value,
                "year": notice.year,
                "required": notice.required,
                "done": notice.done,
            },
        )
        for notice in event.notices
        for to, kind in _concerned(notice, officers)
    ]
    tell(work, ways, notes, now)


def tell_of_objection(ways: Ways, work: Work, event: NoticeObjected, now: datetime) -> None:
    """Tell the officers that an objection waits for them."""
    words = {"year": event.year}
    _tell_officers(ways, work, event, Topic.NOTICE_OBJECTED, event.notice_id, event.officers_path, words, now)


def tell_of_decided_notice(ways: Ways, work: Work, event: NoticeDecided, now: datetime) -> None:
    """Tell the one concerned what became of the notice, and why."""
    words = {
        "year": event.year,
        "is_withdrawn": event.is_withdrawn,
        "reason": work.seals.open(event.sealed_reason),
    }
    notes = [
        Note(
            occasion=occasion_of(event),
            topic=Topic.NOTICE_DECIDED,
            to=to,
            kind=kind,
            subject_id=event.notice_id,
            area_path=event.area_path,
            parameters=words,
        )
        for to, kind in _concerned(event, _officers_of_streets(work, [event]))
    ]
    tell(work, ways, notes, now)


def tell_of_unanswered_feedback(ways: Ways, work: Work, event: FeedbackUnanswered, now: datetime) -> None:
    """Remind the units."""
    notes = [
        Note(
            occasion=occasion_of(event, report.report_id),
            topic=Topic.FEEDBACK_UNANSWERED,
            to=report.unit_id,
            kind=UNIT,
            subject_id=report.report_id,
            area_path=EVERYWHERE,
            parameters={"period": report.period, "is_received": report.is_received},
        )
        for report in event.reports
    ]
    tell(work, ways, notes, now)


def _tell_officers(
    ways: Ways,
    work: Work,
    event: CorrectionProposed | OutstandingNominated | NoticeObjected,
    topic: Topic,
    subject_id: UUID,
    path: str,
    words: dict[str, Any],
    now: datetime,
) -> None:
    notes = [
        Note(
            occasion=occasion_of(event),
            topic=topic,
            to=officer,
            kind=ACCOUNT,
            subject_id=subject_id,
            area_path=path,
            parameters=words,
        )
        for officer in nearest(work, Role.OFFICER, [path])[path]
    ]
    tell(work, ways, notes, now)


def _officers_of_streets(work: Work, notices: Iterable[NoticeSent | NoticeDecided]) -> dict[str, list[UUID]]:
    streets = {notice.area_path for notice in notices if notice.kind is DutyKind.STREET_WISHES}
    return nearest(work, Role.OFFICER, streets) if streets else {}


def _concerned(
    notice: NoticeSent | NoticeDecided, officers: dict[str, list[UUID]]
) -> list[tuple[UUID, RecipientKind]]:
    """Return whom a notice is to: the member, the unit, or those who answer for the street."""
    if notice.kind is DutyKind.MEMBER_WISHES:
        return [(notice.subject_id, MEMBER)]
    if notice.kind is DutyKind.STREET_WISHES:
        return [(officer, ACCOUNT) for officer in officers[notice.area_path]]
    return [(notice.subject_id, UNIT)]


def _account(actor: str) -> list[UUID]:
    """Return the account behind an actor, unless it was the console."""
    with suppress(ValueError):
        return [UUID(actor)]
    return []
