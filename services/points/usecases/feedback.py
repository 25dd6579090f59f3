"""Feedback (双向反馈): every half-year each unit hears about its own members, and replies."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Executable, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, in_events, new_id
from services.chassis.database import insert_new
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.points import queries
from services.points.contracts import (
    AcknowledgeFeedback,
    AlreadyReplied,
    DutyKind,
    FeedbackAnswered,
    FeedbackIssued,
    FeedbackUnanswered,
    RecordCirculation,
    ReplyMissing,
    ReplyToFeedback,
    TooManyCirculations,
    UnansweredReport,
    UnusableDay,
    UnusableReply,
)
from services.points.domain import LONGEST_REPLY, MOST_CIRCULATIONS, UNDONE, instants_of, is_readable
from services.points.models import (
    Claim,
    Entry,
    FeedbackCirculation,
    FeedbackLine,
    FeedbackReport,
    Member,
    Participation,
    Unit,
)
from services.points.usecases.deciding import usable_reason
from services.scheduler.contracts import FeedbackDue, RemindersDue

HALF_A_YEAR = timedelta(days=184)


def issue_feedback(work: Work, event: FeedbackDue, now: datetime) -> None:
    """Issue one report on the half-year to every active unit with members, exactly once."""
    session = work.session
    issued = _open_reports(session, event.period, now)
    _write_lines(session, issued, event, work.zone)
    for report in session.execute(_add_up(issued)):
        work.announce(
            FeedbackIssued(
                report_id=report.id,
                unit_id=report.unit_id,
                period=event.period,
                members=report.members,
                taking_part=report.taking_part,
                fulfilled=report.fulfilled,
            )
        )


def _open_reports(session: Session, period: str, now: datetime) -> list[UUID]:
    """Open a report for every active unit with active members that has none for the period; return them."""
    has_members = select(Member.id).where(Member.unit_id == Unit.id, Member.is_active).exists()
    units = session.scalars(select(Unit.id).where(Unit.is_active, has_members).order_by(Unit.id)).all()
    empty = {"period": period, "issued_at": now, "members": 0, "taking_part": 0, "fulfilled": 0}
    rows = [empty | {"id": new_id(), "unit_id": unit_id} for unit_id in units]
    opened = insert_new(session, FeedbackReport, rows, ["unit_id", "period"])
    return sorted(opened)


def _write_lines(session: Session, reports: Sequence[UUID], event: FeedbackDue, zone: ZoneInfo) -> None:
    """Write a line for every active member of the units reported on, whoever did nothing included."""
    begins_at, over_at = instants_of(event.starts_on, event.ends_on, zone)
    is_kept = or_(Claim.ended.is_(None), Claim.ended != UNDONE)
    claims = (
        select(Participation.member_id, func.count().label("claimed"))
        .join(Claim, Claim.id == Participation.claim_id)
        .where(Claim.claimed_at >= begins_at, Claim.claimed_at < over_at, is_kept)
        .group_by(Participation.member_id)
        .subquery()
    )
    deeds = (
        select(
            Entry.member_id,
            func.count(Entry.claim_id.distinct()).label("fulfilled"),
            func.sum(Entry.points).label("points"),
        )
        .where(Entry.earned_on.between(event.starts_on, event.ends_on))
        .group_by(Entry.member_id)
        .subquery()
    )
    figures = (func.coalesce(column, 0) for column in (claims.c.claimed, deeds.c.fulfilled, deeds.c.points))
    lines = (
        select(FeedbackReport.id, Member.id, *figures)
        .join(Member, and_(Member.unit_id == FeedbackReport.unit_id, Member.is_active))
        .outerjoin(claims, claims.c.member_id == Member.id)
        .outerjoin(deeds, deeds.c.member_id == Member.id)
        .where(FeedbackReport.id.in_(reports))
    )
    written = ["report_id", "member_id", "claimed", "fulfilled", "points"]
    session.execute(insert(FeedbackLine).from_select(written, lines))


def _add_up(reports: Sequence[UUID]) -> Executable:
    """Write the sums of the lines into their reports; return those."""
    took_part = or_(FeedbackLine.claimed > 0, FeedbackLine.fulfilled > 0)
    sums = (
        select(
            FeedbackLine.report_id,
            func.count().label("members"),
            func.count().filter(took_part).label("taking_part"),
            func.sum(FeedbackLine.fulfilled).label("fulfilled"),
        )
        .where(FeedbackLine.report_id.in_(reports))
        .group_by(FeedbackLine.report_id)
        .subquery()
    )
    return (
        update(FeedbackReport)
        .where(FeedbackReport.id == sums.c.report_id)
        .values(members=sums.c.members, taking_part=sums.c.taking_part, fulfilled=sums.c.fulfilled)
        .returning(
            FeedbackReport.id,
            FeedbackReport.unit_id,
            FeedbackReport.members,
            FeedbackReport.taking_part,
            FeedbackReport.fulfilled,
        )
        .execution_options(synchronize_session=False)
    )


def acknowledge_feedback(work: Work, command: AcknowledgeFeedback, now: datetime) -> Done:
    """Note that the unit has its report; saying so again changes nothing. Raises `UnknownReport`."""
    report = queries.own_report(work, command.report_id)
    report.received_at = report.received_at or now
    return Done(id=report.id)


def reply_to_feedback(work: Work, command: ReplyToFeedback, now: datetime) -> Done:
    """Take the unit's reply, once, and tell the street; whoever replies has received.

    Raises `ReplyMissing`, `UnusableReply`, `UnknownReport` and `AlreadyReplied`.
    """
    report = queries.own_report(work, command.report_id)
    reply = _usable(command.reply)
    answered = update(FeedbackReport).where(FeedbackReport.id == report.id, FeedbackReport.reply.is_(None))
    values = {"reply": work.seals.seal(reply), "replied_at": now}
    values["received_at"] = func.coalesce(FeedbackReport.received_at, now)
    if not work.session.execute(answered.values(values).returning(FeedbackReport.id)).first():
        raise AlreadyReplied()
    unit = work.session.get_one(Unit, report.unit_id)
    work.announce(
        FeedbackAnswered(
            report_id=report.id,
            unit_id=unit.id,
            street_path=unit.street_path or EVERYWHERE,
            period=report.period,
        )
    )
    return Done(id=report.id)


def record_circulation(work: Work, command: RecordCirculation, now: datetime) -> Done:
    """Note that the unit made its report known inside (在本单位范围内定期通报, 004), when and how.

    Raises `UnknownReport`, `UnusableDay` before the report or after today, `UnusableReason` and
    `TooManyCirculations`. Whoever circulates has received.
    """
    report = queries.own_report(work, command.report_id)
    if not work.day_of(report.issued_at) <= command.circulated_on <= work.day_of(now):
        raise UnusableDay()
    noted = select(func.count()).where(FeedbackCirculation.report_id == report.id)
    if work.session.scalars(noted).one() >= MOST_CIRCULATIONS:
        raise TooManyCirculations(most=MOST_CIRCULATIONS)
    circulation = FeedbackCirculation(
        id=new_id(),
        report_id=report.id,
        how=command.how.value,
        circulated_on=command.circulated_on,
        note=work.seals.seal(usable_reason(command.note) if command.note.strip() else ""),
        recorded_by=work.actor,
        recorded_at=now,
    )
    work.session.add(circulation)
    report.received_at = report.received_at or now
    return Done(id=circulation.id)


_NOW = bindparam("now", type_=DateTime(timezone=True))
_DAYS = queries.expected(
    DutyKind.REPLY_DAYS, bindparam("on", type_=Date()), func.coalesce(Unit.street_path, EVERYWHERE)
)
_UNANSWERED = (
    select(FeedbackReport.id)
    .join(Unit, Unit.id == FeedbackReport.unit_id)
    .where(
        Unit.is_active,
        FeedbackReport.reminded_at.is_(None),
        or_(FeedbackReport.received_at.is_(None), FeedbackReport.replied_at.is_(None)),
        FeedbackReport.issued_at > bindparam("since", type_=DateTime(timezone=True)),
        FeedbackReport.issued_at + func.make_interval(0, 0, 0, _DAYS) <= _NOW,
    )
)
_REMIND = (
    update(FeedbackReport)
    .where(FeedbackReport.id.in_(_UNANSWERED))
    .values(reminded_at=_NOW)
    .returning(
        FeedbackReport.id,
        FeedbackReport.unit_id,
        FeedbackReport.period,
        FeedbackReport.received_at.is_not(None).label("is_received"),
    )
    .execution_options(synchronize_session=False)
)


def remind_of_feedback(work: Work, event: RemindersDue, now: datetime) -> None:
    """Remind, once, the units that have not received or not answered a report in the days they have.

    How many days, the duty `reply_days` of their area says. A report of more than half a year ago has given
    way to the next.
    """
    due = {"on": event.on, "now": now, "since": now - HALF_A_YEAR}
    rows = work.session.execute(_REMIND, due).all()
    for chunk in in_events(sorted(rows, key=lambda row: row.id)):
        work.announce(FeedbackUnanswered(reports=[_unanswered(row) for row in chunk]))


def _unanswered(row: Any) -> UnansweredReport:
    return UnansweredReport(
        report_id=row.id, unit_id=row.unit_id, period=row.period, is_received=row.is_received
    )


def _usable(reply: str) -> str:
    said = reply.strip()
    if not said:
        raise ReplyMissing()
    if len(said) > LONGEST_REPLY or not is_readable(said):
        raise UnusableReply(limit=LONGEST_REPLY)
    return said
