"""What points answers about feedback: reports, their lines, receipts, replies and circulation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.points.contracts import (
    Circulation,
    CirculationWay,
    FeedbackLine,
    FeedbackList,
    FeedbackReport,
    GetFeedback,
    ListFeedback,
    MyFeedback,
    UnknownReport,
)
from services.points.models import FeedbackCirculation, Member, Unit
from services.points.models import FeedbackLine as Line
from services.points.models import FeedbackReport as Report
from services.points.queries.pages import page_of


def list_feedback(work: Work, query: ListFeedback) -> FeedbackList:
    """Return the reports on units that report within an area, without anybody's name, the newest first."""
    work.permit(query.below)
    street = func.coalesce(Unit.street_path, EVERYWHERE)
    reports = select(Report).join(Unit, Unit.id == Report.unit_id)
    reports = reports.where(street.startswith(query.below, autoescape=True))
    if query.period:
        reports = reports.where(Report.period == query.period)
    page, following = page_of(work, reports, Report.id, query)
    return FeedbackList(items=_report_views(work, page), next=following)


def my_feedback(work: Work, query: MyFeedback) -> FeedbackList:
    """Return the reports of the signed-in unit, the newest first."""
    own = Unit.path.in_(work.permitted_scopes())
    reports = select(Report).join(Unit, Unit.id == Report.unit_id).where(own)
    page, following = page_of(work, reports, Report.id, query)
    return FeedbackList(items=_report_views(work, page), next=following)


def get_feedback(work: Work, query: GetFeedback, *, now: datetime) -> FeedbackReport:
    """Return a report of the signed-in unit with the names of its members; the look is recorded."""
    report = own_report(work, query.report_id)
    work.record("read_feedback", str(report.id), now)
    (view,) = _report_views(work, [report])
    named = select(Line, Member.name).outerjoin(Member, Member.id == Line.member_id)
    rows = work.session.execute(named.where(Line.report_id == report.id))
    lines = [_line_view(work, line, name) for line, name in rows]
    lines.sort(key=lambda line: (line.name, line.member_id))  # by name: nobody is ranked
    return msgspec.structs.replace(view, lines=lines)


def own_report(work: Work, report_id: UUID) -> Report:
    """Return a report of the very unit whose officer asks; raise `UnknownReport` for any other unit's.

    A unit above does not read the reports of units below it: each is told about its own members only.
    """
    scopes = work.permitted_scopes()
    mine = select(Report).join(Unit, Unit.id == Report.unit_id)
    report = work.session.scalars(mine.where(Report.id == report_id, Unit.path.in_(scopes))).first()
    if report is None:
        raise UnknownReport()
    return report


def _line_view(work: Work, line: Line, name: str | None) -> FeedbackLine:
    return FeedbackLine(
        member_id=line.member_id,
        name=work.seals.open_or_empty(name),
        claimed=line.claimed,
        fulfilled=line.fulfilled,
        points=line.points,
    )


def _report_views(work: Work, reports: Sequence[Report]) -> list[FeedbackReport]:
    units = select(Unit.id, Unit.name).where(Unit.id.in_([report.unit_id for report in reports]))
    names = dict(iter(work.session.execute(units)))
    told = _circulations(work, [report.id for report in reports])
    return [_report_view(work, report, names[report.unit_id], told.get(report.id, [])) for report in reports]


def _circulations(work: Work, reports: Sequence[UUID]) -> dict[UUID, list[Circulation]]:
    found = select(FeedbackCirculation).where(FeedbackCirculation.report_id.in_(reports))
    told: dict[UUID, list[Circulation]] = {}
    for row in work.session.scalars(found.order_by(FeedbackCirculation.id)):
        circulation = Circulation(
            how=CirculationWay(row.how),
            circulated_on=row.circulated_on,
            note=work.seals.open_or_empty(row.note),
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
        )
        told.setdefault(row.report_id, []).append(circulation)
    return told


def _report_view(
    work: Work, report: Report, unit_name: str, circulations: list[Circulation]
) -> FeedbackReport:
    return FeedbackReport(
        id=report.id,
        unit_id=report.unit_id,
        unit_name=unit_name,
        period=report.period,
        issued_at=report.issued_at,
        members=report.members,
        taking_part=report.taking_part,
        fulfilled=report.fulfilled,
        received_at=report.received_at,
        reply=work.seals.open_or_none(report.reply),
        replied_at=report.replied_at,
        reminded_at=report.reminded_at,
        circulations=circulations,
    )
