"""Signing figures level by level (逐级签报), correcting what was signed, and reminding who has not signed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.contracts import Done, in_events, new_id
from services.chassis.database import take_advisory_lock
from services.chassis.refusals import Unavailable
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.directory.contracts import AreaKind
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import (
    AlreadySigned,
    AwaitedReport,
    CorrectFigures,
    CorrectWhereCounted,
    Figures,
    FiguresAwaited,
    NotSigned,
    PeriodNotOver,
    RemindOfFigures,
    ReportsMissing,
    SignFigures,
    SignsNoFigures,
    UnusableCorrection,
)
from services.wishes.domain import (
    clean_reason,
    end_of_period,
    figures_of_correction,
    holds_nothing_below_zero,
    periods_just_over,
    sum_of,
)
from services.wishes.models import (
    Area,
    CarryOver,
    Correction,
    Report,
    ReportReminder,
    TallyProgress,
    Wish,
    WishMove,
)
from services.wishes.queries.figures import (
    children_of,
    corrections_below,
    counted_in,
    later_than,
    report_of,
    signed_in,
    waiting,
)
from services.wishes.queries.places import area_for
from services.wishes.settings import WishesSettings
from services.wishes.usecases.moves import by_whom


def sign_figures(work: Work, command: SignFigures, now: datetime) -> Done:
    """Freeze the figures of a period as this area signs them.

    Where wishes are counted it signs what was counted; above, the sum of what those below signed and
    corrected. Raises `UnknownArea`, `UnusableFigurePeriod`, `SignsNoFigures`, `PeriodNotOver`,
    `AlreadySigned`, `ReportsMissing`, and `Unavailable` while moves of the period wait to be counted.
    """
    area = area_for(work.session, command.area_id)
    work.permit(area.path)
    if area.kind == AreaKind.STATION:
        raise SignsNoFigures()
    _refuse_unless_over(work, command.period, now)
    _take_turns(work, command.period)
    if report_of(work.session, area.id, command.period) is not None:
        raise AlreadySigned(period=command.period)
    own, from_below = _to_sign(work, area, command.period)
    report = Report(
        id=new_id(),
        period=command.period,
        area_id=area.id,
        signed_at=now,
        signed_by=by_whom(command),
        figures=msgspec.to_builtins(sum_of([own, from_below])),
        own=msgspec.to_builtins(own),
        corrections_to=_last_correction(work, command.period),
    )
    work.session.add(report)
    work.record("sign_figures", f"{area.id} {command.period}", now)
    return Done(id=report.id)


def correct_figures(work: Work, command: CorrectFigures, now: datetime) -> Done:
    """Add a correction to what this area signed; the signed figure stays, here and in all areas above.

    Raises `UnknownArea`, `NotSigned`, `CorrectWhereCounted`, `UnusableCorrection`, `ReasonNeeded`,
    `PersonalDataInReason`.
    """
    area = area_for(work.session, command.area_id)
    work.permit(area.path)
    change = figures_of_correction(command.measure, command.difference, command.breakdown)
    reason = clean_reason(command.reason)
    _take_turns(work, command.period)
    report = report_of(work.session, area.id, command.period)
    if report is None:
        raise NotSigned()
    if children_of(work.session, area):
        raise CorrectWhereCounted()
    if not holds_nothing_below_zero(sum_of([_as_corrected(work, report, area), change])):
        raise UnusableCorrection()
    work.session.add(
        Correction(
            period=command.period,
            area_id=area.id,
            measure=command.measure,
            difference=command.difference,
            breakdown=msgspec.to_builtins(command.breakdown),
            reason=work.seals.seal(reason),
            by=by_whom(command),
            at=now,
        )
    )
    work.record("correct_figures", f"{area.id} {command.period}", now)
    return Done(id=report.id)


def remind_of_figures(work: Work, command: RemindOfFigures, now: datetime) -> Done:
    """Remind those below an area who could sign and have not, and the area itself; raise `PeriodNotOver`."""
    area = area_for(work.session, command.area_id)
    work.permit(area.path)
    _refuse_unless_over(work, command.period, now)
    _remind(work, area.path, command.period, work.day_of(now))
    return Done(id=area.id)


def remind_by_calendar(work: Work, event: RemindersDue, now: datetime, settings: WishesSettings) -> None:
    """Remind of the periods that are just over, on the days that the settings name."""
    if event.on.day not in settings.figures_reminder_days:
        return
    for period in periods_just_over(event.on):
        if _had_begun(work, period):
            _remind(work, EVERYWHERE, period, event.on)


# -- what is signed


def _to_sign(work: Work, area: Area, period: str) -> tuple[Figures, Figures]:
    """Return what is counted in the area itself, and what those below signed and corrected."""
    if _is_uncounted(work, period):
        raise Unavailable()
    below = children_of(work.session, area)
    chosen = select(Report).where(Report.period == period, Report.area_id.in_([one.id for one in below]))
    reports = {report.area_id: report for report in work.session.scalars(chosen)}
    if len(reports) < len(below):
        raise ReportsMissing(missing=len(below) - len(reports))
    counted = counted_in(work.session, area, period)
    own = [figures for part, figures in counted.by_part.items() if part not in reports]
    corrections = corrections_below(work.session, work.seals, area, period)
    signed = [signed_in(report) for report in reports.values()]
    for one in below:
        signed += [change.figures for change in later_than(reports[one.id], one, corrections)]
    return sum_of(own), sum_of(signed)


def _as_corrected(work: Work, report: Report, area: Area) -> Figures:
    corrections = corrections_below(work.session, work.seals, area, report.period)
    later = later_than(report, area, corrections)
    return sum_of([signed_in(report), *(correction.figures for correction in later)])


def _last_correction(work: Work, period: str) -> int:
    return work.session.scalar(select(func.max(Correction.id)).where(Correction.period == period)) or 0


def _take_turns(work: Work, period: str) -> None:
    """Let nobody correct a figure while the area above sums it up."""
    take_advisory_lock(work.session, f"wishes: reports of {period}")


def _is_uncounted(work: Work, period: str) -> bool:
    """Say whether a move of the period, that is there to see, is not in the tally yet."""
    before = _end_of(work, period)
    for log in (WishMove, CarryOver):
        progress = work.session.get(TallyProgress, log.__tablename__)
        later = select(log.id).where(log.id > (progress.counted if progress else 0), log.at < before)
        if work.session.scalar(later.limit(1)) is not None:
            return True
    return False


def _refuse_unless_over(work: Work, period: str, now: datetime) -> None:
    if end_of_period(period) >= work.day_of(now):
        raise PeriodNotOver(period=period)


def _end_of(work: Work, period: str) -> datetime:
    return _midnight(end_of_period(period) + timedelta(days=1), work.zone)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)


# -- reminders


def _had_begun(work: Work, period: str) -> bool:
    """Say whether there was a wish at all by the end of the period: before that there was no programme."""
    earlier = select(Wish.id).where(Wish.submitted_at < _end_of(work, period))
    return work.session.scalar(earlier.limit(1)) is not None


def _remind(work: Work, path: str, period: str, on: date) -> None:
    turn = waiting(period, path).add_columns(literal(period), literal(on))
    written = upsert(ReportReminder).from_select(["area_id", "period", "on"], turn)
    fresh = written.on_conflict_do_nothing().returning(ReportReminder.area_id)
    reminded = work.session.scalars(fresh).all()
    areas = work.session.scalars(select(Area).where(Area.id.in_(reminded)).order_by(Area.path))
    awaited = [
        AwaitedReport(area_id=area.id, area_kind=area.kind, area_name=area.name, area_path=area.path)
        for area in areas
    ]
    work.announce(*(FiguresAwaited(period=period, on=on, reports=chunk) for chunk in in_events(awaited)))
